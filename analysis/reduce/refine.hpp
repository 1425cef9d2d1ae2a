#pragma once
#include <span>

#include "reduce/laws.hpp"
#include "reduce/least_squares.hpp"

namespace attnsweep::reduce {

/// A law's parameters for display: least squares in ln d, refined from the best grid point inside
/// the grid's bounds (0 ≤ q ≤ 0.999; 0.5 ≤ ρ ≤ 40, 0.005 ≤ β ≤ 0.7).
struct LawFit {
  FitReport report;  ///< not_run: not identifiable
  double a = undefined, first = undefined, second = undefined;
  double rms = undefined;
};
LawFit refine(const LawFitter& fitter, Law law, std::span<const double> g);

/// λ of C e^{−λ i} by least squares on the arithmetic mean curve: weighs the first, large
/// differences most; another estimand than λ, and secondary.
struct NlsFit {
  FitReport report;
  double lambda = undefined, c = undefined;
};

/// C is profiled out. The decay is sought on a grid over all of −10 … 10 a layer first.
NlsFit fit_nls(std::span<const double> mean_curve);

/// The same λ of a curve near one whose λ is `start` (a sample without one unit): a few steps, and
/// the whole search where they do not settle.
double nls_lambda_near(std::span<const double> mean_curve, double start);

}  // namespace attnsweep::reduce
