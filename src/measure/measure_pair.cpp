#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "measure/floor_constants.hpp"
#include "measure/measure.hpp"
#include "measure/pair_sums.hpp"
#include "measure/singular_values.hpp"
#include "measure/spectral_norm.hpp"

namespace attnsweep::measure {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool asked(std::span<const Norm> norms, std::initializer_list<Norm> any) {
  return std::any_of(any.begin(), any.end(), [&](Norm norm) {
    return std::find(norms.begin(), norms.end(), norm) != norms.end();
  });
}

PairWants wants_of(std::span<const Norm> norms) {
  PairWants wants;
  wants.columns = asked(norms, {Norm::l1});
  wants.divergence = asked(norms, {Norm::js});
  return wants;
}

/// 1 − cos = ½ ‖A/α − B/β‖², α = ‖A‖, β = ‖B‖, written with D so that nothing cancels where A is
/// near B: with g = β − α it is (‖D‖² − g²) / (2 α β), or ‖D − (g/α) A‖² / (2 β²) where D is so
/// close to a multiple of A that the first would lose digits.
template <class T>
double cosine_distance(const Pair<T>& pair, const PairSums& sums) {
  const double alpha = std::sqrt(sums.squares.a);
  const double beta = std::sqrt(sums.squares.b);
  if (alpha == 0 || beta == 0) return nan;
  const double g = sums.cross / (alpha + beta);
  const double beyond = sums.squares.d - g * g;
  if (beyond >= sums.squares.d / 16) return beyond / (2 * alpha * beta);
  return squares_beyond(pair, g / alpha) / (2 * sums.squares.b);
}

template <class T>
std::vector<double> singular_values_of_difference(const Pair<T>& pair, int rows) {
  const auto n = static_cast<std::size_t>(pair.n);
  std::vector<double> d(n * static_cast<std::size_t>(rows));
  double* out = d.data();
  for (int j = 0; j < pair.n; ++j) {
    if (pair.skipped(j)) continue;
    const T* a = pair.a + pair.start(j);
    const T* b = pair.b + pair.start(j);
    for (int k = 0; k < pair.width(j); ++k) {
      out[k] = static_cast<double>(b[k]) - static_cast<double>(a[k]);
    }
    out += n;
  }
  return singular_values(d, rows, pair.n);
}

/// What the norms with singular values need, each by its own way, so that neither's digits depend
/// on whether the other is asked for.
struct Singular {
  double largest = nan;
  double sum = nan;
};

template <class T>
Singular singular_of(const Pair<T>& pair, const PairSums& sums, bool spectral, bool nuclear) {
  if (sums.largest.d == 0) return {0, 0};
  Singular out;
  bool largest_found = !spectral;
  if (spectral) {
    if (const auto value = largest_singular_value(pair, sums.squares.d)) {
      out.largest = *value;
      largest_found = true;
    }
  }
  if (largest_found && !nuclear) return out;
  const std::vector<double> sigma = singular_values_of_difference(pair, sums.rows);
  if (!largest_found) out.largest = sigma.front();
  out.sum = 0;
  for (double s : sigma) out.sum += s;
  return out;
}

template <class T>
double value_of(Norm norm, const Pair<T>& pair, const PairSums& sums, const Singular& singular) {
  switch (norm) {
    case Norm::frobenius: return std::sqrt(sums.squares.d);
    case Norm::spectral: return singular.largest;
    case Norm::nuclear: return singular.sum;
    case Norm::l1: return sums.column_sum.d;
    case Norm::linf: return sums.row_sum.d;
    case Norm::max: return sums.largest.d;
    case Norm::tv: return 0.5 * sums.absolute / sums.rows;
    case Norm::js: return sums.divergence / sums.rows;
    case Norm::cosine: return cosine_distance(pair, sums);
  }
  return nan;
}

/// s_i + s_{i+1} of the rounding floor.
double floor_scale(Norm norm, const PairSums& sums, int n) {
  const double frobenius = std::sqrt(sums.squares.a) + std::sqrt(sums.squares.b);
  switch (norm) {
    case Norm::frobenius:
    case Norm::spectral: return frobenius;
    case Norm::nuclear: return std::sqrt(static_cast<double>(n)) * frobenius;
    case Norm::l1: return sums.column_sum.a + sums.column_sum.b;
    case Norm::linf: return sums.row_sum.a + sums.row_sum.b;
    case Norm::max: return sums.largest.a + sums.largest.b;
    case Norm::tv:
    case Norm::js:
    case Norm::cosine: return 1;
  }
  return nan;
}

void check_lengths(std::size_t norms, std::size_t values, std::size_t floors) {
  require(values == norms && floors == norms,
          "measure_pair: " + std::to_string(norms) + " norms, but room for " +
              std::to_string(values) + " values and " + std::to_string(floors) + " floors");
}

template <class T>
void measure_rows(const Pair<T>& pair, std::span<const Norm> norms, double unit_roundoff,
                  std::span<double> values, std::span<double> floors) {
  std::fill(values.begin(), values.end(), nan);
  std::fill(floors.begin(), floors.end(), nan);
  const PairSums sums = sum_pair(pair, wants_of(norms));
  if (sums.rows == 0 || !std::isfinite(sums.squares.d + sums.squares.a + sums.squares.b)) return;
  const bool spectral = asked(norms, {Norm::spectral}), nuclear = asked(norms, {Norm::nuclear});
  Singular singular;
  if (spectral || nuclear) singular = singular_of(pair, sums, spectral, nuclear);
  for (std::size_t k = 0; k < norms.size(); ++k) {
    values[k] = value_of(norms[k], pair, sums, singular);
    floors[k] = floor_constant(norms[k]) * unit_roundoff * floor_scale(norms[k], sums, pair.n);
  }
}

}  // namespace

