// Small runs for the archive's tests: two cells of different shapes, so that a transpose shows.
#pragma once
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <unistd.h>

#include "archive/segment.hpp"

namespace attnsweep::archive {

/// A folder of its own that goes with the object.
class TemporaryRun {
 public:
  explicit TemporaryRun(const std::string& name)
      : path_(std::filesystem::current_path() / (name + "-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryRun() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline CellInfo sample_cell(const std::string& model, int n_layers, int n_heads) {
  CellInfo cell;
  cell.model = model;
  cell.corpus = "fortunes";
  cell.lineage = "minilm";
  cell.n_layers = n_layers;
  cell.n_heads = n_heads;
  cell.hidden_size = 384;
  cell.n_parameters = 22'713'216;
  cell.model_type = "bert";
  for (int i = 0; i < n_layers; ++i) cell.layer_types.push_back(i % 2 == 0 ? "full" : "sliding:8");
  cell.token_limit = 512;
  cell.model_digest = "aa11";
  cell.tokenizer_digest = "bb22";
  cell.corpus_digest = "cc33";
  cell.identity = "id-" + model;
  cell.precision = "float32";
  cell.device = "cpu";
  cell.covariates = {"topic", "a/b"};
  return cell;
}

inline MeasureSet full_measure() {
  return {{Norm::frobenius, Norm::tv, Norm::js},
          {Heads::mean, Heads::each},
          {View::keep, View::drop},
          {Observable::entropy, Observable::rank_one_residual}};
}

/// A measured row whose every number is another one and uses all its bits.
inline SequenceRow sample_row(const CellInfo& cell, const MeasureSet& measure,
                              std::int64_t record) {
  SequenceRow row;
  row.id = "r" + std::to_string(record);
  row.document = "döc " + std::to_string(record / 2);
  row.record = record;
  row.n_tokens = static_cast<std::int32_t>(20 + record);
  row.n_full = row.n_tokens + 3;
  row.empty_rows = static_cast<std::int32_t>(record % 3);
  row.covariates = {"topic " + std::to_string(record), ""};
  double number = static_cast<double>(record) + 1;
  const auto next = [&] { return 1.0 / (number += 0.37); };
  for (const auto& series : measure.series()) {
    const int width = (cell.n_layers - 1) * (series.heads == Heads::each ? cell.n_heads : 1);
    auto& values = row.values.emplace_back();
    auto& floors = row.floors.emplace_back();
    for (int k = 0; k < width; ++k) {
      values.push_back(next());
      floors.push_back(next() * 1e-7);
    }
  }
  for (std::size_t k = 0; k < measure.views.size() * measure.observables.size(); ++k) {
    auto& layers = row.observables.emplace_back();
    for (int i = 0; i < cell.n_layers; ++i) layers.push_back(next());
  }
  return row;
}

inline SequenceRow unmeasured_row(const CellInfo& cell, std::int64_t record, Reason reason) {
  SequenceRow row;
  row.id = "r" + std::to_string(record);
  row.document = row.id;
  row.record = record;
  row.n_tokens = 3;
  row.n_full = 3;
  row.reason = reason;
  row.covariates.assign(cell.covariates.size(), "x");
  return row;
}

/// Three sequences × 5 pairs × 2 heads, and a cell of other sizes.
inline std::vector<SegmentGroup> sample_groups() {
  SegmentGroup a{sample_cell("m-1.0", 6, 2), full_measure(), {}};
  for (const std::int64_t record : {0, 1, 2})
    a.rows.push_back(sample_row(a.info, a.measure, record));
  a.rows[1].values[0][3] = std::numeric_limits<double>::quiet_NaN();
  a.rows[1].values[1][0] = -0.0;
  a.rows[2].values[0][0] = std::numeric_limits<double>::denorm_min();
  a.rows[2].window = 4;
  SegmentGroup b{sample_cell("m-2", 3, 4), {{Norm::max}, {Heads::mean}, {View::keep}, {}}, {}};
  b.rows = {unmeasured_row(b.info, 7, Reason::too_short), sample_row(b.info, b.measure, 8)};
  return {a, b};
}

}  // namespace attnsweep::archive
