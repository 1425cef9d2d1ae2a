// Regressions on covariates against statsmodels' cluster-robust ones.
#include "reduce/covariates.hpp"

#include "reduce/across.hpp"
#include "synthetic_models.hpp"

namespace attnsweep::reduce {
namespace {

/// The reference's texts of one corpus as a collected model.
struct CorpusModel {
  CorpusModel(const std::string& corpus, const UnitRule& rule, bool reversed = false)
      : documents(rule) {
    const auto& set = across_reference()["covariates"];
    std::vector<SyntheticText> texts;
    for (std::size_t s = 0; s < set["lambda"].size(); ++s) {
      if (set["corpus"][s] != corpus) continue;
      texts.push_back({straight_curve(set["lambda"][s], 4),
                       set["document"][s],
                       set["n_tokens"][s],
                       {set["score"][s], set["topic"][s]}});
    }
    std::vector<SequenceRow> rows = rows_of(texts);
    if (reversed) std::reverse(rows.begin(), rows.end());
    CellInfo info = synthetic_info("m", 5);
    info.corpus = corpus;
    info.covariates = {"score", "topic"};
    model = collect(info, {}, source_of(rows), {}, documents);
  }
  std::vector<CovariateMoments> moments() const {
    return covariate_moments({&model, &model.mean[0]}, documents);
  }
  Documents documents;
  Collected model;
};

std::vector<CovariateResult> both_corpora() {
  const CorpusModel a("a", {}), b("b", {});
  std::vector<CovariateMoments> all = a.moments();
  for (CovariateMoments& m : b.moments()) all.push_back(std::move(m));
  std::vector<const CovariateMoments*> pointers;
  for (const CovariateMoments& m : all) pointers.push_back(&m);
  return analyse_covariates(pointers, 0.95);
}

const CovariateResult& find(const std::vector<CovariateResult>& results, const std::string& corpus,
                            const std::string& covariate) {
  for (const CovariateResult& r : results)
    if (r.corpus == corpus && r.covariate == covariate) return r;
  throw std::runtime_error("no result of " + corpus + " " + covariate);
}

// Ten digits: scores of 1e6 ± 1e3 leave six of sixteen to the centring on both sides.
TEST(Covariates, EqualStatsmodels) {
  const std::vector<CovariateResult> results = both_corpora();
  EXPECT_EQ(results.size(), 9u);
  const auto near = [](double got, const nlohmann::json& expected, const std::string& what) {
    EXPECT_NEAR(got, expected.get<double>(), 1e-10 * std::fabs(expected.get<double>())) << what;
  };
  for (const auto& fit : across_reference()["covariates"]["fits"]) {
    const std::string corpus = fit["corpus"].is_null() ? "" : fit["corpus"].get<std::string>();
    const CovariateResult& r = find(results, corpus, fit["covariate"]);
    const std::string what = corpus + " " + r.covariate;
    EXPECT_EQ(r.status, "ok") << what;
    near(r.r2, fit["r2"], what + " r2");
    near(r.p, fit["p"], what + " p");
    near(r.df, fit["df"], what + " df");
    if (r.category) {
      for (const LevelEffect& level : r.levels) {
        if (level.level == fit["reference"]) {
          EXPECT_EQ(level.difference, 0);
          continue;
        }
        near(level.difference, fit["levels"][level.level][0], what + level.level);
        const double half = (level.interval.high - level.interval.low) / 2;
        const double t = t_interval(0, 1, r.df, 0.95).high;
        near(half / t, fit["levels"][level.level][1], what + level.level + " se");
      }
      continue;
    }
    near(r.slope, fit["slope"], what + " slope");
    near(r.se, fit["se"], what + " se");
    near(r.slope_alone, fit["slope_alone"], what + " alone");
    EXPECT_NEAR(r.r2_added, fit["r2_added"].get<double>(), 1e-10);
    EXPECT_NEAR(r.slope - r.interval.low, r.interval.high - r.slope, 1e-12);
  }
}

TEST(Covariates, HolmOverThoseOfOneCorpus) {
  const std::vector<CovariateResult> results = both_corpora();
  for (const std::string corpus : {"a", "b", ""}) {
    double smallest = 1, adjusted = 1;
    for (const CovariateResult& r : results) {
      if (r.corpus != corpus || r.p > smallest) continue;
      smallest = r.p;
      adjusted = r.p_adjusted;
    }
    EXPECT_DOUBLE_EQ(adjusted, std::min(1.0, 3 * smallest));
  }
}

TEST(Covariates, WeightsByDocument) {
  const CorpusModel a("a", {4096, 0, true});
  const std::vector<CovariateMoments> moments = a.moments();
  const std::vector<CovariateResult> results = analyse_covariates({&moments[0], &moments[1]}, 0.95);
  const CovariateResult& r = find(results, "a", "score");
  const auto& expected = across_reference()["covariates"]["by_document"];
  EXPECT_NEAR(r.slope, expected["slope"].get<double>(), 1e-10 * std::fabs(r.slope));
  EXPECT_NEAR(r.se, expected["se"].get<double>(), 1e-10 * r.se);
  EXPECT_NEAR(r.r2, expected["r2"].get<double>(), 1e-10);
  EXPECT_EQ(r.df, expected["df"].get<double>());
}

TEST(Covariates, OrderOfRowsDoesNotChangeABit) {
  const auto slopes = [](bool reversed) {
    const CorpusModel a("a", {}, reversed);
    const std::vector<CovariateMoments> moments = a.moments();
    const auto results = analyse_covariates({&moments[0], &moments[1], &moments[2]}, 0.95);
    return std::vector{results[0].slope, results[1].slope, results[1].se,
                       results[2].levels[0].difference, results[2].p};
  };
  EXPECT_EQ(slopes(false), slopes(true));
}

// ---- columns ----

CovariateColumn column(const std::vector<std::string>& texts) {
  CovariateColumn out("x");
  for (const std::string& text : texts) out.add(text);
  out.finish();
  return out;
}

TEST(CovariateColumn, NumbersWithMissingOnes) {
  const CovariateColumn c = column({"1.5", "", "-2e3", "nan", "inf"});
  EXPECT_TRUE(c.numeric());
  EXPECT_EQ(c.values()[0], 1.5);
  EXPECT_TRUE(std::isnan(c.values()[1]));
  EXPECT_EQ(c.values()[2], -2000);
  EXPECT_TRUE(std::isnan(c.values()[3]));
  EXPECT_TRUE(std::isnan(c.values()[4]));
}

TEST(CovariateColumn, OneWordMakesCategoriesInAnyOrder) {
  const CovariateColumn a = column({"01", "b", "1.0", "", "a"});
  EXPECT_FALSE(a.numeric());
  EXPECT_EQ(a.levels(), (std::vector<std::string>{"1", "a", "b"}));
  EXPECT_EQ(a.values()[0], 0);
  EXPECT_EQ(a.values()[1], 2);
  EXPECT_EQ(a.values()[2], 0);
  EXPECT_TRUE(std::isnan(a.values()[3]));
  EXPECT_EQ(a.values()[4], 1);
  const CovariateColumn b = column({"a", "", "1.0", "b", "01"});
  EXPECT_EQ(a.levels(), b.levels());
}

TEST(CovariateColumn, TooManyLevelsAreNotKept) {
  std::vector<std::string> texts;
  for (int k = 0; k < 3000; ++k) texts.push_back("id" + std::to_string(k));
  const CovariateColumn c = column(texts);
  EXPECT_TRUE(c.too_many_levels());
  EXPECT_TRUE(std::isnan(c.values()[0]));
}

/// What one covariate says of twelve texts in six documents.
CovariateResult result_of(const std::vector<std::string>& texts, bool equal_lengths = false) {
  Documents documents;
  std::vector<SyntheticText> made;
  for (std::size_t s = 0; s < texts.size(); ++s)
    made.push_back({straight_curve(0.3 + 0.01 * static_cast<double>((s * 7) % 5), 4),
                    "d" + std::to_string(s / 2),
                    equal_lengths ? 30 : 20 + static_cast<int>((s * 5) % 7),
                    {texts[s]}});
  CellInfo info = synthetic_info("m", 5);
  info.covariates = {"x"};
  const Collected model = synthetic_model(info, made, documents);
  const auto moments = covariate_moments({&model, &model.mean[0]}, documents);
  return analyse_covariates({&moments[0], &moments[1]}, 0.95)[1];
}

std::vector<std::string> twelve(const std::function<std::string(int)>& text) {
  std::vector<std::string> out;
  for (int k = 0; k < 12; ++k) out.push_back(text(k));
  return out;
}

TEST(Covariates, SayWhyThereAreNoNumbers) {
  EXPECT_EQ(result_of(twelve([](int) { return "3"; })).status, "constant");
  EXPECT_EQ(result_of(twelve([](int) { return "word"; })).status, "constant");
  EXPECT_EQ(result_of(twelve([](int) { return ""; })).status, "no sequences");
  EXPECT_EQ(result_of(twelve([](int k) { return shortest(std::log(20.0 + (k * 5) % 7)); })).status,
            "collinear");
  const CovariateResult alone =
      result_of(twelve([](int k) { return std::to_string(k * k % 7); }), true);
  EXPECT_EQ(alone.status, "ok");
  EXPECT_EQ(alone.slope, alone.slope_alone);
  EXPECT_EQ(alone.n_missing, 0);
}

TEST(Covariates, MissingOnesAreCounted) {
  const CovariateResult r =
      result_of(twelve([](int k) { return k == 3 ? "" : std::to_string(k * k % 7); }));
  EXPECT_EQ(r.n_missing, 1);
  EXPECT_EQ(r.n_sequences, 11);
  EXPECT_EQ(r.status, "ok");
}

}  // namespace
}  // namespace attnsweep::reduce
