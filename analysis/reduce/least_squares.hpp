#pragma once
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep::reduce {

/// How a fit ended. A fit that was not made says so.
enum class FitStatus { not_run, converged, at_bound, no_convergence, failed };
std::string_view name(FitStatus status);

/// A fit's report, as it is displayed.
struct FitReport {
  FitStatus status = FitStatus::not_run;
  std::string message;  ///< the solver's own words; empty where nothing was solved
  double cost = std::numeric_limits<double>::quiet_NaN();  ///< sum of squared residuals at the end
  int iterations = 0;
};

/// A nonlinear least-squares problem of a few parameters.
struct LeastSquares {
  int n_residuals = 0;
  std::vector<double> lower, upper;  ///< one a parameter, or empty: no bounds
  /// Fills residuals (n_residuals) and, where jacobian is not empty, the derivative of residual i
  /// by parameter p at [i·n_parameters + p].
  std::function<void(std::span<const double> parameters, std::span<double> residuals,
                     std::span<double> jacobian)>
      evaluate;
};

struct LeastSquaresFit {
  FitReport report;
  std::vector<double> parameters;
};

/// Levenberg–Marquardt of Ceres inside the bounds, from `start`, then Gauss–Newton steps while they
/// shrink: comparing costs alone leaves a parameter with half of its digits. at_bound: converged,
/// with a parameter on a bound. failed: the residuals are not finite at the start. Deterministic.
LeastSquaresFit least_squares(const LeastSquares& problem, std::span<const double> start);

}  // namespace attnsweep::reduce
