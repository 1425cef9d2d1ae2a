#include "reduce/cell.hpp"

#include "base/hash.hpp"
#include "reference.hpp"

namespace attnsweep::reduce {
namespace {

CellResult analyse(const Units& units, const ReplicateWeights* weights,
                   const ReduceOptions& options = {}) {
  CellResult cell;
  cell.m = units.m;
  analyse_cell(units, weights, options, cell);
  return cell;
}

class Golden : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Sets, Golden, testing::Values("minilm12", "albert12"));

TEST_P(Golden, EveryNumber) {
  const auto& set = golden()[GetParam()];
  const CellResult c = analyse(golden_units(set), nullptr);
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
  const CellResult by_document = analyse(golden_units(set, true), nullptr);
  expect_same(by_document.stats.lambda, set["lambda_doc_weighted"], "by document");
  EXPECT_DOUBLE_EQ(by_document.j_eff, 6);
}

// The reference draws the same weights with a Philox of its own and refits every replicate.
TEST_P(Golden, BootstrapEqualsTheWrittenOutOne) {
  const auto& e = reduce_reference()["sets"][GetParam()]["bootstrap"];
  const ReplicateWeights weights(e["seed"], 6, e["replicates"]);
  const CellResult c = analyse(golden_units(golden()[GetParam()]), &weights);
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
  const CellResult c = analyse(golden_units(golden()[GetParam()]), nullptr);
  expect_same(c.r2_se, e["r2_se"], "r2");
  // Both sides stop their iterations at about 1e-8 of λ.
  EXPECT_NEAR(c.nls_se, e["nls_se"].get<double>(), 1e-6);
}

TEST_P(Golden, OrderOfRowsDoesNotChangeABit) {
  const auto& set = golden()[GetParam()];
  const ReplicateWeights weights(3, 6, 200);
  const CellResult a = analyse(golden_units(set), &weights);
  const CellResult b = analyse(golden_units(set, false, true), &weights);
  EXPECT_EQ(a.g, b.g);
  EXPECT_EQ(a.stats.lambda, b.stats.lambda);
  EXPECT_EQ(a.lambda.linear.se, b.lambda.linear.se);
  EXPECT_EQ(a.lambda.bca.low, b.lambda.bca.low);
  EXPECT_EQ(a.r2_within, b.r2_within);
  EXPECT_EQ(a.tau, b.tau);
  EXPECT_EQ(a.nls.lambda, b.nls.lambda);
}

/// 500 documents of one to three sequences.
std::vector<std::pair<std::string, std::vector<double>>> many_documents() {
  std::vector<std::pair<std::string, std::vector<double>>> out;
  for (int k = 0; k < 500; ++k)
    for (int s = 0; s <= k % 3; ++s) {
      std::vector<double> d;
      for (int i = 0; i < 5; ++i) d.push_back(std::exp(-0.4 * i + 0.01 * ((k * 7 + i + s) % 11)));
      out.emplace_back("d" + std::to_string(1000 + k), d);
    }
  return out;
}

TEST(Units, ManyClustersAreGroupedWithoutLoss) {
  const Units whole = units_of(many_documents(), {4096, 1, false});
  const Units grouped = units_of(many_documents(), {64, 1, false});
  EXPECT_EQ(whole.size, 500u);
  EXPECT_FALSE(whole.grouped);
  EXPECT_TRUE(grouped.grouped);
  EXPECT_LE(grouped.size, 64u);
  EXPECT_EQ(grouped.total_y, whole.total_y);
  EXPECT_EQ(grouped.n_clusters, 500);
  EXPECT_EQ(grouped.n_sequences, whole.n_sequences);
  EXPECT_EQ(grouped.j_eff, whole.j_eff);
  EXPECT_LT(grouped.df(), 64);
  double sum = 0;
  for (double n : grouped.n) sum += n;
  EXPECT_EQ(sum, whole.total_n);
}

TEST(Units, GroupsAreThoseOfTheKeyedHash) {
  const Units grouped = units_of(many_documents(), {64, 1, false});
  std::map<std::uint64_t, double> expected;
  for (int k = 0; k < 500; ++k)
    expected[keyed_hash(1, "d" + std::to_string(1000 + k)) % 64] += 1 + k % 3;
  std::vector<double> n;
  for (const auto& [group, count] : expected) n.push_back(count);
  EXPECT_EQ(grouped.n, n);
}

TEST(Units, WeightsByDocumentWhetherGroupedOrNot) {
  const Units whole = units_of(many_documents(), {4096, 1, true});
  const Units grouped = units_of(many_documents(), {64, 1, true});
  EXPECT_EQ(whole.total_n, 500);
  EXPECT_EQ(grouped.total_n, 500);
  EXPECT_TRUE(grouped.grouped);
  EXPECT_EQ(grouped.j_eff, 500);
  // A group adds x/n_c one by one, a cluster divides its sum: the last bits differ.
  for (int i = 0; i < 5; ++i)
    EXPECT_NEAR(grouped.total_y[i], whole.total_y[i], 1e-13 * std::fabs(whole.total_y[i]) + 1e-13);
  double sum = 0;
  for (const auto& [document, d] : many_documents())
    sum += std::log(d[2]) / (1 + std::stoi(document.substr(1)) % 1000 % 3);
  EXPECT_NEAR(grouped.total_y[2], sum, 1e-10);
}

TEST(Units, TheirDigitsDependOnNoOrder) {
  auto sequences = many_documents();
  const Units a = units_of(sequences, {64, 1, false});
  std::reverse(sequences.begin(), sequences.end());
  std::rotate(sequences.begin(), sequences.begin() + 333, sequences.end());
  const Units b = units_of(sequences, {64, 1, false});
  EXPECT_EQ(a.y, b.y);
  EXPECT_EQ(a.a, b.a);
  EXPECT_EQ(a.total_q, b.total_q);
}

TEST(Cell, OneDocumentHasNumbersButNoInterval) {
  const CellResult c = analyse(units_of({{"only", {1, 0.6, 0.4, 0.2, 0.1}}}), nullptr);
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
