#include "reduce/refine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnsweep::reduce {
namespace {

void centre(double* x, int m) {
  double sum = 0;
  for (int i = 0; i < m; ++i) sum += x[i];
  for (int i = 0; i < m; ++i) x[i] -= sum / m;
}

/// Derivatives of law_shape by its parameters at layer i.
std::array<double, 2> shape_gradient(Law law, const std::array<double, 2>& p, double x) {
  if (law == Law::linear) return {-x / (1 - p[0] * x), 0};
  const double e = std::exp(-p[0] * x), inner = (1 - p[1]) * e + p[1];
  return {-x * (1 - p[1]) * e / inner, (1 - e) / inner};
}

BoundedProblem law_problem(Law law, std::span<const double> g) {
  BoundedProblem problem;
  problem.n_parameters = law == Law::floor ? 2 : 1;
  problem.lower = law == Law::floor ? std::array{0.5, 0.005} : std::array{0.0, 0.0};
  problem.upper = law == Law::floor ? std::array{40.0, 0.7} : std::array{0.999, 0.0};
  problem.evaluate = [law, g](const std::array<double, 2>& p, std::vector<double>& r,
                              std::vector<double>& j) {
    const int m = static_cast<int>(g.size());
    r.assign(m, 0);
    j.assign(2 * static_cast<std::size_t>(m), 0);
    for (int i = 0; i < m; ++i) {
      r[i] = g[i] - law_shape(law, p[0], p[1], i, m);
      const auto d = shape_gradient(law, p, static_cast<double>(i) / (m - 1));
      j[i] = -d[0];
      j[m + i] = -d[1];
    }
    // The intercept is the mean, so residuals and derivatives lose theirs.
    centre(r.data(), m);
    centre(j.data(), m);
    centre(j.data() + m, m);
  };
  return problem;
}

}  // namespace

LawFit refine(const LawFitter& fitter, Law law, std::span<const double> g) {
  LawFit out;
  if (!identifiable(law, fitter.m())) return out;
  const GridFit start = fitter.best(law, g);
  out.status = FitStatus::converged;
  out.a = start.a;
  out.first = start.first;
  out.second = start.second;
  out.rms = start.rms;
  if (law != Law::linear && law != Law::floor) return out;
  const double second = law == Law::floor ? start.second : 0;
  const BoundedFit fit = bounded_fit(law_problem(law, g), {start.first, second});
  const int m = fitter.m();
  out.status = fit.status;
  out.first = fit.parameters[0];
  if (law == Law::floor) out.second = fit.parameters[1];
  out.rms = std::sqrt(fit.cost / m);
  double sum = 0;
  for (int i = 0; i < m; ++i) sum += g[i] - law_shape(law, out.first, out.second, i, m);
  out.a = sum / m;
  return out;
}

namespace {

constexpr double max_rate = 10;

/// C at fixed λ, and the sum of squares. The exponent is taken relative to its largest value, so
/// that nothing overflows; C is for that scale.
struct Profile {
  double c = 0, shift = 0, cost = 0;
};

Profile profile(std::span<const double> a, double lambda, double* e) {
  Profile out;
  const int m = static_cast<int>(a.size());
  out.shift = lambda < 0 ? -lambda * (m - 1) : 0;
  double ae = 0, ee = 0;
  for (int i = 0; i < m; ++i) {
    e[i] = std::exp(-lambda * i - out.shift);
    ae += a[i] * e[i];
    ee += e[i] * e[i];
  }
  out.c = ae / ee;
  for (int i = 0; i < m; ++i) out.cost += (a[i] - out.c * e[i]) * (a[i] - out.c * e[i]);
  return out;
}

}  // namespace

NlsFit fit_nls(std::span<const double> mean_curve, double start) {
  NlsFit out;
  const int m = static_cast<int>(mean_curve.size());
  if (m < 3) return out;
  const double scale = *std::max_element(mean_curve.begin(), mean_curve.end());
  if (!(scale > 0)) return out;
  std::vector<double> a(mean_curve.begin(), mean_curve.end()), e(m);
  for (double& x : a) x /= scale;
  if (!std::isfinite(start)) {
    double best = std::numeric_limits<double>::infinity();
    constexpr int n_grid = 801;
    for (int k = 0; k < n_grid; ++k) {
      const double lambda = -max_rate + 2 * max_rate * k / (n_grid - 1);
      const double cost = profile(a, lambda, e.data()).cost;
      if (cost < best) {
        best = cost;
        start = lambda;
      }
    }
  }
  BoundedProblem problem;
  problem.lower = {-max_rate, 0};
  problem.upper = {max_rate, 0};
  problem.evaluate = [&](const std::array<double, 2>& p, std::vector<double>& r,
                         std::vector<double>& j) {
    r.assign(m, 0);
    j.assign(m, 0);
    const Profile at = profile(a, p[0], e.data());
    double de = 0, ee = 0, dr = 0;
    for (int i = 0; i < m; ++i) {
      r[i] = a[i] - at.c * e[i];
      de += i * e[i] * e[i];
      dr += i * e[i] * r[i];
      ee += e[i] * e[i];
    }
    // d(C e_i)/dλ with C = ⟨a,e⟩/⟨e,e⟩: both factors move.
    const double dc = (at.c * de - dr) / ee;
    for (int i = 0; i < m; ++i) j[i] = at.c * i * e[i] - dc * e[i];
  };
  const BoundedFit fit = bounded_fit(problem, {start, 0});
  out.status = fit.status;
  out.lambda = fit.parameters[0];
  const Profile at = profile(a, out.lambda, e.data());
  out.c = at.c * std::exp(-at.shift) * scale;
  out.cost = fit.cost * scale * scale;
  return out;
}

}  // namespace attnsweep::reduce
