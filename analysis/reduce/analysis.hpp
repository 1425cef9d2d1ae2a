#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/reduce_options.hpp"
#include "reduce/across.hpp"
#include "reduce/cell.hpp"
#include "reduce/collect.hpp"

namespace attnsweep::reduce {

/// λ of one head, without a verdict: heads are not aligned across layers.
struct HeadResult {
  CellInfo info;
  Series series;
  int head = 0, m = 0;
  std::int64_t n_sequences = 0, n_clusters = 0;
  std::map<std::string, std::int64_t> excluded;
  double lambda = undefined, drop = undefined, se = undefined, df = undefined;
  double share_positive = undefined, r2 = undefined;
  Interval interval;
  std::vector<double> g;
};

/// One (model, corpus): what it is and what became of its rows.
struct ModelRows {
  CellInfo info;
  std::int64_t n_rows = 0, n_measured = 0, n_failed = 0, n_tokens = 0;
  std::map<std::string, std::int64_t> not_measured;
};

/// Everything that reduce says about a run.
struct Summary {
  std::string study;
  std::uint64_t seed = 0;
  ReduceOptions options;
  bool partial = false;
  std::int64_t n_tasks = 0, n_tasks_done = 0;
  std::set<std::string> machines;  ///< "device precision" of the rows
  std::size_t n_replicates = 0;    ///< B, raised to 40 × the family where that is more
  std::size_t family_size = 0;
  std::vector<CellResult> cells;  ///< sorted by model, corpus, view, norm
  std::vector<HeadResult> heads;  ///< sorted by model, corpus, view, norm, head
  std::vector<ModelRows> models;
  Across across;                                 ///< trained models, of the primary norm
  std::map<std::string, std::int64_t> excluded;  ///< (model, sequence) rows by reason
};

/// A corpus with its models' sums, and the documents that they share.
struct CorpusData {
  explicit CorpusData(const UnitRule& rule) : documents(rule) {}
  Documents documents;
  std::vector<Collected> models;
};

/// How documents of a study become units.
UnitRule unit_rule(const ReduceOptions& options, std::uint64_t seed);

/// Adds the results of one corpus to the summary; verdicts wait for `finish`.
/// summary.options, seed and n_replicates are set.
void analyse_corpus(const CorpusData& corpus, int threads, Summary& summary);

/// The family of a summary's cells: primary norm, view keep (or the only view), no controls.
bool in_family(const CellInfo& info, const MeasureSet& measure, const Series& series,
               const ReduceOptions& options);

/// Holm over the family, the cells' verdicts, then flags, which need the controls' verdicts; sorts
/// everything.
void finish(Summary& summary);

}  // namespace attnsweep::reduce
