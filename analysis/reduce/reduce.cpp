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
  for (const char* file : optional_tables)
    if (!kept.count(file)) std::filesystem::remove(run / file, ignored);
}

using Cells = std::vector<const archive::PlannedCell*>;

/// λ_s of the primary norm for the comparison across models; of every norm against controls.
CollectOptions collect_options(const archive::PlannedCell& cell, const Cells& corpus,
                               const ReduceOptions& options, int threads) {
  CollectOptions out;
  out.reduce = options;
  out.threads = threads;
  out.expected_rows = cell.n_records;
  const bool trained = cell.info.control_of.empty();
  out.keep_covariates = trained;
  const bool against_control =
      !trained || std::any_of(corpus.begin(), corpus.end(), [&](const auto* other) {
        return other->info.control_of == cell.info.model;
      });
  out.keep_lambda = [against_control, primary = options.primary_norm](const Series& series) {
    return against_control || series.norm == primary;
  };
  return out;
}

/// Models that saw the same sequences keep one list of them.
void share_keys(std::vector<Collected>& models) {
  Collected& last = models.back();
  for (const Collected& model : models)
    if (&model != &last && *model.keys == *last.keys) {
      last.keys = model.keys;
      return;
    }
}

/// What the comparison needs of curves of different lengths: one more look at the rows of models
/// whose window is not their whole curve.
void add_windows(const RunSource& source, const Cells& cells, CorpusData& data, Summary& summary) {
  for (const Series& series : compared_series(data.models, summary.options)) {
    std::map<std::string, std::string> ignored;
    const std::vector<Member> members = compared_models(data.models, series, ignored);
    if (members.size() < 2) continue;
    const Windows windows = common_windows(members, summary.options.burn_in);
    for (const Member& member : members) {
      const auto k = static_cast<std::size_t>(member.model - data.models.data());
      for (SeriesData& own : data.models[k].mean)
        if (&own == member.series)
          add_window_values(windows, source.rows(*cells[k], summary.machines), cells[k]->measure,
                            summary.options, data.models[k], own);
    }
  }
}

/// Reads the models of one corpus and adds their results.
void reduce_corpus(const RunSource& source, const Cells& cells, int threads, Summary& summary) {
  CorpusData data(unit_rule(summary.options, summary.seed));
  data.models.reserve(cells.size());
  for (const archive::PlannedCell* cell : cells) {
    data.models.push_back(collect(cell->info, cell->measure, source.rows(*cell, summary.machines),
                                  collect_options(*cell, cells, summary.options, threads),
                                  data.documents));
    add_covariates(data.models.back(), data.documents, summary.options, summary.across);
    data.models.back().covariates.clear();
    share_keys(data.models);
  }
  add_windows(source, cells, data, summary);
  analyse_corpus(data, threads, summary);
}

}  // namespace

ReduceOutput reduce_run(const std::filesystem::path& run, const ReduceOptions& options,
                        bool partial, int threads) {
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

  std::map<std::string, Cells> corpora;
  for (const archive::PlannedCell& cell : source.plan().cells)
    corpora[cell.info.corpus].push_back(&cell);
  for (auto& [corpus, cells] : corpora) {
    std::sort(cells.begin(), cells.end(),
              [](const auto* a, const auto* b) { return a->info.model < b->info.model; });
    reduce_corpus(source, cells, threads, summary);
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
