// Lower triangular matrices: the same digits, and nothing right of the diagonal is read.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/philox.hpp"
#include "measure/measure.hpp"

namespace attnsweep::measure {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Causal attention: row-stochastic and lower triangular.
template <class T>
std::vector<T> causal(int n, std::uint32_t stream) {
  std::vector<T> p(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  for (int j = 0; j < n; ++j) {
    T* row = p.data() + static_cast<std::ptrdiff_t>(j) * n;
    double mass = 0;
    for (int k = 0; k <= j; ++k) {
      const auto bits = replicate_bits(23, stream, static_cast<std::uint32_t>(j * n + k));
      const double u = static_cast<double>(bits >> 11) * 0x1p-53;
      row[k] = static_cast<T>(std::exp(4 * u));
      mass += static_cast<double>(row[k]);
    }
    for (int k = 0; k <= j; ++k) row[k] = static_cast<T>(static_cast<double>(row[k]) / mass);
  }
  return p;
}

/// The same with nan where nothing may be read.
template <class T>
std::vector<T> poisoned(std::vector<T> p, int n) {
  for (int j = 0; j < n; ++j) {
    for (int k = j + 1; k < n; ++k) p[static_cast<std::size_t>(j * n + k)] = static_cast<T>(nan);
  }
  return p;
}

struct Measured {
  std::vector<double> values, floors, seen;
  int left_out = 0;
  bool operator==(const Measured&) const = default;
};

template <class T>
Measured measured(const std::vector<T>& a, const std::vector<T>& b, int n, Shape shape) {
  Measured out{std::vector<double>(9), std::vector<double>(9), std::vector<double>(4)};
  measure_pair(a.data(), b.data(), n, all_norms(), epsilon_float32, out.values, out.floors, shape);
  observe(a.data(), n, all_observables(), out.seen, shape);
  return out;
}

template <class T>
Measured dropped(const std::vector<T>& a, const std::vector<T>& b, int n,
                 const std::vector<std::uint8_t>& special, Shape shape) {
  Measured out{std::vector<double>(9), std::vector<double>(9), std::vector<double>(4)};
  const auto x = drop_tokens(a.data(), n, special, shape);
  const auto y = drop_tokens(b.data(), n, special, shape);
  out.left_out = measure_pair_dropped(x, y, all_norms(), epsilon_float32, out.values, out.floors);
  observe_dropped(x, all_observables(), out.seen);
  return out;
}

template <class T>
void check(int n) {
  const auto a = causal<T>(n, 1), b = causal<T>(n, 2);
  const auto want = measured(a, b, n, Shape::full);
  for (double x : want.values) EXPECT_TRUE(std::isfinite(x));
  EXPECT_EQ(measured(poisoned(a, n), poisoned(b, n), n, Shape::lower_triangular), want)
      << "n = " << n;
}

TEST(Shape, LowerTriangularPairsHaveTheSameDigits) {
  for (int n : {2, 7, 8, 9, 40, 257, 300}) {
    check<float>(n);
    check<double>(n);
  }
}

TEST(Shape, DroppedViewsToo) {
  const int n = 41;
  std::vector<std::uint8_t> special(n, 0);
  special[0] = special[17] = special[40] = 1;
  const auto a = causal<float>(n, 1), b = causal<float>(n, 2);
  const auto want = dropped(a, b, n, special, Shape::full);
  for (double x : want.values) EXPECT_TRUE(std::isfinite(x));
  EXPECT_EQ(want.left_out, 0);
  EXPECT_EQ(dropped(poisoned(a, n), poisoned(b, n), n, special, Shape::lower_triangular), want);
}

TEST(Shape, EigenvaluesOfALowerTriangularMatrixAreItsDiagonal) {
  const int n = 30;
  const auto a = causal<double>(n, 1);
  // The diagonal of the first row is 1; the second largest is that of another row.
  double second = 0;
  for (int j = 1; j < n; ++j) second = std::max(second, a[static_cast<std::size_t>(j * (n + 1))]);
  const Observable gap = Observable::spectral_gap;
  double seen = nan;
  observe(a.data(), n, std::span(&gap, 1), std::span(&seen, 1));
  EXPECT_EQ(seen, 1 - second);
}

}  // namespace
}  // namespace attnsweep::measure
