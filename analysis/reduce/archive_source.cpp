#include "reduce/archive_source.hpp"

#include <algorithm>
#include <map>

#include "archive/segment.hpp"
#include "base/error.hpp"

namespace attnsweep::reduce {

RunSource::RunSource(const std::filesystem::path& run, bool partial)
    : run_(run), plan_(archive::read_plan(run)), journal_(archive::read_journal(run)) {
  if (!journal_.damaged.empty())
    throw ArchiveError(run.string() + ": damaged journal line, " + journal_.damaged[0] +
                       (journal_.damaged.size() > 1
                            ? " (and " + std::to_string(journal_.damaged.size() - 1) + " more)"
                            : ""));
  const archive::TaskStates states = archive::task_states(plan_, journal_, run);
  n_missing_ = std::count(states.done.begin(), states.done.end(), nullptr);
  if (n_missing_ > 0 && !partial) throw StopError(true, describe_missing(states));
}

std::string RunSource::describe_missing(const archive::TaskStates& states) const {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> by_cell;  // missing, all
  std::vector<std::string> failures;
  for (std::size_t k = 0; k < plan_.tasks.size(); ++k) {
    auto& [missing, all] = by_cell[plan_.tasks[k].model + " on " + plan_.tasks[k].corpus];
    ++all;
    if (states.done[k]) continue;
    ++missing;
    if (states.failed[k])
      failures.push_back(plan_.tasks[k].id + " failed: " + states.failed[k]->message);
  }
  constexpr std::size_t most = 20;
  std::string text = run_.string() + ": the run is not complete, " + std::to_string(n_missing_) +
                     " of " + std::to_string(plan_.tasks.size()) + " tasks are missing:";
  std::size_t shown = 0, left = 0;
  for (const auto& [cell, n] : by_cell) {
    if (n.first == 0) continue;
    if (shown++ < most)
      text += "\n  " + cell + ": " + std::to_string(n.first) + " of " + std::to_string(n.second) +
              " tasks";
    else
      ++left;
  }
  if (left) text += "\n  … and " + std::to_string(left) + " more";
  for (std::size_t k = 0; k < std::min(most, failures.size()); ++k) text += "\n  " + failures[k];
  return text + "\ncontinue it with `attnsweep run`, or take what is there with --partial";
}

RowSource RunSource::rows(const archive::PlannedCell& cell, std::set<std::string>& machines) const {
  archive::Plan part = plan_;
  part.cells = {cell};
  std::erase_if(part.tasks, [&](const archive::Task& t) {
    return t.model != cell.info.model || t.corpus != cell.info.corpus;
  });
  const std::vector<Series> wanted = cell.measure.series();
  return [this, part, wanted, &machines](const UseRow& use) {
    archive::for_each_task(
        run_, part, journal_, [&](const archive::Task& task, const archive::SegmentGroup& group) {
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
          for (const SequenceRow& row : group.rows) use(row, places);
        });
  };
}

}  // namespace attnsweep::reduce
