#include "base/philox.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "unit/base/vectors.hpp"

namespace attnsweep::test {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, GivesTheKnownAnswers) {
  // Random123's kat_vectors, philox4x32 with 10 rounds.
  EXPECT_EQ(philox({0, 0, 0, 0}, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, ~std::uint64_t{0}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(ReplicateBits, AreTheFirstTwoWordsOfTheCounter) {
  const std::uint64_t seed = 0x299f31d0a4093822;
  const auto words = philox({7, 9, 0, 0}, seed);
  EXPECT_EQ(replicate_bits(seed, 7, 9), words[0] | std::uint64_t{words[1]} << 32);
  EXPECT_EQ(replicate_bits(0, 0, 0), 0xe169c58d6627e8d5u);
  std::set<std::uint64_t> seen;
  for (std::uint32_t b = 0; b < 30; ++b)
    for (std::uint32_t k = 0; k < 30; ++k) seen.insert(replicate_bits(1, b, k));
  EXPECT_EQ(seen.size(), 900u);  // (b, k) and (k, b) differ
}

std::vector<float> normals(std::uint64_t seed, std::uint64_t stream, const std::string& name,
                           double sd, std::size_t n) {
  std::vector<float> out(n, -1000);
  keyed_normals(seed, stream, name, sd, out);
  return out;
}

TEST(KeyedNormals, AreThoseOfTheReference) {
  const auto vectors = vectors_of("normal");
  ASSERT_EQ(vectors.size(), 21u);
  for (const auto& v : vectors) {
    const auto index = std::stoul(v[4]);
    const auto got =
        normals(std::stoull(v[0]), std::stoull(v[1]), v[2], std::stod(v[3]), index + 1);
    const double expected = std::stod(v[5]);
    // One rounding to float; two mathematics libraries may fall on its two sides.
    EXPECT_NEAR(got[index], expected, 0x1p-23 * std::fabs(expected)) << v[2] << "[" << index << "]";
  }
}

TEST(KeyedNormals, AValueDoesNotDependOnTheLength) {
  const auto whole = normals(5, 1, "w", 0.02, 1000);
  for (const std::size_t n : {0u, 1u, 2u, 3u, 10u, 999u})
    EXPECT_EQ(normals(5, 1, "w", 0.02, n),
              std::vector(whole.begin(), whole.begin() + static_cast<long>(n)))
        << n;
}

TEST(KeyedNormals, HaveTheMomentsOfANormal) {
  const std::size_t n = 400'000;
  const double sd = 0.02;
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, neighbours = 0;
  const auto x = normals(20251030, 0, "moments", sd, n);
  for (std::size_t i = 0; i < n; ++i) {
    const double z = x[i] / sd;
    m1 += z / n;
    m2 += z * z / n;
    m3 += z * z * z / n;
    m4 += z * z * z * z / n;
    if (i > 0) neighbours += z * (x[i - 1] / sd) / n;
  }
  // Five standard errors of each mean: Var z = 1, Var z² = 2, Var z³ = 15, Var z⁴ = 96.
  const double unit = 5 / std::sqrt(static_cast<double>(n));
  EXPECT_NEAR(m1, 0, unit);
  EXPECT_NEAR(m2, 1, unit * std::sqrt(2.0));
  EXPECT_NEAR(m3, 0, unit * std::sqrt(15.0));
  EXPECT_NEAR(m4, 3, unit * std::sqrt(96.0));
  EXPECT_NEAR(neighbours, 0, unit);
}

TEST(KeyedNormals, AnotherKeyIsAnotherStream) {
  const std::size_t n = 10'000;
  const auto base = normals(1, 2, "name", 1, n);
  for (const auto& other : {normals(2, 2, "name", 1, n), normals(1, 3, "name", 1, n),
                            normals(1, 2, "nam", 1, n), normals(1, 22, "name", 1, n)}) {
    double product = 0;
    std::size_t n_equal = 0;
    for (std::size_t i = 0; i < n; ++i) {
      product += static_cast<double>(base[i]) * other[i] / n;
      n_equal += base[i] == other[i];
    }
    EXPECT_NEAR(product, 0, 5 / std::sqrt(static_cast<double>(n)));  // five standard errors
    EXPECT_LE(n_equal, 2u);
  }
  EXPECT_EQ(normals(1, 2, "name", 1, n), base);
}

TEST(KeyedNormals, ScaleWithTheStandardDeviation) {
  const auto unit = normals(1, 0, "w", 1, 100);
  const auto half = normals(1, 0, "w", 0.5, 100);
  for (std::size_t i = 0; i < unit.size(); ++i) EXPECT_EQ(half[i], unit[i] / 2);
  EXPECT_EQ(normals(1, 0, "w", 0, 3), std::vector<float>(3, 0.0f));
}

}  // namespace
}  // namespace attnsweep::test
