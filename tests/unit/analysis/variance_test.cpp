// Variance components and heterogeneity over models, against projections, REML and the penicillin
// assay.
#include "reduce/variance.hpp"

#include <fstream>
#include <sstream>

#include "reduce/heterogeneity.hpp"
#include "synthetic_models.hpp"

namespace attnsweep::reduce {
namespace {

struct Analysed {
  VarianceResult variance;
  HeterogeneityResult heterogeneity;
};

Analysed analyse(const std::vector<std::vector<double>>& lambda,
                 const std::vector<std::string>& document, std::size_t replicates = 0,
                 const UnitRule& rule = {}) {
  Documents documents(rule);
  const std::vector<Collected> models = models_with(lambda, document, documents);
  const CommonSequences common(members_of(models));
  const DocumentMeans means = document_means(common);
  const UnitTable units = variance_units(means, documents);
  std::unique_ptr<ReplicateWeights> weights;
  if (replicates > 0)
    weights = std::make_unique<ReplicateWeights>(20251030, units.size, replicates);
  Analysed out;
  out.variance = analyse_variance(means, units, weights.get(), models.size(), 0.95);
  out.heterogeneity = analyse_heterogeneity(means, out.variance.model.variance, 2);
  return out;
}

/// Rows are plates (documents), columns samples (models).
TEST(Variance, PenicillinAsPublished) {
  std::ifstream file(std::string(ATTNSWEEP_TESTS_DIR) +
                     "/reference/penicillin_plate_by_sample.txt");
  std::vector<std::vector<double>> lambda(6);
  std::vector<std::string> plates;
  for (std::string line; std::getline(file, line);) {
    if (line[0] == '#') continue;
    std::istringstream words(line);
    for (auto& sample : lambda) {
      sample.emplace_back();
      words >> sample.back();
      sample.back() /= 100;  // a hundredth, so that no curve falls into the rounding noise
    }
    plates.push_back("plate " + std::to_string(100 + plates.size()));
  }
  ASSERT_EQ(plates.size(), 24u);
  const VarianceResult v = analyse(lambda, plates).variance;
  // As printed: five decimals.
  EXPECT_NEAR(1e4 * v.model.variance, 3.73092, 5e-6);
  EXPECT_NEAR(1e4 * v.document.variance, 0.71691, 5e-6);
  EXPECT_NEAR(1e4 * v.model_document.variance, 0.30242, 5e-6);
  EXPECT_NEAR(v.model.share, 3.73092 / (3.73092 + 0.71691 + 0.30242), 1e-6);
  EXPECT_TRUE(v.population);
  // (5 MS_M / χ²_{0.975,5} − MS_E) / 24, MS_M = 24 · 3.73092 + 0.30242; χ² = 12.83250, 0.8312116.
  const double ms = 24 * v.model.variance + v.ms_error;
  EXPECT_NEAR(v.population_model.low, (5 * ms / 12.832502 - v.ms_error) / 24, 1e-10);
  EXPECT_NEAR(v.population_model.high, (5 * ms / 0.8312116 - v.ms_error) / 24, 1e-9);
}

class VarianceSets : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Simulated, VarianceSets, testing::Values(0, 1, 2));

TEST_P(VarianceSets, EqualProjectionsRemlAndWrittenOutReplicates) {
  const auto& set = across_reference()["variance"][GetParam()];
  const auto document = set["document"].get<std::vector<std::string>>();
  const VarianceResult v = analyse(matrix(set["lambda"]), document, 60).variance;
  const auto& moments = set["moments"];
  // Twelve digits of the largest mean square: λ_s itself went through exp and log.
  const auto near = [](double got, const nlohmann::json& expected, const char* what) {
    EXPECT_NEAR(got, expected.get<double>(), 1e-13) << what;
  };
  near(v.ms_model, moments["ms_model"], "ms_model");
  near(v.ms_document, moments["ms_document"], "ms_document");
  near(v.ms_error, moments["ms_error"], "ms_error");
  near(v.model.variance, moments["model"], "model");
  near(v.document.variance, moments["document"], "document");
  near(v.model_document.variance, moments["model_document"], "model_document");
  EXPECT_EQ(v.windows, moments.contains("text"));
  if (v.windows) {
    near(v.e_within, moments["e_within"], "e_within");
    near(v.s_within, moments["s_within"], "s_within");
    EXPECT_NEAR(v.harmonic_n, moments["harmonic_n"].get<double>(), 1e-12);
    near(v.text.variance, moments["text"], "text");
    near(v.model_text.variance, moments["model_text"], "model_text");
  }
  // lme4 stops at about six digits of a component.
  if (set.contains("reml")) {
    EXPECT_NEAR(v.model.variance, set["reml"]["model"].get<double>(), 1e-8);
    EXPECT_NEAR(v.document.variance, set["reml"]["document"].get<double>(), 1e-8);
    EXPECT_NEAR(v.model_document.variance, set["reml"]["model_document"].get<double>(), 1e-8);
  }
  const auto interval = [&](const Component& c, const char* key) {
    near(c.interval.low, set["interval"][key][0], key);
    near(c.interval.high, set["interval"][key][1], key);
  };
  interval(v.model, "model");
  interval(v.document, "document");
  interval(v.model_document, "model_document");
}

TEST(Variance, NegativeIsZeroAndFlagged) {
  // Models differ less than their interaction with documents lets expect.
  const VarianceResult v = analyse({{0.1, 0.3, 0.2}, {0.3, 0.2, 0.1}}, {"a", "b", "c"}).variance;
  EXPECT_EQ(v.model.variance, 0);
  EXPECT_TRUE(v.model.negative);
  EXPECT_FALSE(v.model_document.negative);
  EXPECT_FALSE(v.population);
}

TEST(Variance, OneDocumentHasNone) {
  const VarianceResult v = analyse({{0.1, 0.3}, {0.3, 0.2}}, {"a", "a"}).variance;
  EXPECT_TRUE(std::isnan(v.model.variance));
  EXPECT_EQ(v.n_documents, 1);
}

TEST(Variance, OrderAndGroupsChangeNoComponent) {
  const auto& set = across_reference()["variance"][2];
  auto document = set["document"].get<std::vector<std::string>>();
  auto lambda = matrix(set["lambda"]);
  const VarianceResult a = analyse(lambda, document).variance;
  const VarianceResult grouped = analyse(lambda, document, 0, {4, 7, false}).variance;
  EXPECT_EQ(a.model.variance, grouped.model.variance);
  EXPECT_EQ(a.document.variance, grouped.document.variance);
}

TEST(Heterogeneity, EqualsHotellingByStatsmodels) {
  const auto& set = across_reference()["heterogeneity"];
  const HeterogeneityResult h =
      analyse(matrix(set["lambda"]), set["document"].get<std::vector<std::string>>()).heterogeneity;
  EXPECT_EQ(h.reason, "");
  // The solver loses the condition of three correlated models.
  EXPECT_NEAR(h.t2, set["t2"].get<double>(), 1e-10 * h.t2);
  EXPECT_NEAR(h.f, set["f"].get<double>(), 1e-10 * h.f);
  EXPECT_NEAR(h.p, set["p"].get<double>(), 1e-10);
  EXPECT_EQ(h.df1, 2);
  EXPECT_EQ(h.df2, 38);
  EXPECT_NEAR(h.cv, h.sigma / h.mean, 1e-15);
}

TEST(Heterogeneity, SaysWhyThereIsNoTest) {
  const auto& set = across_reference()["variance"][0];
  EXPECT_EQ(analyse(matrix(set["lambda"]), set["document"].get<std::vector<std::string>>())
                .heterogeneity.reason,
            "fewer than 10 documents a model");
  // Two models that differ by the same number everywhere.
  std::vector<std::vector<double>> lambda(2);
  std::vector<std::string> document;
  for (int c = 0; c < 25; ++c) {
    lambda[0].push_back(0.25 * (c % 4));
    lambda[1].push_back(0.25 * (c % 4) + 0.5);
    document.push_back("d" + std::to_string(c));
  }
  const HeterogeneityResult h = analyse(lambda, document).heterogeneity;
  EXPECT_EQ(h.reason, "the differences of some models do not vary over documents");
  EXPECT_TRUE(std::isnan(h.p));
}

}  // namespace
}  // namespace attnsweep::reduce
