#pragma once
#include <span>
#include <vector>

#include "reduce/curve.hpp"

namespace attnsweep::reduce {

struct Interval {
  double low = undefined, high = undefined;
  /// The bound is one of the outermost order statistics (outside 10 … B−10), or not finite.
  bool unreliable = false;
};

/// A ratio of sums θ = Σ x_c / Σ n_c over units, with what its intervals need.
struct LinearEstimate {
  double value = undefined;
  double se = undefined;            ///< delete-one-unit jackknife; NaN below 2 units
  double se_cr1 = undefined;        ///< cluster sandwich
  double acceleration = undefined;  ///< a of BCa; NaN where the jackknife has no spread
};
LinearEstimate estimate_linear(std::span<const double> x, std::span<const double> n);

/// Delete-one-unit jackknife standard error from the values without each unit.
double jackknife_se(std::span<const double> without);

/// θ ± t_{(1+level)/2, df} se; undefined where se is.
Interval t_interval(double value, double se, double df, double level);

/// Type 7 quantile (linear between order statistics) of sorted values; ∞ counts as beyond any.
double quantile(std::span<const double> sorted, double p);
/// Whether that quantile of n values lies outside the order statistics 10 … n−10.
bool among_the_outermost(std::size_t n, double p);

/// Bootstrap intervals from sorted replicates.
Interval percentile_interval(std::span<const double> sorted, double level);
Interval bca_interval(std::span<const double> sorted, double value, double acceleration,
                      double level);
/// From sorted t* = (θ* − θ) / se*: [θ − t*_{high} se, θ − t*_{low} se].
Interval student_interval(std::span<const double> sorted_t, double value, double se, double level);

/// Percentile interval of replicates in any order; NaN among them gives no interval.
Interval percentile_of(std::vector<double> replicates, double level);

}  // namespace attnsweep::reduce
