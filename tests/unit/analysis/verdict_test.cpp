#include "reduce/verdict.hpp"

#include "reduce/analysis.hpp"
#include "reference.hpp"

namespace attnsweep::reduce {
namespace {

using Words = std::vector<std::string>;

CurveVerdict judge(const std::vector<double>& g, const ReduceOptions& options = {}) {
  const LawFitter fitter(static_cast<int>(g.size()));
  return judge_curve(curve_stats(fitter.basis(), g), fitter.leave_one_out(g), options);
}

std::vector<double> sampled(int m, const std::function<double(double)>& f) {
  std::vector<double> g;
  for (int i = 0; i < m; ++i) g.push_back(f(static_cast<double>(i) / (m - 1)));
  return g;
}

TEST(Verdict, EqualsTheReferenceOnNoisyCurves) {
  for (const auto& c : reduce_reference()["curves"])
    EXPECT_EQ(name(judge(doubles(c["g"])).v), c["v"].get<std::string>()) << c["g"].dump();
}

TEST(Verdict, GoldenSets) {
  EXPECT_EQ(judge(doubles(golden()["minilm12"]["g"])).reasons, Words{"not_monotone"});
  const CurveVerdict albert = judge(doubles(golden()["albert12"]["g"]));
  EXPECT_EQ(albert.v, V::not_exponential);
  EXPECT_EQ(albert.reasons, Words{"beaten_by:power"});
}

TEST(Verdict, Rises) {
  const CurveVerdict v = judge(sampled(8, [](double x) { return x; }));
  EXPECT_EQ(v.v, V::rejected);
  EXPECT_EQ(v.reasons, Words{"rises"});
}

TEST(Verdict, NotMonotone) {
  const CurveVerdict v = judge({2, 0, 0.2, 0.4, 1});
  EXPECT_EQ(v.v, V::rejected);
  EXPECT_EQ(v.reasons, Words{"not_monotone"});
}

TEST(Verdict, Flat) {
  const CurveVerdict v = judge(sampled(8, [](double x) { return -0.1 * x; }));
  EXPECT_EQ(v.v, V::rejected);
  EXPECT_EQ(v.reasons, Words{"flat"});
  EXPECT_EQ(judge(std::vector<double>(6, 1.0)).reasons, Words{"flat"});
}

TEST(Verdict, Shallow) {
  const CurveVerdict v = judge(sampled(8, [](double x) { return -0.5 * x; }));
  EXPECT_EQ(v.v, V::inconclusive);
  EXPECT_EQ(v.reasons, Words{"shallow"});
}

TEST(Verdict, SupportedListsWhatIsNotToldApart) {
  // Small noise, so that neighbouring laws come near.
  std::vector<double> g = sampled(11, [](double x) { return -2 * x; });
  for (std::size_t i = 0; i < g.size(); ++i) g[i] += (i % 2 ? 0.02 : -0.02);
  const CurveVerdict v = judge(g);
  EXPECT_EQ(v.v, V::supported);
  for (Law law : v.not_told_apart) EXPECT_NE(law, Law::exponential);
  EXPECT_EQ(v.not_told_apart, std::vector<Law>{Law::floor});
}

TEST(Verdict, Curvature) {
  const CurveVerdict v = judge(sampled(11, [](double x) { return -2 * x + 1.4 * x * (x - 1); }));
  EXPECT_EQ(v.v, V::not_exponential);
  EXPECT_EQ(v.reasons[0], "curvature");
}

TEST(Verdict, SShape) {
  ReduceOptions options;
  options.lolo_tol = 1;  // only the shape is looked at
  const CurveVerdict v =
      judge(sampled(11, [](double x) { return -2 * x - 5 * x * (x - 0.5) * (x - 1); }), options);
  EXPECT_EQ(v.v, V::not_exponential);
  EXPECT_EQ(v.reasons, Words{"s_shape"});
}

TEST(Verdict, Misfit) {
  // A saw on a line: neither bent nor S-shaped, and too rough.
  std::vector<double> g = sampled(12, [](double x) { return -1.5 * x; });
  const double saw[] = {1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1};
  ReduceOptions options;
  options.lolo_tol = 1;
  options.rise_rel = 1;
  for (std::size_t i = 0; i < g.size(); ++i) g[i] += 0.2 * saw[i];
  const CurveVerdict v = judge(g, options);
  EXPECT_EQ(v.v, V::not_exponential);
  EXPECT_EQ(v.reasons, Words{"misfit"});
}

TEST(Verdict, BeatenByTheTrueLaw) {
  const CurveVerdict v = judge(sampled(11, [](double x) { return -std::log1p(10 * x); }));
  EXPECT_EQ(v.v, V::not_exponential);
  EXPECT_EQ(v.reasons.back().substr(0, 10), "beaten_by:");
  ASSERT_FALSE(v.beaten_by.empty());
  EXPECT_EQ(v.beaten_by[0], Law::power);
  EXPECT_EQ(static_cast<Law>(v.best), Law::power);
}

TEST(Verdict, ThreePointsHaveNone) { EXPECT_EQ(judge({2, 1, 0}).v, V::none); }

// ---- the cell ----

Evidence good() {
  Evidence e;
  e.documents = 30;
  e.points = 11;
  e.stability = 1;
  e.p = 0.001;
  e.r2_within = 0.9;
  return e;
}

CurveVerdict straight() {
  CurveVerdict v;
  v.v = V::supported;
  return v;
}

Words reasons(const Evidence& e, const CurveVerdict& v = straight()) {
  const CellVerdict out = judge_cell(v, e, {});
  EXPECT_EQ(out.reason, out.reasons.empty() ? "" : out.reasons[0]);
  EXPECT_EQ(out.verdict == V::inconclusive, !out.reasons.empty());
  return out.reasons;
}

TEST(CellVerdict, SupportedWhenAllHolds) {
  EXPECT_EQ(judge_cell(straight(), good(), {}).verdict, V::supported);
  EXPECT_EQ(reasons(good()), Words{});
}

TEST(CellVerdict, EveryConditionAloneMakesItInconclusive) {
  Evidence e = good();
  e.documents = 9.9;
  EXPECT_EQ(reasons(e), Words{"few_documents"});
  e = good();
  e.points = 4;
  EXPECT_EQ(reasons(e), Words{"few_layers"});
  e = good();
  e.excluded_share = 0.0501;
  EXPECT_EQ(reasons(e), Words{"excluded"});
  e = good();
  e.stability = 0.949;
  EXPECT_EQ(reasons(e), Words{"sampling"});
  e = good();
  e.p = 0.051;
  EXPECT_EQ(reasons(e), Words{"multiplicity"});
  e = good();
  e.r2_within = 0.49;
  EXPECT_EQ(reasons(e), Words{"average_only"});
  e = good();
  e.control = true;
  EXPECT_EQ(reasons(e), Words{"control"});
}

TEST(CellVerdict, ReasonsComeInTheOrderWritten) {
  Evidence e = good();
  e.documents = 3;
  e.excluded_share = 0.5;
  e.p = undefined;
  EXPECT_EQ(reasons(e), (Words{"few_documents", "excluded", "multiplicity"}));
}

TEST(CellVerdict, AverageOnlyConcernsSupportedCells) {
  Evidence e = good();
  e.r2_within = 0.1;
  CurveVerdict v;
  v.v = V::rejected;
  v.reasons = {"flat"};
  const CellVerdict out = judge_cell(v, e, {});
  EXPECT_EQ(out.verdict, V::rejected);
  EXPECT_EQ(out.reasons, Words{"flat"});
}

TEST(CellVerdict, SupportedNamesItsRivals) {
  CurveVerdict v = straight();
  v.not_told_apart = {Law::floor, Law::linear};
  const CellVerdict out = judge_cell(v, good(), {});
  EXPECT_EQ(out.verdict, V::supported);
  EXPECT_EQ(out.reason, "not_told_apart:floor,linear");
}

// ---- over the cells of a summary ----

TEST(Family, PrimaryNormTrainedModelsOneView) {
  CellInfo trained, control;
  control.control_of = "m";
  MeasureSet both, only_drop;
  both.views = {View::keep, View::drop};
  only_drop.views = {View::drop};
  const Series keep{View::keep, Heads::mean, Norm::frobenius};
  const Series drop{View::drop, Heads::mean, Norm::frobenius};
  const Series tv{View::keep, Heads::mean, Norm::tv};
  const Series heads{View::keep, Heads::each, Norm::frobenius};
  EXPECT_TRUE(in_family(trained, both, keep, {}));
  EXPECT_FALSE(in_family(trained, both, drop, {}));
  EXPECT_TRUE(in_family(trained, only_drop, drop, {}));
  EXPECT_FALSE(in_family(trained, both, tv, {}));
  EXPECT_FALSE(in_family(trained, both, heads, {}));
  EXPECT_FALSE(in_family(control, both, keep, {}));
}

/// A straight decay that every condition supports.
CellResult cell(const std::string& model, const std::string& control_of, double drop) {
  CellResult c;
  c.info.model = model;
  c.info.corpus = "corpus";
  c.info.control_of = control_of;
  c.m = c.n_pairs = 8;
  c.n_clusters = 30;
  c.j_eff = 30;
  c.g = sampled(8, [drop](double x) { return -drop * x; });
  const LawFitter fitter(8);
  c.stats = curve_stats(fitter.basis(), c.g);
  c.curve_verdict = judge_curve(c.stats, fitter.leave_one_out(c.g), {});
  c.stability = 1;
  c.p_v = 0.001;
  c.r2_within = 0.9;
  c.in_family = control_of.empty();
  c.without_first.verdict = c.without_last.verdict = c.curve_verdict;
  return c;
}

Summary with_control(double drop, double control_drop) {
  Summary s;
  s.cells = {cell("m", "", drop), cell("m-untrained", "m", control_drop)};
  s.cells[0].controls.resize(1);
  s.cells[0].controls[0].model = "m-untrained";
  finish(s);
  return s;
}

TEST(Flags, AlsoUntrainedByVerdict) {
  const Summary s = with_control(9, 3);
  EXPECT_EQ(s.cells[0].verdict.verdict, V::supported);
  EXPECT_EQ(s.cells[1].verdict.verdict, V::inconclusive);  // a control is never supported
  EXPECT_EQ(s.cells[1].verdict.reason, "control");
  EXPECT_EQ(s.cells[0].flags, Words{"also_untrained"});
}

TEST(Flags, AlsoUntrainedByDrop) {
  EXPECT_EQ(with_control(1.2, 0.61).cells[0].flags, Words{"also_untrained"});
  EXPECT_EQ(with_control(1.2, 0.59).cells[0].flags, Words{});
  EXPECT_EQ(with_control(1.2, 0.59).cells[0].controls[0].drop, 0.59);
}

TEST(Flags, ControlMissingAndSensitiveEnds) {
  Summary s;
  s.cells = {cell("m", "", 2)};
  s.cells[0].without_first.verdict.v = V::rejected;
  finish(s);
  EXPECT_EQ(s.cells[0].flags, (Words{"sensitive_ends", "control_missing"}));
}

TEST(Family, HolmReachesTheVerdict) {
  Summary s;
  for (int k = 0; k < 3; ++k) s.cells.push_back(cell("m" + std::to_string(k), "", 2));
  for (CellResult& c : s.cells) c.p_v = 0.02;
  finish(s);
  for (const CellResult& c : s.cells) {
    EXPECT_DOUBLE_EQ(c.p_v_adjusted, 0.06);
    EXPECT_EQ(c.verdict.reason, "multiplicity");
  }
}

}  // namespace
}  // namespace attnsweep::reduce
