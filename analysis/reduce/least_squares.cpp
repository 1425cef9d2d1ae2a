#include "reduce/least_squares.hpp"

#include <algorithm>
#include <cmath>

#include <ceres/ceres.h>
#include <Eigen/Dense>

namespace attnsweep::reduce {

std::string_view name(FitStatus status) {
  constexpr std::string_view names[] = {"not run", "converged", "at bound", "no convergence",
                                        "failed"};
  return names[static_cast<int>(status)];
}

namespace {

bool all_finite(std::span<const double> values) {
  for (double x : values)
    if (!std::isfinite(x)) return false;
  return true;
}

/// The problem as Ceres sees it: every parameter a block, so that each can be held.
class Residuals : public ceres::CostFunction {
 public:
  Residuals(const LeastSquares& problem, std::size_t n) : problem_(problem), n_(n) {
    set_num_residuals(problem.n_residuals);
    mutable_parameter_block_sizes()->assign(n, 1);
  }
  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override {
    const auto m = static_cast<std::size_t>(problem_.n_residuals);
    std::vector<double> at(n_), derivatives(jacobians ? m * n_ : 0);
    for (std::size_t p = 0; p < n_; ++p) at[p] = *parameters[p];
    problem_.evaluate(at, {residuals, m}, derivatives);
    for (std::size_t p = 0; p < n_ && jacobians; ++p)
      for (std::size_t i = 0; i < m && jacobians[p]; ++i) jacobians[p][i] = derivatives[i * n_ + p];
    return all_finite({residuals, m}) && all_finite(derivatives);
  }

 private:
  const LeastSquares& problem_;
  std::size_t n_;
};

ceres::Solver::Options options(bool bounded) {
  ceres::Solver::Options out;
  out.linear_solver_type = ceres::DENSE_QR;
  out.logging_type = ceres::SILENT;
  // A descent that stalls on a bound is ended and goes on with that bound held.
  out.max_num_iterations = bounded ? 500 : 10000;
  // To the end of what comparing costs in double can tell.
  out.function_tolerance = 1e-16;
  out.gradient_tolerance = 1e-20;
  out.parameter_tolerance = 1e-16;
  // A first step far beyond the data's scale can land where every derivative vanishes (BoxBOD from
  // its first certified start does); the region grows threefold a good step.
  out.initial_trust_region_radius = 1e-4;
  return out;
}

/// Where the problem stands: residuals r and Jacobian J at some parameters.
struct Linearised {
  Linearised(const LeastSquares& problem, const std::vector<double>& at)
      : r(problem.n_residuals), j(problem.n_residuals, static_cast<Eigen::Index>(at.size())) {
    problem.evaluate(at, {r.data(), static_cast<std::size_t>(r.size())},
                     {j.data(), static_cast<std::size_t>(j.size())});
  }
  Eigen::VectorXd r;
  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> j;
};

bool on_bound(const LeastSquares& problem, std::size_t p, double at) {
  return !problem.lower.empty() && (at <= problem.lower[p] || at >= problem.upper[p]);
}

bool inside(const LeastSquares& problem, const std::vector<double>& at) {
  for (std::size_t p = 0; p < at.size(); ++p)
    if (on_bound(problem, p, at[p])) return false;
  return true;
}

/// Parameters on a bound that a descent would take outwards.
std::vector<bool> held_at_bounds(const LeastSquares& problem, const std::vector<double>& at) {
  std::vector<bool> held(at.size(), false);
  if (inside(problem, at)) return held;
  const Linearised here(problem, at);
  const Eigen::VectorXd gradient = here.j.transpose() * here.r;
  for (std::size_t p = 0; p < at.size(); ++p) {
    const double slope = gradient(static_cast<Eigen::Index>(p));
    held[p] = on_bound(problem, p, at[p]) && (at[p] <= problem.lower[p] ? slope > 0 : slope < 0);
  }
  return held;
}

/// One descent with the held parameters at rest.
ceres::Solver::Summary descend(const LeastSquares& problem, const std::vector<bool>& held,
                               std::vector<double>& at) {
  ceres::Problem solved;
  std::vector<double*> blocks;
  for (double& x : at) blocks.push_back(&x);
  solved.AddResidualBlock(new Residuals(problem, at.size()), nullptr, blocks);
  for (std::size_t p = 0; p < at.size(); ++p) {
    if (held[p]) {
      solved.SetParameterBlockConstant(blocks[p]);
    } else if (!problem.lower.empty()) {
      solved.SetParameterLowerBound(blocks[p], 0, problem.lower[p]);
      solved.SetParameterUpperBound(blocks[p], 0, problem.upper[p]);
    }
  }
  ceres::Solver::Summary summary;
  ceres::Solve(options(!problem.lower.empty()), &solved, &summary);
  return summary;
}

/// Gauss–Newton from a converged point: a step counts while each is smaller than the one before.
void polish(const LeastSquares& problem, std::vector<double>& at) {
  constexpr int most_steps = 20;
  // Where costs can be told apart no longer, parameters are right to about 1e-8 of themselves, a
  // flat valley's to less; a larger step means another valley.
  double last = 1e-4;
  for (int k = 0; k < most_steps; ++k) {
    const Linearised here(problem, at);
    if (!here.r.allFinite() || !here.j.allFinite()) return;
    const Eigen::VectorXd step = -here.j.colPivHouseholderQr().solve(here.r);
    std::vector<double> next = at;
    double size = 0;
    for (std::size_t p = 0; p < at.size(); ++p) {
      next[p] += step(static_cast<Eigen::Index>(p));
      size = std::max(size, std::fabs(next[p] - at[p]) / std::fabs(at[p]));
    }
    if (!(size < last) || !inside(problem, next)) return;
    at = next;
    last = size;
  }
}

}  // namespace

LeastSquaresFit least_squares(const LeastSquares& problem, std::span<const double> start) {
  LeastSquaresFit fit;
  FitReport& report = fit.report;
  fit.parameters.assign(start.begin(), start.end());
  // Ceres projects a step onto the bounds and can stall on one although the others could still
  // descend; so what rests on a bound is held, and the descent goes on until nothing changes.
  std::vector<bool> held = held_at_bounds(problem, fit.parameters);
  const std::size_t most_rounds = 2 * start.size() + 2;
  for (std::size_t round = 0; round < most_rounds; ++round) {
    const ceres::Solver::Summary summary = descend(problem, held, fit.parameters);
    report.message = summary.message;
    report.iterations += static_cast<int>(summary.iterations.size());
    report.status = summary.termination_type == ceres::CONVERGENCE ? FitStatus::converged
                    : summary.termination_type == ceres::FAILURE   ? FitStatus::failed
                                                                   : FitStatus::no_convergence;
    const std::vector<bool> now = held_at_bounds(problem, fit.parameters);
    if (report.status == FitStatus::failed || now == held) break;
    held = now;
  }
  if (report.status == FitStatus::failed) return fit;
  if (report.status == FitStatus::converged) {
    if (inside(problem, fit.parameters))
      polish(problem, fit.parameters);
    else
      report.status = FitStatus::at_bound;
  }
  report.cost = Linearised(problem, fit.parameters).r.squaredNorm();
  return fit;
}

}  // namespace attnsweep::reduce
