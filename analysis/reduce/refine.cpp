#include "reduce/refine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnsweep::reduce {
namespace {

void centre(std::span<double> x, std::size_t offset, std::size_t stride) {
  double sum = 0;
  const double n = static_cast<double>(x.size()) / static_cast<double>(stride);
  for (std::size_t k = offset; k < x.size(); k += stride) sum += x[k];
  for (std::size_t k = offset; k < x.size(); k += stride) x[k] -= sum / n;
}

/// Derivatives of law_shape by its parameters at relative depth x.
std::array<double, 2> shape_gradient(Law law, std::span<const double> p, double x) {
  if (law == Law::linear) return {-x / (1 - p[0] * x), 0};
  const double e = std::exp(-p[0] * x), inner = (1 - p[1]) * e + p[1];
  return {-x * (1 - p[1]) * e / inner, (1 - e) / inner};
}

LeastSquares law_problem(Law law, std::span<const double> g) {
  LeastSquares problem;
  const int m = static_cast<int>(g.size());
  problem.n_residuals = m;
  problem.lower = law == Law::floor ? std::vector{0.5, 0.005} : std::vector{0.0};
  problem.upper = law == Law::floor ? std::vector{40.0, 0.7} : std::vector{0.999};
  problem.evaluate = [law, g, m](std::span<const double> p, std::span<double> r,
                                 std::span<double> j) {
    const double second = p.size() > 1 ? p[1] : 0;
    for (int i = 0; i < m; ++i) {
      r[i] = g[i] - law_shape(law, p[0], second, i, m);
      if (j.empty()) continue;
      const auto d = shape_gradient(law, p, static_cast<double>(i) / (m - 1));
      for (std::size_t k = 0; k < p.size(); ++k) j[i * p.size() + k] = -d[k];
    }
    // The intercept is the mean, so residuals and derivatives lose theirs.
    centre(r, 0, 1);
    for (std::size_t k = 0; k < p.size() && !j.empty(); ++k) centre(j, k, p.size());
  };
  return problem;
}

}  // namespace

LawFit refine(const LawFitter& fitter, Law law, std::span<const double> g) {
  LawFit out;
  if (!identifiable(law, fitter.m())) return out;
  const int m = fitter.m();
  const GridFit start = fitter.best(law, g);
  out.a = start.a;
  out.first = start.first;
  out.second = start.second;
  out.rms = start.rms;
  if (law != Law::linear && law != Law::floor) {
    out.report = {FitStatus::converged, "ordinary least squares", start.rms * start.rms * m, 0};
    return out;
  }
  std::vector<double> from{start.first};
  if (law == Law::floor) from.push_back(start.second);
  const LeastSquaresFit fit = least_squares(law_problem(law, g), from);
  out.report = fit.report;
  out.first = fit.parameters[0];
  if (law == Law::floor) out.second = fit.parameters[1];
  out.rms = std::sqrt(fit.report.cost / m);
  double sum = 0;
  for (int i = 0; i < m; ++i) sum += g[i] - law_shape(law, out.first, out.second, i, m);
  out.a = sum / m;
  return out;
}

namespace {

constexpr double max_rate = 10;

/// C e^{−λ i} with C at its best: residuals and their derivative by λ. The exponent is taken
/// relative to its largest value, so that nothing overflows.
class Profile {
 public:
  explicit Profile(std::span<const double> a) : a_(a), e_(a.size()) {}
  /// Fills r (and j, unless empty); returns the sum of squares.
  double evaluate(double lambda, std::span<double> r, std::span<double> j) {
    const std::size_t m = a_.size();
    shift_ = lambda < 0 ? -lambda * static_cast<double>(m - 1) : 0;
    double ae = 0, ee = 0, de = 0, dr = 0, cost = 0;
    for (std::size_t i = 0; i < m; ++i) {
      const double x = static_cast<double>(i);
      e_[i] = std::exp(-lambda * x - shift_);
      ae += a_[i] * e_[i];
      ee += e_[i] * e_[i];
      de += x * e_[i] * e_[i];
    }
    c_ = ae / ee;
    for (std::size_t i = 0; i < m; ++i) {
      r[i] = a_[i] - c_ * e_[i];
      cost += r[i] * r[i];
      dr += static_cast<double>(i) * e_[i] * r[i];
    }
    // d(C e_i)/dλ with C = ⟨a,e⟩/⟨e,e⟩: both factors move.
    const double dc = (c_ * de - dr) / ee;
    for (std::size_t i = 0; i < j.size(); ++i)
      j[i] = c_ * static_cast<double>(i) * e_[i] - dc * e_[i];
    return cost;
  }
  /// C at the last λ.
  double amplitude() const { return c_ * std::exp(-shift_); }

 private:
  std::span<const double> a_;
  std::vector<double> e_;
  double c_ = 0, shift_ = 0;
};

/// The curve divided by its largest value; empty where it has no decay to fit.
std::vector<double> scaled_curve(std::span<const double> mean_curve, double& scale) {
  if (mean_curve.size() < 3) return {};
  scale = *std::max_element(mean_curve.begin(), mean_curve.end());
  if (!(scale > 0)) return {};
  std::vector<double> a(mean_curve.begin(), mean_curve.end());
  for (double& x : a) x /= scale;
  return a;
}

double best_on_grid(Profile& profile, std::span<double> r) {
  double best = std::numeric_limits<double>::infinity(), start = 0;
  constexpr int n_grid = 801;
  for (int k = 0; k < n_grid; ++k) {
    const double lambda = -max_rate + 2 * max_rate * k / (n_grid - 1);
    const double cost = profile.evaluate(lambda, r, {});
    if (cost < best) {
      best = cost;
      start = lambda;
    }
  }
  return start;
}

}  // namespace

NlsFit fit_nls(std::span<const double> mean_curve) {
  NlsFit out;
  double scale = 0;
  const std::vector<double> a = scaled_curve(mean_curve, scale);
  if (a.empty()) return out;
  Profile profile(a);
  std::vector<double> r(a.size());
  LeastSquares problem;
  problem.n_residuals = static_cast<int>(a.size());
  problem.lower = {-max_rate};
  problem.upper = {max_rate};
  problem.evaluate = [&](std::span<const double> p, std::span<double> residuals,
                         std::span<double> j) { profile.evaluate(p[0], residuals, j); };
  const LeastSquaresFit fit = least_squares(problem, std::vector{best_on_grid(profile, r)});
  out.report = fit.report;
  out.report.cost *= scale * scale;
  out.lambda = fit.parameters[0];
  profile.evaluate(out.lambda, r, {});
  out.c = profile.amplitude() * scale;
  return out;
}

double nls_lambda_near(std::span<const double> mean_curve, double start) {
  double scale = 0, lambda = start;
  const std::vector<double> a = scaled_curve(mean_curve, scale);
  if (a.empty()) return undefined;
  Profile profile(a);
  std::vector<double> r(a.size()), j(a.size());
  constexpr int most_steps = 50;
  constexpr double settled = 1e-14;
  for (int k = 0; k < most_steps; ++k) {
    profile.evaluate(lambda, r, j);
    double jr = 0, jj = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      jr += j[i] * r[i];
      jj += j[i] * j[i];
    }
    const double step = -jr / jj;
    lambda += step;
    if (!(std::fabs(lambda) < max_rate)) break;
    if (std::fabs(step) <= settled * std::fmax(1, std::fabs(lambda))) return lambda;
  }
  return fit_nls(mean_curve).lambda;
}

}  // namespace attnsweep::reduce
