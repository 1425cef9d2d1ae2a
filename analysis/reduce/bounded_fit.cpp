#include "reduce/bounded_fit.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

namespace attnsweep::reduce {

std::string_view name(FitStatus status) {
  constexpr std::string_view names[] = {"not run", "converged", "at bound", "no convergence"};
  return names[static_cast<int>(status)];
}

namespace {

/// Jᵀr, JᵀJ and the sum of squares; a second parameter that the problem lacks has zeros.
struct Normal {
  Eigen::Vector2d gradient = Eigen::Vector2d::Zero();
  Eigen::Matrix2d matrix = Eigen::Matrix2d::Zero();
  double cost = 0;
};

Normal normal_equations(int n, const std::vector<double>& r, const std::vector<double>& j) {
  const auto m = static_cast<Eigen::Index>(r.size());
  const Eigen::Map<const Eigen::VectorXd> residuals(r.data(), m);
  const Eigen::Map<const Eigen::MatrixXd> jacobian(j.data(), m, n);
  Normal out;
  out.cost = residuals.squaredNorm();
  out.gradient.head(n) = jacobian.transpose() * residuals;
  out.matrix.topLeftCorner(n, n) = jacobian.transpose() * jacobian;
  return out;
}

/// The damped step with the held parameters at rest.
Eigen::Vector2d damped_step(const Normal& eq, double damping, const std::array<bool, 2>& held) {
  Eigen::Matrix2d matrix = eq.matrix;
  matrix.diagonal() *= 1 + damping;
  Eigen::Vector2d gradient = eq.gradient;
  for (int p = 0; p < 2; ++p) {
    // A parameter that the residuals do not depend on rests too.
    if (!held[p] && matrix(p, p) > 0) continue;
    matrix.row(p).setZero();
    matrix.col(p).setZero();
    matrix(p, p) = 1;
    gradient(p) = 0;
  }
  return -matrix.ldlt().solve(gradient);
}

std::array<bool, 2> held_at_bounds(const BoundedProblem& problem, const std::array<double, 2>& at,
                                   const Normal& eq) {
  std::array<bool, 2> held{false, problem.n_parameters < 2};
  for (int p = 0; p < problem.n_parameters; ++p)
    held[p] = (at[p] <= problem.lower[p] && eq.gradient(p) > 0) ||
              (at[p] >= problem.upper[p] && eq.gradient(p) < 0);
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
      next[p] = std::clamp(next[p] + step(p), problem.lower[p], problem.upper[p]);
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
