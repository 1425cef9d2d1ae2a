#include "reduce/curve.hpp"

#include "reduce/kendall.hpp"
#include "reference.hpp"

namespace attnsweep::reduce {
namespace {

TEST(Kendall, EqualsSciPyWithTies) {
  for (const auto& c : reduce_reference()["kendall"])
    expect_same(kendall_decay(doubles(c["d"])), c["tau"], c.dump());
}

TEST(Kendall, ConstantRowOrdersNothing) {
  EXPECT_EQ(kendall_decay(std::vector<double>{2, 2, 2}), 0);
}

TEST(Curve, EqualsTheReference) {
  for (const auto& c : reduce_reference()["curves"]) {
    const std::vector<double> g = doubles(c["g"]);
    const CurveStats s = curve_stats(CurveBasis(static_cast<int>(g.size())), g);
    const auto& e = c["stats"];
    expect_same(s.lambda, e["lambda"], "lambda");
    expect_same(s.drop, e["drop"], "drop");
    expect_same(s.r2, e["r2"], "r2");
    expect_same(s.kappa, e["kappa"], "kappa");
    expect_same(s.kappa3, e["kappa3"], "kappa3");
    expect_same(s.rise, e["rise"], "rise");
    expect_same(s.rise_rel, e["rise_rel"], "rise_rel");
    expect_same(s.log_amplitude, e["log_amplitude"], "log_amplitude");
  }
}

TEST(Curve, ConstantCurveHasNoRSquared) {
  const std::vector<double> g(6, 0.1);
  const CurveStats s = curve_stats(CurveBasis(6), g);
  EXPECT_TRUE(std::isnan(s.r2));
  EXPECT_TRUE(std::isnan(s.rise_rel));
  EXPECT_EQ(s.rise, 0);
}

TEST(Curve, TooFewPointsLeaveNumbersUndefined) {
  const std::vector<double> g{1, 0.5, 0.2};
  const CurveStats one = curve_stats(CurveBasis(1), std::span(g).first(1));
  EXPECT_TRUE(std::isnan(one.lambda));
  const CurveStats two = curve_stats(CurveBasis(2), std::span(g).first(2));
  EXPECT_DOUBLE_EQ(two.lambda, 0.5);
  EXPECT_TRUE(std::isnan(two.kappa));
  EXPECT_TRUE(std::isnan(two.sigma));
  const CurveStats three = curve_stats(CurveBasis(3), g);
  EXPECT_FALSE(std::isnan(three.kappa));
  EXPECT_TRUE(std::isnan(three.kappa3));
}

TEST(Curve, RiseLooksOverMoreThanOneLayer) {
  const std::vector<double> g{1, 0, 0.4, 0.3, 0.9};
  const CurveStats s = curve_stats(CurveBasis(5), g);
  EXPECT_DOUBLE_EQ(s.rise, 0.9);
  EXPECT_DOUBLE_EQ(s.rise_rel, 0.9);
}

}  // namespace
}  // namespace attnsweep::reduce
