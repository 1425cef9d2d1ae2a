#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/reduce_options.hpp"
#include "base/rows.hpp"
#include "reduce/cluster_sums.hpp"

namespace attnsweep::reduce {

/// Hands every row of one (model, corpus) to a function, with the place of each planned series in
/// the row's values; to be called twice, so nothing needs to hold all rows.
using UseRow = std::function<void(const SequenceRow&, const std::vector<std::size_t>& places)>;
using RowSource = std::function<void(const UseRow&)>;

/// A sequence, for comparing the same text over models.
struct SequenceKey {
  std::int64_t record = 0;
  std::int32_t window = 0;
  std::uint32_t document = 0;  ///< in Documents
  std::int32_t n_tokens = 0, n_full = 0;
};

/// One series (of one head where single heads were measured), summed by cluster.
struct SeriesData {
  Series series;
  int head = -1;  ///< −1: the head mean
  int n_pairs = 0, m = 0;
  std::vector<std::int64_t> censored;
  std::map<std::string, std::int64_t> left_out;  ///< measured sequences left out, by reason
  std::int64_t n_used = 0;
  std::vector<Cluster> clusters;
  std::vector<double> lambda;  ///< λ_s by sequence of Collected::keys; NaN: not used (head mean)
};

/// All that the analysis needs of one (model, corpus).
struct Collected {
  CellInfo info;
  std::int64_t n_rows = 0, n_tokens = 0;
  std::map<std::string, std::int64_t> not_measured;  ///< rows without values, by reason
  std::int64_t n_failed = 0;                         ///< of those, failures
  std::map<std::string, std::int64_t> affected;  ///< rows left out of any head-mean cell, by reason
  std::vector<SequenceKey> keys;                 ///< measured rows, sorted by (record, window)
  std::vector<SeriesData> mean, heads;
};

/// Sums the rows of one (model, corpus): a pass that finds the usable layers of every series, and
/// one that adds. Throws ArchiveError for a row whose shape does not match the cell.
Collected collect(const CellInfo& info, const MeasureSet& measure, const RowSource& rows,
                  const ReduceOptions& options, Documents& documents);

}  // namespace attnsweep::reduce
