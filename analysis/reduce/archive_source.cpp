#include "reduce/archive_source.hpp"

#include <algorithm>

#include "archive/segment.hpp"
#include "base/error.hpp"

namespace attnsweep::reduce {

RunSource::RunSource(const std::filesystem::path& run, bool partial)
    : run_(archive::open_run(run, partial)) {}

RowSource RunSource::rows(const archive::PlannedCell& cell, std::set<std::string>& machines) const {
  archive::Plan part = run_.plan;
  part.cells = {cell};
  std::erase_if(part.tasks, [&](const archive::Task& t) {
    return t.model != cell.info.model || t.corpus != cell.info.corpus;
  });
  const std::vector<Series> wanted = cell.measure.series();
  return [this, part, wanted, &machines](const UseRows& use) {
    archive::for_each_task(
        run_.folder, part, run_.journal,
        [&](const archive::Task& task, const archive::SegmentGroup& group) {
          const std::vector<Series> have = group.measure.series();
          std::vector<std::size_t> places;
          for (const Series& s : wanted) {
            const auto at = std::find(have.begin(), have.end(), s);
            if (at == have.end())
              throw ArchiveError(task.id + ": its rows lack " + std::string(name(s.norm)) + ", " +
                                 std::string(name(s.view)) + ", heads " +
                                 std::string(name(s.heads)) + ", which the plan names");
            places.push_back(static_cast<std::size_t>(at - have.begin()));
          }
          machines.insert(group.info.device + " " + group.info.precision);
          use(group.rows, places);
        });
  };
}

}  // namespace attnsweep::reduce
