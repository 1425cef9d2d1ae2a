#pragma once
#include <span>
#include <vector>

#include "base/reduce_options.hpp"
#include "reduce/curve.hpp"

namespace attnsweep::reduce {

/// A number of layer pairs with its percentile interval; ∞ stands for "beyond the last point".
struct Reach {
  double n = undefined, low = undefined, high = undefined;
  bool unreliable = false;
};

/// n_ε: the first layer pair from which on g stays below ln ε.
struct EffectiveDepth {
  double epsilon = undefined;
  bool relative = false;  ///< to d at the first point
  Reach measured;         ///< read on the curve, linear between its points
  Reach line;             ///< (â − ln ε) / λ̂, for supported cells whose curve ends above ε
  bool extrapolated = false;
  const Reach& shown() const { return extrapolated ? line : measured; }
};

/// The thresholds that the options ask for, without results.
std::vector<EffectiveDepth> asked_depths(const ReduceOptions& options);

/// ln ε for a curve.
double log_threshold(const EffectiveDepth& asked, std::span<const double> g);

/// In points from the first: 0 where the whole curve lies below, ∞ where its last point does not.
double reach_on_curve(std::span<const double> g, double log_epsilon);
/// Where the fitted line is at ln ε; ∞ for λ ≤ 0.
double reach_of_line(const CurveStats& stats, double log_epsilon);

/// Fills low, high and unreliable from replicates in any order, ∞ among them.
void add_percentiles(std::vector<double> replicates, double level, Reach& reach);

}  // namespace attnsweep::reduce
