// The elementwise maths that replaces the C library's, against long double.
#include "measure/lanes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "base/philox.hpp"

namespace attnsweep::measure {
namespace {

double uniform(std::uint32_t k) {
  return static_cast<double>(replicate_bits(7, 0, k) >> 11) * 0x1p-53;
}

TEST(Lanes, LogarithmIsWithinAnUlp) {
  EXPECT_EQ(natural_log(1.0), 0.0);
  for (std::uint32_t k = 0; k < 20000; ++k) {
    // Exponents over the whole range, and every fourth near 1 where a logarithm is small.
    const double x = k % 4 == 0 ? 0.5 + uniform(k)
                                : std::ldexp(1 + uniform(k), static_cast<int>(k % 2000) - 1000);
    const long double want = std::log(static_cast<long double>(x));
    const double rounded = static_cast<double>(want);
    const double ulp = std::nextafter(std::fabs(rounded), INFINITY) - std::fabs(rounded);
    EXPECT_LE(std::fabs(static_cast<double>(natural_log(x) - want)), ulp) << x;
  }
}

TEST(Lanes, EntropyTermOfTheSmallAndTheNone) {
  EXPECT_EQ(entropy_term(0.0), 0.0);
  EXPECT_EQ(entropy_term(1.0), 0.0);
  EXPECT_EQ(entropy_term(std::numeric_limits<double>::denorm_min()), 0.0);
  EXPECT_NEAR(entropy_term(1e-300), 1e-300 * 300 * std::log(10.0), 1e-312);
}

long double divergence(long double p, long double q) {
  const long double m = (p + q) / 2;
  const auto part = [&](long double x) { return x > 0 ? x * std::log(x / m) : 0.0L; };
  return (part(p) + part(q)) / 2;
}

TEST(Lanes, DivergenceTermIsExactToRoundingForNearAndFar) {
  for (std::uint32_t k = 1; k < 20000; ++k) {
    const double p = uniform(k);
    // |p − q| / (p + q): the whole range, and every other time its small and its large end.
    const double spread = std::ldexp(uniform(k + 50000), -static_cast<int>(k % 32));
    const double x = k % 4 == 1 ? 1 - spread : spread;
    const double q = p * (1 - x) / (1 + x);
    // Where 1 − x ≥ √½ every part is a few roundings of x² ≤ 2 f(x). Beyond it 2 f(x) ≥ 0.087, and
    // its parts, none above 0.7, are rounded less than sixteen times, each 2^-54: 8 / 0.087 = 92;
    // x itself adds 3. The reference is off by 2^-64 p in each of its two logarithms' terms.
    const double want = static_cast<double>(divergence(p, q));
    EXPECT_NEAR(divergence_term(p, q), want, 96 * 0x1p-53 * want + 0x1p-62 * p) << p << " " << q;
    EXPECT_EQ(divergence_term(p, q), divergence_term(q, p));
    EXPECT_GE(divergence_term(p, q), 0);
  }
}

TEST(Lanes, DivergenceTermAtTheEdges) {
  EXPECT_EQ(divergence_term(0, 0), 0);
  EXPECT_EQ(divergence_term(0.3, 0.3), 0);
  EXPECT_NEAR(divergence_term(0.5, 0), 0.25 * std::log(2.0), 1e-16);
  EXPECT_NEAR(divergence_term(0, 1e-310), 0.5e-310 * std::log(2.0), 1e-323);
  // (p − q)² / (8 m) to leading order, where p ln(p/m) + q ln(q/m) has no digit left.
  const double p = 0.25, q = 0.25 * (1 + 0x1p-30);
  EXPECT_NEAR(divergence_term(p, q), (q - p) * (q - p) / (8 * 0.25), 1e-8 * 0x1p-65);
}

TEST(Lanes, SumTakesEightLanesAndATree) {
  double x[16];
  double each[lanes] = {};
  for (int k = 0; k < 16; ++k) {
    x[k] = std::ldexp(1.0, 4 * k);
    each[k % 8] += x[k];
  }
  EXPECT_EQ(lane_sum(16, [&](int k) { return x[k]; }), 0x1111111111111111p0);
  EXPECT_EQ(total(each), 0x1111111111111111p0);
  EXPECT_EQ(largest(each), x[15] + x[7]);
  EXPECT_EQ(padded(0), 0);
  EXPECT_EQ(padded(1), 8);
  EXPECT_EQ(padded(8), 8);
}

}  // namespace
}  // namespace attnsweep::measure
