#pragma once
#include <span>

#include "reduce/bounded_fit.hpp"
#include "reduce/laws.hpp"

namespace attnsweep::reduce {

/// A law's parameters for display: least squares in ln d, refined from the best grid point inside
/// the grid's bounds (0 ≤ q ≤ 0.999; 0.5 ≤ ρ ≤ 40, 0.005 ≤ β ≤ 0.7).
struct LawFit {
  FitStatus status = FitStatus::not_run;  ///< not_run: not identifiable
  double a = undefined, first = undefined, second = undefined;
  double rms = undefined;
};
LawFit refine(const LawFitter& fitter, Law law, std::span<const double> g);

/// λ of C e^{−λ i} by least squares on the arithmetic mean curve: weighs the first, large
/// differences most; another estimand than λ, and secondary.
struct NlsFit {
  FitStatus status = FitStatus::not_run;
  double lambda = undefined, c = undefined;
  double cost = undefined;  ///< sum of squares
};

/// C is profiled out. Without `start` the decay is sought on a grid over all of −10 … 10 a layer;
/// with it the descent begins there (replicates of one sample).
NlsFit fit_nls(std::span<const double> mean_curve, double start = undefined);

}  // namespace attnsweep::reduce
