#include "reduce/intervals.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "base/exact_sum.hpp"

namespace attnsweep::reduce {

double jackknife_se(std::span<const double> without) {
  const double j = static_cast<double>(without.size());
  if (without.size() < 2) return undefined;
  ExactSum sum;
  for (double x : without) {
    if (!std::isfinite(x)) return undefined;
    sum.add(x);
  }
  const double mean = sum.value() / j;
  // Squares of small deviations: in the units' fixed order, since the exact sum's grid is too
  // coarse for them.
  double square = 0;
  for (double x : without) square += (x - mean) * (x - mean);
  return std::sqrt((j - 1) / j * square);
}

LinearEstimate estimate_linear(std::span<const double> x, std::span<const double> n) {
  LinearEstimate out;
  const std::size_t units = x.size();
  if (units == 0) return out;
  ExactSum sum_x, sum_n;
  for (std::size_t c = 0; c < units; ++c) {
    sum_x.add(x[c]);
    sum_n.add(n[c]);
  }
  const double total_x = sum_x.value(), total_n = sum_n.value();
  out.value = total_x / total_n;
  if (units < 2) return out;
  const double j = static_cast<double>(units);
  std::vector<double> without(units);
  double sandwich = 0;
  ExactSum sum_without;
  for (std::size_t c = 0; c < units; ++c) {
    const double e = x[c] - out.value * n[c];
    sandwich += e * e;
    // θ_(c) = θ − e_c / (N − n_c): the same number as (X − x_c) / (N − n_c), without the
    // difference of large totals.
    without[c] = out.value - e / (total_n - n[c]);
    sum_without.add(without[c]);
  }
  out.se_cr1 = std::sqrt(j / (j - 1) * sandwich) / total_n;
  out.se = jackknife_se(without);
  const double mean = sum_without.value() / j;
  double square = 0, cube = 0;
  for (double theta : without) {
    const double l = mean - theta;
    square += l * l;
    cube += l * l * l;
  }
  if (square > 0) out.acceleration = cube / (6 * std::pow(square, 1.5));
  return out;
}

Interval t_interval(double value, double se, double df, double level) {
  Interval out;
  if (!std::isfinite(se) || !std::isfinite(value)) return out;
  const boost::math::students_t distribution(df);
  const double t = boost::math::quantile(distribution, (1 + level) / 2);
  out.low = value - t * se;
  out.high = value + t * se;
  return out;
}

double quantile(std::span<const double> sorted, double p) {
  if (sorted.empty() || !(p >= 0 && p <= 1)) return undefined;
  const double position = p * static_cast<double>(sorted.size() - 1);
  const std::size_t k = static_cast<std::size_t>(position);
  const double fraction = position - static_cast<double>(k);
  if (fraction == 0 || k + 1 >= sorted.size() || sorted[k] == sorted[k + 1]) return sorted[k];
  return sorted[k] + fraction * (sorted[k + 1] - sorted[k]);
}

bool among_the_outermost(std::size_t n, double p) {
  constexpr double outermost = 10;
  const double position = p * static_cast<double>(n - 1) + 1;
  return !(position >= outermost && position <= static_cast<double>(n) - outermost);
}

namespace {

Interval between(std::span<const double> sorted, double p_low, double p_high) {
  Interval out;
  if (sorted.empty()) return out;
  const double low = quantile(sorted, p_low), high = quantile(sorted, p_high);
  out.unreliable = among_the_outermost(sorted.size(), p_low) ||
                   among_the_outermost(sorted.size(), p_high) || !std::isfinite(low) ||
                   !std::isfinite(high);
  if (std::isfinite(low)) out.low = low;
  if (std::isfinite(high)) out.high = high;
  return out;
}

}  // namespace

Interval percentile_interval(std::span<const double> sorted, double level) {
  return between(sorted, (1 - level) / 2, (1 + level) / 2);
}

Interval bca_interval(std::span<const double> sorted, double value, double acceleration,
                      double level) {
  if (sorted.empty() || !std::isfinite(acceleration)) return {};
  // A replicate of the sample itself has the estimate's value up to the rounding of its sums.
  constexpr double rounding = 1e-12;
  const double tie = rounding * (sorted.back() - sorted.front());
  const auto below = std::lower_bound(sorted.begin(), sorted.end(), value - tie) - sorted.begin();
  const auto up_to = std::upper_bound(sorted.begin(), sorted.end(), value + tie) - sorted.begin();
  // Replicates equal to the estimate count half: discrete data have many.
  const double share = static_cast<double>(below + up_to) / 2 / static_cast<double>(sorted.size());
  if (!(share > 0 && share < 1)) return {};
  const boost::math::normal normal;
  const double z0 = boost::math::quantile(normal, share);
  const auto corrected = [&](double p) {
    const double z = z0 + boost::math::quantile(normal, p);
    const double denominator = 1 - acceleration * z;
    if (!(denominator > 0)) return undefined;
    return boost::math::cdf(normal, z0 + z / denominator);
  };
  const double low = corrected((1 - level) / 2), high = corrected((1 + level) / 2);
  if (!std::isfinite(low) || !std::isfinite(high)) return {};
  return between(sorted, low, high);
}

Interval student_interval(std::span<const double> sorted_t, double value, double se, double level) {
  if (sorted_t.empty() || !std::isfinite(se)) return {};
  const Interval t = between(sorted_t, (1 - level) / 2, (1 + level) / 2);
  Interval out;
  out.low = value - t.high * se;
  out.high = value - t.low * se;
  out.unreliable = t.unreliable;
  return out;
}

Interval percentile_of(std::vector<double> replicates, double level) {
  for (double x : replicates)
    if (std::isnan(x)) return {};
  std::sort(replicates.begin(), replicates.end());
  return percentile_interval(replicates, level);
}

}  // namespace attnsweep::reduce
