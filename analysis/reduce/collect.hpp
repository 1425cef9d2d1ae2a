#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/reduce_options.hpp"
#include "base/rows.hpp"
#include "reduce/covariate_column.hpp"
#include "reduce/units.hpp"

namespace attnsweep::reduce {

/// Hands the rows of one (model, corpus), some at a time, to a function, with the place of each
/// planned series in a row's values; to be called more than once, so nothing needs to hold all
/// rows.
using UseRows =
    std::function<void(std::span<const SequenceRow>, const std::vector<std::size_t>& places)>;
using RowSource = std::function<void(const UseRows&)>;

/// A sequence, for comparing the same text over models.
struct SequenceKey {
  std::int64_t record = 0;
  std::int32_t window = 0;
  std::uint32_t document = 0;  ///< in Documents
  std::int32_t n_tokens = 0, n_full = 0;
  bool operator==(const SequenceKey&) const = default;
};

/// One series (of one head where single heads were measured), summed by unit.
struct SeriesData {
  Series series;
  int head = -1;  ///< −1: the head mean
  int n_pairs = 0, m = 0;
  std::vector<std::int64_t> censored;
  std::map<std::string, std::int64_t> left_out;  ///< measured sequences left out, by reason
  std::int64_t n_used = 0;
  Units units;
  /// λ_s by sequence of Collected::keys, NaN: not used; empty where nothing needs it.
  std::vector<double> lambda;
  /// Slopes of the comparison across models (windows.hpp) in the same places; empty: they follow
  /// from λ_s.
  std::vector<double> window_lambda, relative_drop;
};

/// All that the analysis needs of one (model, corpus).
struct Collected {
  CellInfo info;
  std::int64_t n_rows = 0, n_tokens = 0;
  std::map<std::string, std::int64_t> not_measured;  ///< rows without values, by reason
  std::int64_t n_failed = 0;                         ///< of those, failures
  std::map<std::string, std::int64_t> affected;  ///< rows left out of any head-mean cell, by reason
  /// Measured rows, sorted by (record, window). Models that saw the same sequences share them.
  std::shared_ptr<const std::vector<SequenceKey>> keys;
  std::vector<CovariateColumn> covariates;  ///< by sequence of keys; empty unless asked for
  std::vector<SeriesData> mean, heads;
};

struct CollectOptions {
  ReduceOptions reduce;
  int threads = 1;
  std::int64_t expected_rows = 0;  ///< room made for the sequences at once
  /// Whether λ_s of a head-mean series is kept, and whether covariates are.
  std::function<bool(const Series&)> keep_lambda = [](const Series&) { return true; };
  bool keep_covariates = true;
};

/// Sums the rows of one (model, corpus): one pass where every layer is usable, else one more.
/// Throws ArchiveError for a row whose shape does not match the cell.
Collected collect(const CellInfo& info, const MeasureSet& measure, const RowSource& rows,
                  const CollectOptions& options, Documents& documents);

/// Copies `row`'s values d and floors of one series and head (−1: head mean), from pair burn_in on.
/// Throws ArchiveError where their shape is not the cell's.
void load_values(const CellInfo& info, const SequenceRow& row, std::size_t place, int head,
                 int burn_in, std::span<double> d, std::span<double> floors);

}  // namespace attnsweep::reduce
