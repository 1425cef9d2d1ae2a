// What holds for every pair, on sizes around the internal chunk, against plain long double loops.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/philox.hpp"
#include "measure/measure.hpp"

namespace attnsweep::measure {
namespace {

using Matrix = std::vector<double>;

const std::vector<Norm> cheap{Norm::frobenius, Norm::l1, Norm::linf,  Norm::max,
                              Norm::tv,        Norm::js, Norm::cosine};
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Row-stochastic, with heavier columns to the left.
Matrix attention(int n, std::uint32_t stream) {
  Matrix p(static_cast<std::size_t>(n) * n);
  for (int j = 0; j < n; ++j) {
    double* row = p.data() + static_cast<std::size_t>(j) * n;
    for (int k = 0; k < n; ++k) {
      const auto draw = static_cast<std::uint32_t>(j * n + k);
      const double u = static_cast<double>(replicate_bits(11, stream, draw) >> 11) * 0x1p-53;
      row[k] = std::exp(4 * u - 2.0 * k / n);
    }
    const double mass = std::accumulate(row, row + n, 0.0);
    for (int k = 0; k < n; ++k) row[k] /= mass;
  }
  return p;
}

std::vector<double> measured(const Matrix& a, const Matrix& b, int n,
                             const std::vector<Norm>& norms = all_norms()) {
  std::vector<double> values(norms.size()), floors(norms.size());
  measure_pair(a.data(), b.data(), n, norms, epsilon_float64, values, floors);
  return values;
}

/// The cheap norms word by word.
std::vector<double> plain_loops(const Matrix& a, const Matrix& b, int n) {
  using Long = long double;
  std::vector<Long> columns(static_cast<std::size_t>(n));
  Long squares = 0, rows = 0, absolute = 0, top = 0, js = 0, aa = 0, bb = 0, ab = 0;
  for (int j = 0; j < n; ++j) {
    Long row = 0;
    for (int k = 0; k < n; ++k) {
      const Long p = a[static_cast<std::size_t>(j * n + k)];
      const Long q = b[static_cast<std::size_t>(j * n + k)];
      const Long d = std::fabs(q - p);
      squares += d * d;
      row += d;
      columns[static_cast<std::size_t>(k)] += d;
      top = std::max(top, d);
      js += (p * std::log(2 * p / (p + q)) + q * std::log(2 * q / (p + q))) / 2;
      aa += p * p;
      bb += q * q;
      ab += p * q;
    }
    rows = std::max(rows, row);
    absolute += row;
  }
  const Long column = *std::max_element(columns.begin(), columns.end());
  const Long all[] = {std::sqrt(squares),         column, rows, top, absolute / 2 / n, js / n,
                      1 - ab / std::sqrt(aa * bb)};
  return {std::begin(all), std::end(all)};
}

TEST(MeasureProperty, SizesAroundTheChunkEqualPlainLoops) {
  for (int n : {1, 2, 9, 255, 256, 257, 513}) {
    const Matrix a = attention(n, 1), b = attention(n, 2);
    const auto got = measured(a, b, n, cheap), want = plain_loops(a, b, n);
    for (std::size_t k = 0; k < cheap.size(); ++k) {
      // n additions a row and n rows, each 2^-53: at n = 513 1.2e-13, for the cosine 48 x at most.
      EXPECT_NEAR(got[k], want[k], 1e-12 * want[k]) << name(cheap[k]) << " n = " << n;
    }
  }
}

TEST(MeasureProperty, SymmetricInTheTwoMatrices) {
  for (int n : {3, 40}) {
    const Matrix a = attention(n, 1), b = attention(n, 2);
    const auto forward = measured(a, b, n), back = measured(b, a, n);
    for (Norm norm : all_norms()) {
      const auto k = static_cast<std::size_t>(norm);
      const bool svd = norm == Norm::spectral || norm == Norm::nuclear || norm == Norm::cosine;
      EXPECT_NEAR(forward[k], back[k], svd ? 1e-13 * forward[k] : 0) << name(norm);
    }
  }
}

TEST(MeasureProperty, ZeroForEqualMatrices) {
  for (int n : {2, 40}) {
    const Matrix a = attention(n, 1);
    for (double x : measured(a, a, n)) EXPECT_EQ(x, 0) << "n = " << n;
  }
}

TEST(MeasureProperty, RenamingTheTokensChangesNothing) {
  const int n = 37;
  const Matrix a = attention(n, 1), b = attention(n, 2);
  Matrix c(a.size()), d(a.size());
  const auto to = [](int j) { return (j * 11 + 5) % 37; };  // 11 and 37 have no common factor
  for (int j = 0; j < n; ++j) {
    for (int k = 0; k < n; ++k) {
      c[static_cast<std::size_t>(to(j) * n + to(k))] = a[static_cast<std::size_t>(j * n + k)];
      d[static_cast<std::size_t>(to(j) * n + to(k))] = b[static_cast<std::size_t>(j * n + k)];
    }
  }
  const auto before = measured(a, b, n), after = measured(c, d, n);
  for (Norm norm : all_norms()) {
    const auto k = static_cast<std::size_t>(norm);
    EXPECT_NEAR(before[k], after[k], 1e-13 * before[k]) << name(norm);
  }
}

TEST(MeasureProperty, TransposingSwapsL1AndLinf) {
  const int n = 21;
  const Matrix a = attention(n, 1), b = attention(n, 2);
  Matrix c(a.size()), d(a.size());
  for (int j = 0; j < n; ++j) {
    for (int k = 0; k < n; ++k) {
      c[static_cast<std::size_t>(k * n + j)] = a[static_cast<std::size_t>(j * n + k)];
      d[static_cast<std::size_t>(k * n + j)] = b[static_cast<std::size_t>(j * n + k)];
    }
  }
  const std::vector<Norm> norms{Norm::l1, Norm::linf};
  const auto x = measured(a, b, n, norms), y = measured(c, d, n, norms);
  EXPECT_GT(x[0], 1.5 * x[1]);
  EXPECT_NEAR(x[0], y[1], 1e-14 * x[0]);
  EXPECT_NEAR(x[1], y[0], 1e-14 * x[1]);
}

TEST(MeasureProperty, TriangleInequalityAndKnownOrder) {
  const int n = 25;
  const Matrix a = attention(n, 1), b = attention(n, 2), c = attention(n, 3);
  const auto ab = measured(a, b, n), bc = measured(b, c, n), ac = measured(a, c, n);
  for (Norm norm : {Norm::frobenius, Norm::spectral, Norm::nuclear, Norm::l1, Norm::linf, Norm::max,
                    Norm::tv}) {
    const auto k = static_cast<std::size_t>(norm);
    EXPECT_LE(ac[k], (ab[k] + bc[k]) * (1 + 1e-14)) << name(norm);
    EXPECT_GT(ac[k], 0) << name(norm);
  }
  const auto of = [&](Norm norm) { return ab[static_cast<std::size_t>(norm)]; };
  EXPECT_LT(of(Norm::spectral), of(Norm::frobenius));
  EXPECT_LT(of(Norm::frobenius), of(Norm::nuclear));
  EXPECT_LT(of(Norm::max), of(Norm::spectral));
  EXPECT_LT(of(Norm::tv), of(Norm::linf) / 2);
  EXPECT_LT(of(Norm::js), std::log(2.0));
}

TEST(MeasureProperty, DisjointRowsReachTheBounds) {
  const Matrix a{1, 0, 1, 0}, b{0, 1, 0, 1};
  const auto x = measured(a, b, 2, {Norm::tv, Norm::js, Norm::cosine, Norm::max});
  EXPECT_EQ(x[0], 1);
  EXPECT_NEAR(x[1], std::log(2.0), 1e-16);
  EXPECT_NEAR(x[2], 1, 1e-15);
  EXPECT_EQ(x[3], 1);
}

TEST(MeasureProperty, NotANumberReachesEveryValue) {
  const int n = 11;
  for (double bad : {nan, static_cast<double>(INFINITY), -static_cast<double>(INFINITY)}) {
    for (int both = 0; both < 2; ++both) {
      Matrix a = attention(n, 1), b = attention(n, 2);
      a[57] = bad;
      if (both != 0) b[57] = bad;
      for (double x : measured(a, b, n)) EXPECT_TRUE(std::isnan(x));
      for (double x : measured(b, a, n)) EXPECT_TRUE(std::isnan(x));
      std::vector<double> seen(all_observables().size());
      observe(a.data(), n, all_observables(), seen);
      for (double x : seen) EXPECT_TRUE(std::isnan(x));
    }
  }
}

TEST(MeasureProperty, FloorGrowsWithThePrecisionsEpsilon) {
  const int n = 8;
  const Matrix a = attention(n, 1), b = attention(n, 2);
  std::vector<double> values(9), narrow(9), wide(9);
  measure_pair(a.data(), b.data(), n, all_norms(), epsilon_float32, values, narrow);
  measure_pair(a.data(), b.data(), n, all_norms(), epsilon_bfloat16, values, wide);
  for (std::size_t k = 0; k < 9; ++k) {
    EXPECT_GT(narrow[k], 0);
    EXPECT_EQ(wide[k], narrow[k] * 0x1p16);
  }
}

TEST(MeasureProperty, ObservablesOfKnownMatrices) {
  std::vector<double> seen(all_observables().size());
  const auto of = [&](Observable o) { return seen[static_cast<std::size_t>(o)]; };
  const int n = 12;
  const Matrix uniform(n * n, 1.0 / n);
  observe(uniform.data(), n, all_observables(), seen);
  EXPECT_NEAR(of(Observable::entropy), std::log(12.0), 1e-15 * n);
  // σ₂ … of a rank-one matrix are rounding, up to n 2^-53; eleven of them in the entropy.
  EXPECT_NEAR(of(Observable::effective_rank), 1, 1e-12);
  EXPECT_NEAR(of(Observable::spectral_gap), 1, 1e-13);
  EXPECT_NEAR(of(Observable::rank_one_residual), 0, 1e-14);
  Matrix identity(n * n, 0.0);
  for (int j = 0; j < n; ++j) identity[static_cast<std::size_t>(j * n + j)] = 1;
  observe(identity.data(), n, all_observables(), seen);
  EXPECT_EQ(of(Observable::entropy), 0);
  EXPECT_NEAR(of(Observable::effective_rank), n, 1e-13);
  EXPECT_NEAR(of(Observable::spectral_gap), 0, 1e-15);
  EXPECT_NEAR(of(Observable::rank_one_residual), std::sqrt(11.0 / 12), 1e-15);
}

TEST(MeasureProperty, WrongLengthsAreBugs) {
  const Matrix a = attention(3, 1);
  std::vector<double> room(2);
  EXPECT_THROW(measure_pair(a.data(), a.data(), 3, cheap, epsilon_float64, room, room), BugError);
  EXPECT_THROW(observe(a.data(), 3, all_observables(), room), BugError);
  const std::vector<std::uint8_t> flags(2);
  EXPECT_THROW(drop_tokens(a.data(), 3, flags), BugError);
}

}  // namespace
}  // namespace attnsweep::measure
