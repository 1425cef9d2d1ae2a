#include "reduce/intervals.hpp"

#include <algorithm>

#include "reduce/multiplicity.hpp"
#include "reduce/replicates.hpp"
#include "reference.hpp"

namespace attnsweep::reduce {
namespace {

TEST(Intervals, TQuantilesEqualSciPy) {
  for (const auto& c : reduce_reference()["t"]) {
    const Interval i = t_interval(0, 1, c["df"], 0.95);
    expect_same(i.high, c["quantile"], c.dump());
    expect_same(i.low, -c["quantile"].get<double>(), c.dump());
  }
}

TEST(Intervals, Type7Quantile) {
  const std::vector<double> x{1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(quantile(x, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(x, 0.5), 3);
  EXPECT_DOUBLE_EQ(quantile(x, 0.9), 4 + 0.7 * 4);
  EXPECT_DOUBLE_EQ(quantile(x, 1), 8);
}

TEST(Intervals, HolmEqualsStatsmodels) {
  for (const auto& c : reduce_reference()["holm"]) {
    const std::vector<double> got = holm(doubles(c["p"])), expected = doubles(c["adjusted"]);
    for (std::size_t k = 0; k < got.size(); ++k) expect_same(got[k], expected[k], c.dump());
  }
  EXPECT_EQ(holm(std::vector<double>{undefined, 0.01})[1], 0.02);
}

// R's boot, as in scipy.stats.bootstrap's own test, with its tolerance and number of resamples.
// SciPy 1.17 itself gives 32.21 to 32.24 for the lower end of BCa.
TEST(Intervals, PercentileAndBcaEqualRBoot) {
  const auto& r = reduce_reference()["r_boot"];
  const std::vector<double> x = doubles(r["x"]), ones(x.size(), 1.0);
  std::vector<double> columns;
  for (double v : x) columns.insert(columns.end(), {1.0, v});
  const ReplicateWeights weights(20251030, x.size(), 1000000);
  const std::vector<double> sums = weights.weighted_sums(columns, 2);
  std::vector<double> means;
  for (std::size_t b = 0; b < weights.size(); ++b) means.push_back(sums[2 * b + 1] / sums[2 * b]);
  std::sort(means.begin(), means.end());
  const LinearEstimate e = estimate_linear(x, ones);
  const Interval p = percentile_interval(means, 0.95);
  const Interval b = bca_interval(means, e.value, e.acceleration, 0.95);
  const std::vector<double> want_p = doubles(r["percentile"]), want_b = doubles(r["bca"]);
  EXPECT_NEAR(p.low, want_p[0], 0.005 * want_p[0]);
  EXPECT_NEAR(p.high, want_p[1], 0.005 * want_p[1]);
  EXPECT_NEAR(b.low, want_b[0], 0.005 * want_b[0]);
  EXPECT_NEAR(b.high, want_b[1], 0.005 * want_b[1]);
  EXPECT_FALSE(p.unreliable);
}

// The package boot, given the very same replicates: its quantiles interpolate on the normal scale
// and count to R + 1, so they lie between the same neighbours in order.
TEST(Intervals, EqualRBootOnTheSameResamples) {
  const auto& r = reference_file("across_reference.json")["boot"];
  const std::vector<double> n = doubles(r["n"]);
  const std::size_t units = n.size(), m = r["y"][0].size();
  const CurveBasis basis(static_cast<int>(m));
  std::vector<double> columns, x;
  for (std::size_t u = 0; u < units; ++u) {
    x.push_back(0);
    for (std::size_t i = 0; i < m; ++i) x[u] -= basis.t[i] / basis.s * r["y"][u][i].get<double>();
    columns.insert(columns.end(), {n[u], x[u]});
  }
  const ReplicateWeights weights(r["seed"], units, r["replicates"]);
  const std::vector<double> sums = weights.weighted_sums(columns, 2);
  std::vector<double> lambda;
  for (std::size_t b = 0; b < weights.size(); ++b) lambda.push_back(sums[2 * b + 1] / sums[2 * b]);
  std::sort(lambda.begin(), lambda.end());
  const LinearEstimate e = estimate_linear(x, n);
  expect_same(e.value, r["lambda"], "lambda");
  const auto near = [&](double got, const nlohmann::json& expected) {
    const auto at = std::lower_bound(lambda.begin(), lambda.end(), got) - lambda.begin();
    EXPECT_GE(expected.get<double>(), lambda[static_cast<std::size_t>(at - 2)]);
    EXPECT_LE(expected.get<double>(), lambda[static_cast<std::size_t>(at + 1)]);
  };
  const Interval p = percentile_interval(lambda, 0.95);
  const Interval b = bca_interval(lambda, e.value, e.acceleration, 0.95);
  near(p.low, r["percentile"][0]);
  near(p.high, r["percentile"][1]);
  near(b.low, r["bca"][0]);
  near(b.high, r["bca"][1]);
}

TEST(Intervals, FewReplicatesAreMarked) {
  std::vector<double> x(300);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<double>(k);
  EXPECT_TRUE(percentile_interval(x, 0.95).unreliable);   // 8.475th of 300
  EXPECT_FALSE(percentile_interval(x, 0.90).unreliable);  // 15.95th
}

TEST(Intervals, NoSpread) {
  const std::vector<double> x{2, 4, 6}, n{1, 2, 3};
  const LinearEstimate e = estimate_linear(x, n);
  EXPECT_EQ(e.value, 2);
  EXPECT_EQ(e.se, 0);
  EXPECT_TRUE(std::isnan(e.acceleration));
  const std::vector<double> same(100, 2.0);
  EXPECT_TRUE(std::isnan(bca_interval(same, e.value, e.acceleration, 0.95).low));
}

TEST(Intervals, OneUnitHasNone) {
  const LinearEstimate e = estimate_linear(std::vector<double>{3}, std::vector<double>{2});
  EXPECT_EQ(e.value, 1.5);
  EXPECT_TRUE(std::isnan(e.se));
  EXPECT_TRUE(std::isnan(t_interval(e.value, e.se, 1, 0.95).low));
}

TEST(Replicates, WeightsAreThoseOfTheDefinition) {
  const auto& first = reduce_reference()["sets"]["minilm12"]["bootstrap"]["first_weights"];
  const std::size_t units = first[0].size();
  // Column k is the indicator of unit k, so its weighted sum is the weight itself.
  std::vector<double> identity(units * units, 0);
  for (std::size_t k = 0; k < units; ++k) identity[k * units + k] = 1;
  const ReplicateWeights weights(20251030, units, first.size());
  const std::vector<double> got = weights.weighted_sums(identity, units);
  for (std::size_t b = 0; b < first.size(); ++b)
    for (std::size_t k = 0; k < units; ++k)
      EXPECT_EQ(got[b * units + k], first[b][k].get<double>());
}

TEST(Replicates, DrawnAnewTheyAreTheKeptOnes) {
  const std::size_t units = 2000, n = 30;
  std::vector<double> column(units);
  for (std::size_t u = 0; u < units; ++u) column[u] = std::sin(static_cast<double>(u));
  const ReplicateWeights kept(5, units, n), anew(5, units, n, 0);
  EXPECT_EQ(kept.weighted_sums(column, 1), anew.weighted_sums(column, 1));
  EXPECT_NE(kept.weighted_sums(column, 1), ReplicateWeights(6, units, n).weighted_sums(column, 1));
}

}  // namespace
}  // namespace attnsweep::reduce
