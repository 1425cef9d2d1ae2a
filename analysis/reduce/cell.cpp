#include "reduce/cell.hpp"

#include <algorithm>
#include <cmath>

#include "reduce/cell_replicates.hpp"

namespace attnsweep::reduce {

const Interval& Estimate::chosen(const ReduceOptions& options) const {
  if (options.interval == "percentile") return percentile;
  if (options.interval == "bca") return bca;
  if (options.interval == "student") return student;
  return t;
}

std::string original_criterion(const Interval& lambda) {
  if (std::isnan(lambda.low) || std::isnan(lambda.high)) return "";
  if (lambda.low > 0) return "lambda > 0";
  return lambda.high < 0 ? "lambda <= 0" : "lambda ~ 0";
}

namespace {

/// The contrasts of λ, ln C and every g_i.
std::vector<std::vector<double>> contrasts(const CurveBasis& basis) {
  const int m = basis.m;
  std::vector<std::vector<double>> out;
  if (m >= 2) {
    std::vector<double> lambda, amplitude;
    for (double t : basis.t) {
      lambda.push_back(-t / basis.s);
      amplitude.push_back(1.0 / m - t / basis.s * (m - 1) / 2.0);
    }
    out = {lambda, amplitude};
  } else {
    out = {std::vector<double>(m, undefined), std::vector<double>(m, undefined)};
  }
  for (int i = 0; i < m; ++i) {
    out.emplace_back(m, 0.0);
    out.back()[i] = 1;
  }
  return out;
}

/// Smooth but not linear: R² and λ_nls, their standard errors from the delete-one-unit jackknife.
void jackknife_nonlinear(const Units& units, const CurveBasis& basis, double level,
                         CellResult& cell) {
  if (units.size < 2) return;
  std::vector<double> g(units.m), a(units.m), r2, nls;
  for (std::size_t u = 0; u < units.size; ++u) {
    const double n = units.total_n - units.n[u];
    for (int i = 0; i < units.m; ++i) {
      g[i] = (units.total_y[i] - units.y[u * units.m + i]) / n;
      a[i] = (units.total_a[i] - units.a[u * units.m + i]) / n;
    }
    r2.push_back(curve_stats(basis, g).r2);
    if (cell.nls.report.status == FitStatus::converged)
      nls.push_back(nls_lambda_near(a, cell.nls.lambda));
  }
  cell.r2_se = jackknife_se(r2);
  cell.r2_interval = t_interval(cell.stats.r2, cell.r2_se, units.df(), level);
  if (nls.empty()) return;
  cell.nls_se = jackknife_se(nls);
  cell.nls_interval = t_interval(cell.nls.lambda, cell.nls_se, units.df(), level);
}

void fit_laws(const LawFitter& fitter, CellResult& cell, const LawErrors& q) {
  const LawErrors forecast = fitter.forecast(cell.g);
  for (Law law : all_laws) {
    LawResult& out = cell.laws[static_cast<int>(law)];
    out.lolo = q[static_cast<int>(law)];
    out.forecast = forecast[static_cast<int>(law)];
    out.fit = refine(fitter, law, cell.g);
  }
  cell.lolo_quadratic = fitter.leave_one_out_quadratic(cell.g);
}

Sensitivity without_end(const std::vector<double>& g, bool first, const ReduceOptions& options) {
  Sensitivity out;
  if (g.size() < 2) return out;
  const std::vector<double> part(g.begin() + (first ? 1 : 0), g.end() - (first ? 0 : 1));
  const LawFitter fitter(static_cast<int>(part.size()));
  out.stats = curve_stats(fitter.basis(), part);
  out.verdict = judge_curve(out.stats, fitter.leave_one_out(part), options);
  return out;
}

void add_totals(const Units& units, CellResult& cell) {
  for (int i = 0; i < units.m; ++i) {
    cell.g.push_back(units.total_y[i] / units.total_n);
    cell.mean_curve.push_back(units.total_a[i] / units.total_n);
  }
  cell.tau = units.m >= 2 ? units.total_tau / units.total_n : undefined;
  cell.share_positive = units.m >= 2 ? units.total_positive / units.total_n : undefined;
  if (units.m >= 2 && units.total_q > 0) cell.r2_within = 1 - units.total_r / units.total_q;
}

}  // namespace

void analyse_cell(const Units& units, const ReplicateWeights* weights, const ReduceOptions& options,
                  CellResult& cell) {
  cell.n_sequences = units.n_sequences;
  cell.n_clusters = units.n_clusters;
  cell.grouped = units.grouped;
  cell.n_units = units.size;
  if (units.size == 0 || units.m == 0) return;
  cell.j_eff = units.j_eff;
  cell.df = units.size >= 2 ? units.df() : undefined;
  add_totals(units, cell);
  const LawFitter fitter(units.m);
  cell.stats = curve_stats(fitter.basis(), cell.g);
  cell.residuals = residuals(fitter.basis(), cell.g, cell.stats);
  const double spread =
      units.total_lambda_square / units.total_n - cell.stats.lambda * cell.stats.lambda;
  if (units.n_sequences >= 2 && units.m >= 2) cell.lambda_sd = std::sqrt(std::max(spread, 0.0));
  const LawErrors q = fitter.leave_one_out(cell.g);
  fit_laws(fitter, cell, q);
  cell.curve_verdict = judge_curve(cell.stats, q, options);
  cell.nls = fit_nls(cell.mean_curve);
  cell.effective_depth = asked_depths(options);
  for (EffectiveDepth& depth : cell.effective_depth) {
    const double log_epsilon = log_threshold(depth, cell.g);
    depth.measured.n = reach_on_curve(cell.g, log_epsilon);
    depth.line.n = reach_of_line(cell.stats, log_epsilon);
  }

  const auto weights_of = contrasts(fitter.basis());
  std::vector<Estimate> estimates(weights_of.size());
  for (std::size_t k = 0; k < estimates.size(); ++k) {
    if (units.m < 2 && k < 2) continue;
    Estimate& e = estimates[k];
    e.linear = estimate_linear(contrast(units, weights_of[k]), units.n);
    e.t = t_interval(e.linear.value, e.linear.se, cell.df, options.level);
  }
  if (weights && units.m >= 2)
    use_replicates(units, *weights, fitter, weights_of, options, estimates, cell);
  cell.lambda = estimates[0];
  cell.log_amplitude = estimates[1];
  cell.curve.assign(estimates.begin() + 2, estimates.end());
  jackknife_nonlinear(units, fitter.basis(), options.level, cell);
  cell.without_first = without_end(cell.g, true, options);
  cell.without_last = without_end(cell.g, false, options);
  cell.original_criterion = original_criterion(cell.lambda.chosen(options));
}

}  // namespace attnsweep::reduce
