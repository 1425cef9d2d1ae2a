#include "reduce/cell.hpp"

#include "reference.hpp"

namespace attnsweep::reduce {
namespace {

CellResult analyse(const std::vector<Cluster>& clusters, const ReplicateWeights* weights,
                   const ReduceOptions& options = {}) {
  CellResult cell;
  cell.m = static_cast<int>(clusters[0].y.size());
  const Units units = make_units(clusters, cell.m, options.max_units, 20251030);
  analyse_cell(units, weights, options, cell);
  return cell;
}

class Golden : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Sets, Golden, testing::Values("minilm12", "albert12"));

TEST_P(Golden, EveryNumber) {
  const auto& set = golden()[GetParam()];
  const CellResult c = analyse(golden_clusters(set), nullptr);
  const std::vector<double> g = doubles(set["g"]);
  for (std::size_t i = 0; i < g.size(); ++i) expect_same(c.g[i], g[i], "g");
  expect_same(c.stats.lambda, set["lambda"], "lambda");
  expect_same(c.lambda.linear.value, set["lambda"], "lambda from the clusters");
  expect_same(c.stats.drop, set["T"], "T");
  expect_same(c.stats.r2, set["R2"], "R2");
  expect_same(c.stats.kappa, set["kappa"], "kappa");
  expect_same(c.stats.kappa3, set["kappa3"], "kappa3");
  expect_same(c.stats.rise, set["rise"], "rise");
  expect_same(c.stats.rise_rel, set["rise_rel"], "rise_rel");
  expect_same(c.stats.sigma, set["sigma_r"], "sigma_r");
  const char* keys[] = {"const", "exp", "power", "linear", "floor"};
  for (int l = 0; l < n_laws; ++l) expect_same(c.laws[l].lolo, set["q"][keys[l]], keys[l]);
  expect_same(c.lolo_quadratic, set["q"]["quad"], "quad");
  expect_same(c.lambda.linear.se_cr1, set["se_CR1"], "se_CR1");
  expect_same(c.lambda.linear.se, set["se_jack"], "se_jack");
  expect_same(c.j_eff, set["J_eff"], "J_eff");
  expect_same(c.df, set["df"], "df");
  expect_same(c.lambda.t.low, set["t_interval_jack"][0], "t low");
  expect_same(c.lambda.t.high, set["t_interval_jack"][1], "t high");
  expect_same(c.lambda.linear.acceleration, set["bca_a"], "bca_a");
  expect_same(c.tau, set["tau_bar"], "tau");
  expect_same(c.share_positive, set["share_pos"], "share");
  expect_same(c.r2_within, set["R2_within"], "R2_within");
  const CellResult by_document = analyse(golden_clusters(set, true), nullptr);
  expect_same(by_document.stats.lambda, set["lambda_doc_weighted"], "by document");
  EXPECT_DOUBLE_EQ(by_document.j_eff, 6);
}

// The reference draws the same weights with a Philox of its own and refits every replicate.
TEST_P(Golden, BootstrapEqualsTheWrittenOutOne) {
  const auto& e = reduce_reference()["sets"][GetParam()]["bootstrap"];
  const ReplicateWeights weights(e["seed"], 6, e["replicates"]);
  const CellResult c = analyse(golden_clusters(golden()[GetParam()]), &weights);
  // Quantiles of t* divide by standard errors of replicates with one or two distinct clusters.
  const auto same = [](const Interval& got, const nlohmann::json& want, double tolerance,
                       const char* what) {
    EXPECT_NEAR(got.low, want[0].get<double>(), tolerance) << what;
    EXPECT_NEAR(got.high, want[1].get<double>(), tolerance) << what;
  };
  same(c.lambda.percentile, e["percentile"], 1e-12, "percentile");
  same(c.lambda.bca, e["bca"], 1e-12, "bca");
  same(c.lambda.student, e["student"], 1e-9, "student");
  same(c.kappa_interval, e["kappa"], 1e-10, "kappa");
  same(c.laws[static_cast<int>(Law::exponential)].lolo_interval, e["q_exponential"], 1e-12, "q");
  same(c.laws[static_cast<int>(Law::linear)].lolo_interval, e["q_linear"], 1e-12, "q linear");
  const double n = e["replicates"], agree = e["same_verdict"];
  EXPECT_EQ(name(c.curve_verdict.v), e["v"].get<std::string>());
  EXPECT_DOUBLE_EQ(c.stability, agree / n);
  EXPECT_DOUBLE_EQ(c.p_v, (1 + n - agree) / (n + 1));
}

TEST_P(Golden, NonlinearJackknife) {
  const auto& e = reduce_reference()["sets"][GetParam()]["jackknife"];
  const CellResult c = analyse(golden_clusters(golden()[GetParam()]), nullptr);
  expect_same(c.r2_se, e["r2_se"], "r2");
  // Both sides stop their iterations at about 1e-8 of λ.
  EXPECT_NEAR(c.nls_se, e["nls_se"].get<double>(), 1e-6);
}

TEST_P(Golden, OrderOfRowsDoesNotChangeABit) {
  const auto& set = golden()[GetParam()];
  const ReplicateWeights weights(3, 6, 200);
  const CellResult a = analyse(golden_clusters(set), &weights);
  const CellResult b = analyse(golden_clusters(set, false, true), &weights);
  EXPECT_EQ(a.g, b.g);
  EXPECT_EQ(a.stats.lambda, b.stats.lambda);
  EXPECT_EQ(a.lambda.linear.se, b.lambda.linear.se);
  EXPECT_EQ(a.lambda.bca.low, b.lambda.bca.low);
  EXPECT_EQ(a.r2_within, b.r2_within);
  EXPECT_EQ(a.tau, b.tau);
  EXPECT_EQ(a.nls.lambda, b.nls.lambda);
}

TEST(Units, ManyClustersAreGroupedWithoutLoss) {
  std::vector<Cluster> clusters;
  for (int k = 0; k < 500; ++k) {
    Cluster c;
    c.id = "d" + std::to_string(1000 + k);
    c.n_sequences = 1 + k % 3;
    c.n = static_cast<double>(c.n_sequences);
    for (int i = 0; i < 5; ++i) {
      c.y.push_back(c.n * (-0.4 * i + 0.01 * ((k * 7 + i) % 11)));
      c.a.push_back(c.n * std::exp(-0.4 * i));
    }
    clusters.push_back(c);
  }
  const Units whole = make_units(clusters, 5, 4096, 1), grouped = make_units(clusters, 5, 64, 1);
  EXPECT_EQ(whole.size, 500u);
  EXPECT_FALSE(whole.grouped);
  EXPECT_TRUE(grouped.grouped);
  EXPECT_LE(grouped.size, 64u);
  EXPECT_EQ(grouped.total_y, whole.total_y);
  EXPECT_EQ(grouped.n_clusters, 500);
  EXPECT_EQ(grouped.j_eff, whole.j_eff);
  EXPECT_LT(grouped.df(), 64);
  double sum = 0;
  for (double n : grouped.n) sum += n;
  EXPECT_EQ(sum, whole.total_n);
}

TEST(Cell, OneDocumentHasNumbersButNoInterval) {
  Documents documents;
  ClusterSums sums(5, true);
  const std::vector<double> d{1, 0.6, 0.4, 0.2, 0.1};
  sums.add(documents.number("only"), d);
  const CellResult c = analyse(sums.finish(documents, false), nullptr);
  EXPECT_GT(c.stats.lambda, 0);
  EXPECT_TRUE(std::isnan(c.lambda.t.low));
  EXPECT_EQ(c.original_criterion, "");
  EXPECT_TRUE(std::isnan(c.p_v));
}

TEST(Cell, OriginalCriterion) {
  const auto of = [](double low, double high) { return original_criterion({low, high, false}); };
  EXPECT_EQ(of(0.1, 0.2), "lambda > 0");
  EXPECT_EQ(of(-0.1, 0.2), "lambda ~ 0");
  EXPECT_EQ(of(-0.2, -0.1), "lambda <= 0");
}

}  // namespace
}  // namespace attnsweep::reduce
