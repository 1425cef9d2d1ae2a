#include "reduce/laws.hpp"

#include "reduce/refine.hpp"
#include "reference.hpp"

namespace attnsweep::reduce {
namespace {

void expect_all(const LawErrors& got, const nlohmann::json& expected, const std::string& what) {
  for (Law law : all_laws) {
    const int l = static_cast<int>(law);
    if (expected[l].is_null())
      EXPECT_TRUE(std::isnan(got[l])) << what << " " << name(law);
    else
      expect_same(got[l], expected[l], what + " " + std::string(name(law)));
  }
}

TEST(Laws, LeaveOneOutEqualsNaiveRefits) {
  for (const auto& c : reduce_reference()["curves"]) {
    const std::vector<double> g = doubles(c["g"]);
    const LawFitter fitter(static_cast<int>(g.size()));
    expect_all(fitter.leave_one_out(g), c["lolo"], "lolo");
    expect_same(fitter.leave_one_out_quadratic(g), c["quadratic"], "quadratic");
  }
}

TEST(Laws, ForecastEqualsNaiveRefits) {
  for (const auto& c : reduce_reference()["curves"]) {
    const std::vector<double> g = doubles(c["g"]);
    expect_all(LawFitter(static_cast<int>(g.size())).forecast(g), c["forecast"], "forecast");
  }
}

TEST(Laws, FewPointsAreNotIdentifiable) {
  const std::vector<double> g{3, 2, 1, 0.5};
  const LawErrors q = LawFitter(4).leave_one_out(g);
  EXPECT_FALSE(std::isnan(q[static_cast<int>(Law::power)]));
  EXPECT_TRUE(std::isnan(q[static_cast<int>(Law::floor)]));
  EXPECT_EQ(refine(LawFitter(4), Law::floor, g).report.status, FitStatus::not_run);
}

TEST(Laws, MoreLayersThanTheFixedBuffer) {
  std::vector<double> g;
  for (int i = 0; i < 90; ++i)
    g.push_back(law_shape(Law::linear, 0.02 + 0.979 * 40 / 63, 0, i, 90));
  const LawErrors q = LawFitter(90).leave_one_out(g);
  EXPECT_LT(q[static_cast<int>(Law::linear)], 1e-12);  // a grid point's own curve
  EXPECT_GT(q[static_cast<int>(Law::exponential)], 1e-3);
}

// SciPy's optimiser may end elsewhere in a flat valley, so the errors are compared first: ours is
// no worse (1e-9 of it), and where both are at the same minimum the parameters agree to 1e-5.
TEST(Laws, RefinedFitsReachTheMinimum) {
  int compared = 0;
  for (const auto& c : reduce_reference()["curves"]) {
    const std::vector<double> g = doubles(c["g"]);
    const LawFitter fitter(static_cast<int>(g.size()));
    const LawFit linear = refine(fitter, Law::linear, g), floor = refine(fitter, Law::floor, g);
    const auto& e = c["refined"];
    EXPECT_LE(linear.rms, e["linear"]["rms"].get<double>() * (1 + 1e-9));
    EXPECT_NEAR(linear.first, e["linear"]["q"].get<double>(), 1e-5);
    EXPECT_LE(floor.rms, e["floor"]["rms"].get<double>() * (1 + 1e-7)) << c["g"].dump();
    if (floor.report.status != FitStatus::converged) continue;
    EXPECT_NEAR(floor.first, e["floor"]["rho"].get<double>(), 1e-4 * floor.first);
    EXPECT_NEAR(floor.second, e["floor"]["beta"].get<double>(), 1e-4);
    ++compared;
  }
  EXPECT_GE(compared, 8);
}

TEST(Laws, NonlinearDecayEqualsSciPy) {
  for (const auto& [key, set] : golden().items()) {
    std::vector<double> mean(set["d"][0].size(), 0);
    for (const auto& row : set["d"])
      for (std::size_t i = 0; i < mean.size(); ++i)
        mean[i] += row[i].get<double>() / static_cast<double>(set["d"].size());
    const NlsFit fit = fit_nls(mean);
    const auto& e = reduce_reference()["sets"][key]["nls"];
    EXPECT_EQ(fit.report.status, FitStatus::converged);
    // The minimum is flat: parameters are good to the square root of the cost's digits.
    EXPECT_NEAR(fit.lambda, e["lambda"].get<double>(), 1e-7);
    EXPECT_NEAR(fit.c, e["c"].get<double>(), 1e-7);
  }
}

TEST(Laws, NonlinearDecayTellsWhenItHasNoAnswer) {
  EXPECT_EQ(fit_nls(std::vector<double>{1, 0.5}).report.status, FitStatus::not_run);
  // Only the first point is not zero: the rate runs to its bound.
  EXPECT_EQ(fit_nls(std::vector<double>{1, 0, 0, 0, 0}).report.status, FitStatus::at_bound);
}

}  // namespace
}  // namespace attnsweep::reduce
