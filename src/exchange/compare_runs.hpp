#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/open_run.hpp"

namespace attnsweep::exchange {

/// |a − b| over the values that both runs have of one (model, corpus, view, heads, norm).
struct Difference {
  std::string model, corpus, view, heads, norm;
  std::int64_t n_values = 0;
  std::int64_t only_a = 0, only_b = 0;  ///< sequences that only one of them measured
  double largest = 0, largest_relative = 0;
  double median = 0, q90 = 0, q99 = 0;  ///< type 7 quantiles of |a − b|
  std::string worst_sequence;
  int worst_layer = -1;
};

/// Compares two runs value by value, sequences matched by id. Sorted by model, corpus, view, heads,
/// norm. Throws ArchiveError on damage.
std::vector<Difference> compare_runs(const archive::OpenRun& a, const archive::OpenRun& b);

}  // namespace attnsweep::exchange
