#pragma once
#include <array>
#include <functional>
#include <string_view>
#include <vector>

namespace attnsweep::reduce {

/// How a fit ended. A fit that was not made says so.
enum class FitStatus { not_run, converged, at_bound, no_convergence };
std::string_view name(FitStatus status);

/// A least-squares problem of one or two bounded parameters.
struct BoundedProblem {
  int n_parameters = 1;
  std::array<double, 2> lower{}, upper{};
  /// Fills residuals (m) and their derivatives, parameter p at jacobian[p·m + i].
  std::function<void(const std::array<double, 2>&, std::vector<double>& residuals,
                     std::vector<double>& jacobian)>
      evaluate;
};

struct BoundedFit {
  FitStatus status = FitStatus::not_run;
  std::array<double, 2> parameters{};
  double cost = 0;  ///< sum of squares at the end
  int iterations = 0;
};

/// Levenberg–Marquardt inside a box, from `start`: a parameter at its bound whose step points
/// outwards is held for that step. Never ends above the start's cost.
BoundedFit bounded_fit(const BoundedProblem& problem, const std::array<double, 2>& start);

}  // namespace attnsweep::reduce
