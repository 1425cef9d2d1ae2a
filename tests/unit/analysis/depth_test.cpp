// Trends over models, windows and effective depth, against written-out permutations and SciPy.
#include "reduce/depth.hpp"

#include "reduce/effective_depth.hpp"
#include "synthetic_models.hpp"

namespace attnsweep::reduce {
namespace {

TEST(Trend, EqualsEveryPermutationWrittenOut) {
  for (const auto& c : across_reference()["trends"]) {
    std::vector<std::vector<std::size_t>> blocks;
    for (const auto& block : c["blocks"]) blocks.push_back(block.get<std::vector<std::size_t>>());
    const TrendTests tests = trend_tests(doubles(c["labels"]), {doubles(c["values"])}, blocks, 1);
    const Trend& trend = tests.trends[0];
    EXPECT_TRUE(tests.exact);
    expect_same(trend.tau, c["tau"], "tau");
    expect_same(trend.p_falls, c["p_falls"], "p_falls");
    expect_same(trend.p_rises, c["p_rises"], "p_rises");
    expect_same(trend.p_attainable, c["p_attainable"], "p_attainable");
    if (c.contains("scipy_p_falls")) expect_same(trend.p_falls, c["scipy_p_falls"], "scipy");
  }
}

// Ten labels are sampled; the sampled p of a share p has a standard error √(p(1−p)/99,999).
TEST(Trend, RandomPermutationsAgreeWithAllOfThem) {
  // Two depths of five models each: 252 arrangements, so the exact p can be listed here.
  const std::vector<double> labels{6, 6, 6, 6, 6, 12, 12, 12, 12, 12};
  const std::vector<double> values{0.9, 0.8, 0.4, 0.7, 0.3, 0.6, 0.1, 0.5, 0.2, 0.35};
  std::vector<std::size_t> all(10);
  for (std::size_t k = 0; k < 10; ++k) all[k] = k;
  const TrendTests tests = trend_tests(labels, {values}, {all}, 20251030);
  EXPECT_FALSE(tests.exact);
  EXPECT_EQ(tests.permutations, 99999);
  std::vector<double> sorted = labels;
  int below = 0, total = 0;
  const double observed = kendall_tau_b(labels, values);
  do {
    ++total;
    below += kendall_tau_b(sorted, values) <= observed + 1e-12;
  } while (std::next_permutation(sorted.begin(), sorted.end()));
  ASSERT_EQ(total, 252);
  const double p = static_cast<double>(below) / total;
  EXPECT_NEAR(tests.trends[0].p_falls, p, 4 * std::sqrt(p * (1 - p) / 99999));
  EXPECT_NEAR(tests.trends[0].p_attainable, 1.0 / 252, 1e-12);
  // Keyed: again the same, another seed not.
  EXPECT_EQ(trend_tests(labels, {values}, {all}, 20251030).trends[0].p_falls,
            tests.trends[0].p_falls);
  EXPECT_NE(trend_tests(labels, {values}, {all}, 3).trends[0].p_falls, tests.trends[0].p_falls);
}

TEST(Trend, TiesDecideWhatIsAttainable) {
  std::vector<double> labels, values;
  std::vector<std::size_t> all;
  for (std::size_t k = 0; k < 12; ++k) {
    labels.push_back(static_cast<double>(k));
    values.push_back(k < 2 ? 1.0 : 0.1 * static_cast<double>(k));
    all.push_back(k);
  }
  // 12! arrangements, two of them alike by the tie: far below what 99,999 samples can show.
  EXPECT_NEAR(trend_tests(labels, {values}, {all}, 1).trends[0].p_attainable, 1e-5, 1e-12);
}

TEST(Trend, ConstantValuesHaveNone) {
  const Trend t = trend_tests({1, 2, 3}, {{2, 2, 2}}, {{0, 1, 2}}, 1).trends[0];
  EXPECT_TRUE(std::isnan(t.tau));
  EXPECT_TRUE(std::isnan(t.p_attainable));
}

// ---- windows ----

/// Members of given curves, each with the same curve in every text.
struct Curves {
  explicit Curves(const std::vector<std::pair<std::vector<double>, int>>& curves) {
    for (const auto& [g, n_layers] : curves) {
      std::vector<SyntheticText> texts;
      for (int s = 0; s < 12; ++s) {
        std::vector<double> own = g;
        // A text's own level and noise.
        for (std::size_t i = 0; i < own.size(); ++i) own[i] += 0.1 * s + 0.01 * ((s * 3 + i) % 5);
        // Pairs beyond the curve lie in the rounding noise.
        own.resize(static_cast<std::size_t>(n_layers - 1), -60);
        texts.push_back({own, "d" + std::to_string(s / 2), 20, {}});
      }
      CellInfo info = synthetic_info("m" + std::to_string(rows.size()), n_layers);
      info.n_parameters = 1000 * n_layers;
      rows.push_back(rows_of(texts));
      models.push_back(collect(info, {}, source_of(rows.back()), {}, documents));
    }
  }
  void add_windows(int burn_in = 0) {
    ReduceOptions options;
    options.burn_in = burn_in;
    const Windows windows = common_windows(members_of(models), burn_in);
    for (std::size_t k = 0; k < models.size(); ++k)
      add_window_values(windows, source_of(rows[k]), {}, options, models[k], models[k].mean[0]);
  }
  Documents documents;
  std::vector<std::vector<SequenceRow>> rows;
  std::vector<Collected> models;
};

TEST(Windows, EqualPolyfitAndInterp) {
  std::vector<std::pair<std::vector<double>, int>> curves;
  for (const auto& c : across_reference()["depth"])
    curves.emplace_back(doubles(c["g"]), c["n_layers"].get<int>());
  Curves made(curves);
  const Windows windows = common_windows(members_of(made.models), 0);
  EXPECT_EQ(windows.points, 5);
  for (std::size_t k = 0; k < curves.size(); ++k) {
    const auto& expected = across_reference()["depth"][k];
    const std::vector<double> w = window_weights(windows);
    const std::vector<double> r =
        relative_weights(windows, static_cast<int>(curves[k].first.size()), curves[k].second, 0);
    double lambda = 0, drop = 0;
    for (std::size_t i = 0; i < w.size(); ++i) lambda += w[i] * curves[k].first[i];
    for (std::size_t i = 0; i < r.size(); ++i) drop += r[i] * curves[k].first[i];
    expect_same(lambda, expected["lambda_window"], "lambda_window");
    expect_same(drop, expected["drop_relative"], "drop_relative");
  }
}

TEST(Windows, ValuesOfSequencesFollowTheWeights) {
  Curves made({{straight_curve(0.5, 4), 5}, {{2, 1.2, 1.0, 0.9, 0.85, 0.8, 0.78, 0.7}, 9}});
  made.add_windows();
  const SeriesData &shallow = made.models[0].mean[0], &deep = made.models[1].mean[0];
  EXPECT_TRUE(shallow.window_lambda.empty());  // its window is its whole curve
  ASSERT_EQ(deep.window_lambda.size(), 12u);
  const Member member{&made.models[1], &deep};
  const Windows windows = common_windows(members_of(made.models), 0);
  const std::vector<double> w = window_weights(windows), r = relative_weights(windows, 8, 9, 0);
  for (std::size_t s = 0; s < 12; ++s) {
    const std::vector<double>& d = made.rows[1][s].values[0];
    double lambda = 0, drop = 0;
    for (std::size_t i = 0; i < w.size(); ++i) lambda += w[i] * std::log(d[i]);
    for (std::size_t i = 0; i < r.size(); ++i) drop += r[i] * std::log(d[i]);
    EXPECT_NEAR(window_lambda(member, s), lambda, 1e-13);
    EXPECT_NEAR(relative_drop(member, s), drop, 1e-13);
    EXPECT_NEAR(relative_drop({&made.models[0], &shallow}, s), shallow.lambda[s] * 3, 1e-13);
  }
}

TEST(Windows, StraightCurvesHaveTheSameDropPerRelativeDepth) {
  // λ (L − 2) is 3 for both, though the second one's last pairs are not usable.
  Curves made({{straight_curve(0.6, 6), 7}, {straight_curve(0.25, 10), 14}});
  made.add_windows();
  ASSERT_EQ(made.models[1].mean[0].m, 10);
  const Windows windows = common_windows(members_of(made.models), 0);
  EXPECT_EQ(windows.points, 6);
  EXPECT_NEAR(windows.to, 9.0 / 12, 1e-15);
  const std::vector<DepthModel> models =
      depth_models(CommonSequences(members_of(made.models)), windows, made.documents, 0.95);
  const auto value = [&](int k, DepthRow row) { return models[k].value[static_cast<int>(row)]; };
  // The texts' noise tilts both curves by the same few thousandths.
  EXPECT_NEAR(value(0, DepthRow::drop_relative), 3, 0.02);
  EXPECT_NEAR(value(1, DepthRow::drop_relative), 3, 0.02);
  EXPECT_NEAR(value(0, DepthRow::lambda_all), 0.6, 0.01);
  EXPECT_NEAR(value(1, DepthRow::lambda_all), 0.25, 0.01);
  EXPECT_NEAR(value(1, DepthRow::drop_all), 9 * value(1, DepthRow::lambda_all), 1e-12);
  EXPECT_LT(models[0].interval[0].low, models[0].value[0]);
}

// ---- the verdict over models ----

DepthModel model(const std::string& name, int n_layers, double all, double window,
                 const std::string& lineage = "", std::int64_t n_parameters = 1000) {
  DepthModel out;
  out.info = synthetic_info(name, n_layers);
  out.info.lineage = lineage;
  out.info.n_parameters = n_parameters;
  out.value = {all, all * (n_layers - 2), window, all * (n_layers - 2)};
  return out;
}

TEST(Depth, SupportedOnlyIfTheCommonWindowAgrees) {
  std::vector<DepthModel> models, artifact, none;
  for (int k = 0; k < 6; ++k) {
    const std::string name = "m" + std::to_string(k);
    models.push_back(model(name, 6 + 2 * k, 1.0 / (k + 1), 0.9 / (k + 1)));
    artifact.push_back(model(name, 6 + 2 * k, 1.0 / (k + 1), 0.5 + 0.01 * ((k * 5) % 6)));
    none.push_back(model(name, 6 + 2 * k, 0.5 + 0.01 * ((k * 5) % 6), 0.3));
  }
  EXPECT_EQ(test_depth(models, false, 1).verdict, "supported");
  EXPECT_EQ(test_depth(artifact, false, 1).verdict, "window_artifact");
  EXPECT_EQ(test_depth(none, false, 1).verdict, "too_few_models");  // the window rows are all equal
  none[2].value[2] = 0.31;
  EXPECT_EQ(test_depth(none, false, 1).verdict, "too_few_models");  // still 5 of 6 equal
  for (int k = 0; k < 6; ++k) none[k].value[2] = 0.3 + 0.01 * ((k * 5) % 6);
  EXPECT_EQ(test_depth(none, false, 1).verdict, "not supported");
}

TEST(Depth, FiveModelsOfTwoDepthsAreTooFew) {
  std::vector<DepthModel> models;
  for (int k = 0; k < 5; ++k)
    models.push_back(model("m" + std::to_string(k), k < 2 ? 6 : 12, 1 - 0.1 * k, 1 - 0.1 * k));
  const DepthResult d = test_depth(models, false, 1);
  EXPECT_NEAR(d.tests.trends[0].p_attainable, 0.1, 1e-12);  // 2 of 5 places
  EXPECT_EQ(d.verdict, "too_few_models");
}

TEST(Depth, LineagesAreBlocksOrOneValue) {
  // "a" has two depths and is a block; "b" has one and is one value, beside two of no lineage.
  const std::vector<DepthModel> models{
      model("a1", 6, 0.9, 0.9, "a"),  model("a2", 12, 0.5, 0.5, "a"),
      model("b1", 24, 0.2, 0.2, "b"), model("b2", 24, 0.4, 0.4, "b"),
      model("c", 6, 0.8, 0.8),        model("d", 12, 0.6, 0.6)};
  const DepthResult d = test_depth(models, false, 1);
  EXPECT_EQ(d.n_units, 5u);
  EXPECT_TRUE(d.lineage_means);
  ASSERT_EQ(d.blocks.size(), 2u);
  EXPECT_EQ(d.blocks[0], (std::vector<std::string>{"a1", "a2"}));
  EXPECT_EQ(d.blocks[1], (std::vector<std::string>{"c", "d", "b1", "b2"}));
  // Two places of block a, six of the three values that stand alone.
  EXPECT_EQ(d.tests.permutations, 12);
  EXPECT_NEAR(d.tests.trends[0].p_falls, 1.0 / 12, 1e-12);
}

TEST(Depth, DepthAndParametersTogetherAreNotSeparable) {
  std::vector<DepthModel> models;
  for (int k = 0; k < 9; ++k)
    models.push_back(
        model("m" + std::to_string(k), 6 + k, 1 - 0.1 * k, 1 - 0.1 * k, "", 1000 * (k + 1)));
  EXPECT_FALSE(test_depth(models, false, 1).separable);
  EXPECT_NEAR(test_depth(models, true, 1).tau_depth_parameters, 1, 1e-12);
  models.push_back(model("m9", 15, 0.05, 0.05, "", 10000));
  EXPECT_TRUE(test_depth(models, false, 1).separable);
  for (DepthModel& m : models) m.info.n_parameters = 5;
  models.pop_back();
  EXPECT_TRUE(test_depth(models, false, 1).separable);  // only depth varies
}

// ---- effective depth ----

TEST(EffectiveDepth, EqualsAFineGrid) {
  for (const auto& c : across_reference()["reach"]) {
    const double n = reach_on_curve(doubles(c["g"]), c["log_epsilon"]);
    if (c["n"].is_null())
      EXPECT_TRUE(std::isinf(n));
    else
      EXPECT_NEAR(n, c["n"].get<double>(), 1.0 / 40000 + 1e-9);  // the grid's step
  }
}

TEST(EffectiveDepth, EndsOfTheCurve) {
  const std::vector<double> g{-3, -4, -5};
  EXPECT_EQ(reach_on_curve(g, -2), 0);
  EXPECT_EQ(reach_on_curve(g, -4.5), 1.5);
  EXPECT_TRUE(std::isinf(reach_on_curve(g, -5)));  // at ε is not below
  CurveStats line;
  line.lambda = 0.5;
  line.log_amplitude = 1;
  EXPECT_DOUBLE_EQ(reach_of_line(line, -3), 8);
  line.lambda = -0.1;
  EXPECT_TRUE(std::isinf(reach_of_line(line, -3)));
}

TEST(EffectiveDepth, InfinityStaysInTheInterval) {
  std::vector<double> replicates(1000);
  for (std::size_t k = 0; k < 1000; ++k) replicates[k] = static_cast<double>(k);
  for (std::size_t k = 0; k < 30; ++k) replicates[k * 3] = std::numeric_limits<double>::infinity();
  Reach reach;
  add_percentiles(replicates, 0.95, reach);
  EXPECT_TRUE(std::isfinite(reach.low));
  EXPECT_TRUE(std::isinf(reach.high));
  EXPECT_FALSE(reach.unreliable);
  std::vector<double> all(50, std::numeric_limits<double>::infinity());
  add_percentiles(all, 0.95, reach);
  EXPECT_TRUE(std::isinf(reach.low));
}

TEST(EffectiveDepth, AskedByTheOptions) {
  ReduceOptions options;
  ASSERT_EQ(asked_depths(options).size(), 1u);
  EXPECT_TRUE(asked_depths(options)[0].relative);
  options.epsilon_absolute = 0.01;
  ASSERT_EQ(asked_depths(options).size(), 2u);
  const std::vector<double> g{2, 1};
  EXPECT_NEAR(log_threshold(asked_depths(options)[0], g), std::log(0.1) + 2, 1e-15);
  EXPECT_NEAR(log_threshold(asked_depths(options)[1], g), std::log(0.01), 1e-15);
  options.epsilon_relative = options.epsilon_absolute = 0;
  EXPECT_TRUE(asked_depths(options).empty());
}

}  // namespace
}  // namespace attnsweep::reduce
