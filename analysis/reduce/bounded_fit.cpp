#include "reduce/bounded_fit.hpp"

#include <algorithm>
#include <cmath>

namespace attnsweep::reduce {

std::string_view name(FitStatus status) {
  constexpr std::string_view names[] = {"not run", "converged", "at bound", "no convergence"};
  return names[static_cast<int>(status)];
}

namespace {

struct Normal {
  std::array<double, 2> gradient{};
  std::array<double, 3> matrix{};  ///< 00, 01, 11
  double cost = 0;
};

Normal normal_equations(int n, const std::vector<double>& r, const std::vector<double>& j) {
  Normal out;
  const std::size_t m = r.size();
  for (std::size_t i = 0; i < m; ++i) {
    out.cost += r[i] * r[i];
    out.gradient[0] += j[i] * r[i];
    out.matrix[0] += j[i] * j[i];
    if (n < 2) continue;
    out.gradient[1] += j[m + i] * r[i];
    out.matrix[1] += j[i] * j[m + i];
    out.matrix[2] += j[m + i] * j[m + i];
  }
  return out;
}

/// The damped step with the held parameters at rest.
std::array<double, 2> damped_step(const Normal& eq, double damping,
                                  const std::array<bool, 2>& held) {
  const double a = eq.matrix[0] * (1 + damping), c = eq.matrix[2] * (1 + damping);
  if (held[0] && held[1]) return {0, 0};
  if (held[1]) return {a > 0 ? -eq.gradient[0] / a : 0, 0};
  if (held[0]) return {0, c > 0 ? -eq.gradient[1] / c : 0};
  const double det = a * c - eq.matrix[1] * eq.matrix[1];
  if (!(det > 0)) return {a > 0 ? -eq.gradient[0] / a : 0, 0};
  return {(-c * eq.gradient[0] + eq.matrix[1] * eq.gradient[1]) / det,
          (eq.matrix[1] * eq.gradient[0] - a * eq.gradient[1]) / det};
}

std::array<bool, 2> held_at_bounds(const BoundedProblem& problem, const std::array<double, 2>& at,
                                   const Normal& eq) {
  std::array<bool, 2> held{false, problem.n_parameters < 2};
  for (int p = 0; p < problem.n_parameters; ++p)
    held[p] = (at[p] <= problem.lower[p] && eq.gradient[p] > 0) ||
              (at[p] >= problem.upper[p] && eq.gradient[p] < 0);
  return held;
}

}  // namespace

BoundedFit bounded_fit(const BoundedProblem& problem, const std::array<double, 2>& start) {
  constexpr int max_iterations = 200;
  constexpr double step_tolerance = 1e-12, max_damping = 1e12;
  BoundedFit fit;
  fit.parameters = start;
  std::vector<double> r, j;
  problem.evaluate(fit.parameters, r, j);
  Normal eq = normal_equations(problem.n_parameters, r, j);
  double damping = 1e-3;
  fit.status = FitStatus::no_convergence;
  bool ended = false;
  while (!ended && fit.iterations < max_iterations) {
    ++fit.iterations;
    const auto step = damped_step(eq, damping, held_at_bounds(problem, fit.parameters, eq));
    std::array<double, 2> next = fit.parameters;
    double moved = 0;
    for (int p = 0; p < problem.n_parameters; ++p) {
      next[p] = std::clamp(next[p] + step[p], problem.lower[p], problem.upper[p]);
      moved = std::max(moved, std::fabs(next[p] - fit.parameters[p]) / (std::fabs(next[p]) + 1e-6));
    }
    problem.evaluate(next, r, j);
    const Normal trial = normal_equations(problem.n_parameters, r, j);
    const bool better = trial.cost <= eq.cost;
    if (better) {
      fit.parameters = next;
      eq = trial;
      damping = std::max(damping / 10, 1e-15);
    } else {
      damping *= 10;
    }
    // A step that no longer moves, or that no damping makes better, is the end of the descent.
    ended = moved < step_tolerance || damping > max_damping;
  }
  fit.cost = eq.cost;
  if (!ended) return fit;
  fit.status = FitStatus::converged;
  for (int p = 0; p < problem.n_parameters; ++p)
    if (fit.parameters[p] <= problem.lower[p] || fit.parameters[p] >= problem.upper[p])
      fit.status = FitStatus::at_bound;
  return fit;
}

}  // namespace attnsweep::reduce
