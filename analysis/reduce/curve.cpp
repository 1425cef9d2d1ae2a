#include "reduce/curve.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace attnsweep::reduce {

CurveBasis::CurveBasis(int points) : m(points), s(0), quadratic_square(0) {
  double fourth = 0;
  for (int i = 0; i < m; ++i) {
    t.push_back(i - (m - 1) / 2.0);
    s += t.back() * t.back();
    fourth += t.back() * t.back() * t.back() * t.back();
  }
  for (double x : t) {
    quadratic.push_back(x * x - s / m);
    quadratic_square += quadratic.back() * quadratic.back();
  }
  if (m < 4) return;
  double square = 0;
  for (double x : t) {
    cubic.push_back(x * x * x - fourth / s * x);
    square += cubic.back() * cubic.back();
  }
  for (double& v : cubic) {
    v /= std::sqrt(square);
    cubic_peak = std::max(cubic_peak, std::fabs(v));
  }
}

namespace {

/// rise = max over i < j of g_j − g_i, at least 0; and its share of the range.
void add_rise(std::span<const double> g, CurveStats& out) {
  double lowest = g[0], highest = g[0], low_before = g[0], rise = 0;
  for (double x : g) {
    rise = std::max(rise, x - low_before);
    low_before = std::min(low_before, x);
    lowest = std::min(lowest, x);
    highest = std::max(highest, x);
  }
  out.rise = rise;
  if (highest > lowest) out.rise_rel = rise / (highest - lowest);
}

void add_bends(const CurveBasis& basis, std::span<const double> g, CurveStats& out) {
  const double drop = std::fabs(out.drop);
  if (drop == 0) return;
  if (basis.m >= 3) {
    double dot = 0;
    for (int i = 0; i < basis.m; ++i) dot += basis.quadratic[i] * g[i];
    const double q = dot / basis.quadratic_square;
    out.kappa = q * (basis.m - 1) * (basis.m - 1) / (4 * drop);
  }
  if (basis.m >= 4) {
    double dot = 0;
    for (int i = 0; i < basis.m; ++i) dot += basis.cubic[i] * g[i];
    out.kappa3 = std::fabs(dot) * basis.cubic_peak / drop;
  }
}

}  // namespace

CurveStats curve_stats(const CurveBasis& basis, std::span<const double> g) {
  require(static_cast<int>(g.size()) == basis.m, "a curve's points do not match its basis");
  CurveStats out;
  const int m = basis.m;
  if (m < 1) return out;
  double sum = 0;
  for (double x : g) sum += x;
  out.mean = sum / m;
  add_rise(g, out);
  if (m < 2) return out;
  double dot = 0;
  for (int i = 0; i < m; ++i) dot += basis.t[i] * g[i];
  out.lambda = -dot / basis.s;
  out.drop = out.lambda * (m - 1);
  out.log_amplitude = out.mean + out.lambda * (m - 1) / 2.0;
  double residual = 0, total = 0;
  for (int i = 0; i < m; ++i) {
    const double centred = g[i] - out.mean;
    const double r = centred + out.lambda * basis.t[i];
    residual += r * r;
    total += centred * centred;
  }
  // A constant curve has rounding noise for a total; its R² would be a ratio of noises.
  if (std::isfinite(out.rise_rel)) out.r2 = 1 - residual / total;
  if (m >= 3) out.sigma = std::sqrt(residual / (m - 2));
  add_bends(basis, g, out);
  return out;
}

std::vector<double> residuals(const CurveBasis& basis, std::span<const double> g,
                              const CurveStats& stats) {
  std::vector<double> r;
  if (basis.m < 2) return r;
  for (int i = 0; i < basis.m; ++i) r.push_back(g[i] - stats.mean + stats.lambda * basis.t[i]);
  return r;
}

}  // namespace attnsweep::reduce
