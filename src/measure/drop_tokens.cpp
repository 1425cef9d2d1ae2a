#include <algorithm>
#include <cstddef>
#include <string>

#include "base/error.hpp"
#include "measure/lanes.hpp"
#include "measure/measure.hpp"

namespace attnsweep::measure {
namespace {

/// Tokens next to each other that are kept.
struct Run {
  int first, count;
};

std::vector<Run> runs_of(std::span<const std::uint8_t> special) {
  std::vector<Run> runs;
  for (int t = 0; t < static_cast<int>(special.size()); ++t) {
    if (special[static_cast<std::size_t>(t)] != 0) continue;
    if (runs.empty() || runs.back().first + runs.back().count != t) runs.push_back({t, 0});
    ++runs.back().count;
  }
  return runs;
}

/// Copies the kept entries of a row, those from `seen` on left out, and divides them by their sum.
/// Returns the sum; where it is 0 the row becomes 0.
template <class T>
ATTNSWEEP_INLINE double keep_row(const T* row, const Run* runs, std::size_t n_runs, int seen,
                                 double* room, T* out) {
  int n = 0;
  for (std::size_t r = 0; r < n_runs; ++r) {
    const int count = std::min(runs[r].count, seen - runs[r].first);
    for (int k = 0; k < count; ++k) room[n + k] = row[runs[r].first + k];
    n += std::max(count, 0);
  }
  for (int k = n; k < padded(n); ++k) room[k] = 0;
  const double mass = lane_sum(padded(n), [&](int k) { return room[k]; });
  const double divisor = mass == 0 ? 1 : mass;
  for (int k = 0; k < n; ++k) out[k] = mass == 0 ? T{0} : static_cast<T>(room[k] / divisor);
  return mass;
}

ATTNSWEEP_VECTOR_CLONES double keep_row_of(const float* row, const Run* runs, std::size_t n_runs,
                                           int seen, double* room, float* out) {
  return keep_row(row, runs, n_runs, seen, room, out);
}
ATTNSWEEP_VECTOR_CLONES double keep_row_of(const double* row, const Run* runs, std::size_t n_runs,
                                           int seen, double* room, double* out) {
  return keep_row(row, runs, n_runs, seen, room, out);
}

}  // namespace

template <class T>
DroppedView<T> drop_tokens(const T* p, int n, std::span<const std::uint8_t> special, Shape shape) {
  require(special.size() == static_cast<std::size_t>(n),
          "drop_tokens: " + std::to_string(special.size()) + " flags for " + std::to_string(n) +
              " tokens");
  const std::vector<Run> runs = runs_of(special);
  std::size_t kept = 0;
  for (const Run& run : runs) kept += static_cast<std::size_t>(run.count);
  DroppedView<T> view;
  view.n = static_cast<int>(kept);
  view.matrix.resize(kept * kept);
  view.empty_row.assign(kept, 0);
  view.shape = shape;
  std::vector<double> room(static_cast<std::size_t>(padded(n)));
  std::size_t j = 0;
  for (const Run& run : runs) {
    for (int t = run.first; t < run.first + run.count; ++t, ++j) {
      const int seen = shape == Shape::lower_triangular ? t + 1 : n;
      const T* row = p + static_cast<std::size_t>(t) * special.size();
      const double mass = keep_row_of(row, runs.data(), runs.size(), seen, room.data(),
                                      view.matrix.data() + j * kept);
      view.empty_row[j] = static_cast<std::uint8_t>(mass == 0);
    }
  }
  return view;
}

template DroppedView<float> drop_tokens(const float*, int, std::span<const std::uint8_t>, Shape);
template DroppedView<double> drop_tokens(const double*, int, std::span<const std::uint8_t>, Shape);

}  // namespace attnsweep::measure