template <class T>
void measure_pair(const T* a, const T* b, int n, std::span<const Norm> norms, double unit_roundoff,
                  std::span<double> values, std::span<double> floors, Shape shape) {
  check_lengths(norms.size(), values.size(), floors.size());
  const Pair<T> pair{a, b, n, nullptr, shape == Shape::lower_triangular};
  measure_rows(pair, norms, unit_roundoff, values, floors);
}

template <class T>
int measure_pair_dropped(const DroppedView<T>& a, const DroppedView<T>& b,
                         std::span<const Norm> norms, double unit_roundoff,
                         std::span<double> values, std::span<double> floors) {
  check_lengths(norms.size(), values.size(), floors.size());
  require(a.n == b.n, "measure_pair_dropped: views of " + std::to_string(a.n) + " and " +
                          std::to_string(b.n) + " tokens, expected the same tokens");
  std::vector<std::uint8_t> skip(a.empty_row);
  int left_out = 0;
  for (std::size_t j = 0; j < skip.size(); ++j) {
    skip[j] = static_cast<std::uint8_t>(a.empty_row[j] != 0 || b.empty_row[j] != 0);
    left_out += skip[j];
  }
  if (a.n < 2) {
    std::fill(values.begin(), values.end(), nan);
    std::fill(floors.begin(), floors.end(), nan);
  } else {
    const bool lower = a.shape == Shape::lower_triangular && b.shape == Shape::lower_triangular;
    const Pair<T> pair{a.matrix.data(), b.matrix.data(), a.n, skip.data(), lower};
    measure_rows(pair, norms, unit_roundoff, values, floors);
  }
  return left_out;
}

#define ATTNSWEEP_INSTANTIATE(T)                                                      \
  template void measure_pair(const T*, const T*, int, std::span<const Norm>, double,  \
                             std::span<double>, std::span<double>, Shape);            \
  template int measure_pair_dropped(const DroppedView<T>&, const DroppedView<T>&,     \
                                    std::span<const Norm>, double, std::span<double>, \
                                    std::span<double>);
ATTNSWEEP_INSTANTIATE(float)
ATTNSWEEP_INSTANTIATE(double)

}  // namespace attnsweep::measure
