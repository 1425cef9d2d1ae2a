#include "reduce/reduce.hpp"

#include <algorithm>
#include <map>

#include "base/files.hpp"
#include "reduce/analysis.hpp"
#include "reduce/archive_source.hpp"
#include "reduce/output.hpp"

namespace attnsweep::reduce {
namespace {

std::size_t family_size(const archive::Plan& plan, const ReduceOptions& options) {
  std::size_t n = 0;
  for (const archive::PlannedCell& cell : plan.cells)
    for (const Series& series : cell.measure.series())
      n += in_family(cell.info, cell.measure, series, options);
  return n;
}

/// Removes what an earlier reduction wrote and this one does not.
void remove_stale(const std::filesystem::path& run,
                  const std::map<std::string, std::string>& kept) {
  std::error_code ignored;
  if (!kept.count("heads.csv")) std::filesystem::remove(run / "heads.csv", ignored);
}

}  // namespace

ReduceOutput reduce_run(const std::filesystem::path& run, const ReduceOptions& options,
                        bool partial) {
  const RunSource source(run, partial);
  Summary summary;
  summary.study = source.plan().study;
  summary.seed = source.plan().seed;
  summary.options = options;
  summary.partial = source.incomplete();
  summary.n_tasks = static_cast<std::int64_t>(source.plan().tasks.size());
  summary.n_tasks_done = source.n_tasks_done();
  summary.family_size = family_size(source.plan(), options);
  // Each of n corrected tests must be able to reach 0.05 / n.
  constexpr std::size_t replicates_per_test = 40;
  summary.n_replicates = std::max(static_cast<std::size_t>(options.replicates),
                                  replicates_per_test * summary.family_size);

  std::map<std::string, std::vector<const archive::PlannedCell*>> corpora;
  for (const archive::PlannedCell& cell : source.plan().cells)
    corpora[cell.info.corpus].push_back(&cell);
  for (auto& [corpus, cells] : corpora) {
    std::sort(cells.begin(), cells.end(),
              [](const auto* a, const auto* b) { return a->info.model < b->info.model; });
    CorpusData data;
    for (const archive::PlannedCell* cell : cells)
      data.models.push_back(collect(cell->info, cell->measure, source.rows(*cell, summary.machines),
                                    options, data.documents));
    analyse_corpus(data, summary);
  }
  finish(summary);

  ReduceOutput out;
  out.table = terminal_table(summary);
  out.json = summary_json(summary);
  out.n_cells = static_cast<std::int64_t>(summary.cells.size());
  const auto tables = summary_tables(summary);
  remove_stale(run, tables);
  for (const auto& [file, text] : tables) write_file_durably(run / file, text);
  write_summary_h5(summary, run / "summary.h5");
  write_file_durably(run / "summary.json", out.json);
  return out;
}

}  // namespace attnsweep::reduce
