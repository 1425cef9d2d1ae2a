#include "reduce/cell.hpp"

#include <algorithm>
#include <cmath>

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

/// A linear statistic of the curve is a contrast of Y: x_u = Σ_i weight_i Y_{u,i}.
std::vector<double> contrast(const Units& units, const std::vector<double>& weights) {
  std::vector<double> x(units.size, 0);
  for (std::size_t u = 0; u < units.size; ++u)
    for (int i = 0; i < units.m; ++i) x[u] += weights[i] * units.y[u * units.m + i];
  return x;
}

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

/// Replicates of every curve, and of the studentised contrasts: one pass over the weights.
class CurveReplicates {
 public:
  CurveReplicates(const Units& units, const ReplicateWeights& weights,
                  const std::vector<std::vector<double>>& x, const std::vector<Estimate>& estimates)
      : m_(units.m), n_contrasts_(x.size()), units_(static_cast<double>(units.size)) {
    p_ = 2 + m_ + 2 * n_contrasts_;
    std::vector<double> columns(units.size * p_);
    for (std::size_t u = 0; u < units.size; ++u) {
      double* row = columns.data() + u * p_;
      const double n = units.n[u];
      row[0] = n;
      row[1] = n * n;
      for (std::size_t i = 0; i < m_; ++i) row[2 + i] = units.y[u * m_ + i];
      for (std::size_t k = 0; k < n_contrasts_; ++k) {
        const double e = x[k][u] - estimates[k].linear.value * n;
        row[2 + m_ + 2 * k] = e * e;
        row[2 + m_ + 2 * k + 1] = e * n;
      }
    }
    sums_ = weights.weighted_sums(columns, p_);
  }
  std::size_t size() const { return sums_.size() / p_; }
  void curve(std::size_t b, std::vector<double>& g) const {
    const double* s = sums_.data() + b * p_;
    for (std::size_t i = 0; i < m_; ++i) g[i] = s[2 + i] / s[0];
  }
  /// t* of contrast k in replicate b, whose value there is `value`: residuals of the replicate
  /// are those of the sample, moved by its own estimate.
  double student(std::size_t b, std::size_t k, double value, double estimate) const {
    const double* s = sums_.data() + b * p_;
    const double move = value - estimate;
    const double square = s[2 + m_ + 2 * k] - 2 * move * s[2 + m_ + 2 * k + 1] + move * move * s[1];
    const double se = std::sqrt(units_ / (units_ - 1) * std::max(square, 0.0)) / s[0];
    return move == 0 ? 0 : move / se;
  }

 private:
  std::size_t m_, n_contrasts_, p_;
  double units_;
  std::vector<double> sums_;
};

/// Everything that the replicates give, in one pass over them.
void use_replicates(const Units& units, const ReplicateWeights& weights, const LawFitter& fitter,
                    const std::vector<std::vector<double>>& weights_of,
                    const ReduceOptions& options, std::vector<Estimate>& estimates,
                    CellResult& cell) {
  std::vector<std::vector<double>> x;
  for (const auto& w : weights_of) x.push_back(contrast(units, w));
  const CurveReplicates replicates(units, weights, x, estimates);
  const std::size_t n = replicates.size();
  std::vector<std::vector<double>> values(estimates.size(), std::vector<double>(n));
  std::vector<std::vector<double>> students = values;
  std::array<std::vector<double>, 3> shape;
  for (auto& s : shape) s.resize(n);
  std::array<std::vector<double>, n_laws> errors;
  for (auto& e : errors) e.resize(n);
  std::vector<double> g(units.m);
  std::size_t differ = 0;
  for (std::size_t b = 0; b < n; ++b) {
    replicates.curve(b, g);
    const CurveStats s = curve_stats(fitter.basis(), g);
    const LawErrors q = fitter.leave_one_out(g);
    differ += classify(s, q, options) != cell.curve_verdict.v;
    for (std::size_t k = 0; k < estimates.size(); ++k) {
      values[k][b] = k == 0 ? s.lambda : k == 1 ? s.log_amplitude : g[k - 2];
      students[k][b] = replicates.student(b, k, values[k][b], estimates[k].linear.value);
    }
    shape[0][b] = s.kappa;
    shape[1][b] = s.kappa3;
    shape[2][b] = s.rise;
    for (int l = 0; l < n_laws; ++l) errors[l][b] = q[l];
  }
  for (std::size_t k = 0; k < estimates.size(); ++k) {
    Estimate& e = estimates[k];
    std::sort(values[k].begin(), values[k].end());
    std::sort(students[k].begin(), students[k].end());
    e.percentile = percentile_interval(values[k], options.level);
    e.bca = bca_interval(values[k], e.linear.value, e.linear.acceleration, options.level);
    e.student = student_interval(students[k], e.linear.value, e.linear.se_cr1, options.level);
  }
  cell.kappa_interval = percentile_of(shape[0], options.level);
  cell.kappa3_interval = percentile_of(shape[1], options.level);
  cell.rise_interval = percentile_of(shape[2], options.level);
  for (int l = 0; l < n_laws; ++l)
    cell.laws[l].lolo_interval = percentile_of(errors[l], options.level);
  cell.n_replicates = n;
  const double total = static_cast<double>(n);
  if (cell.curve_verdict.v == V::none) return;
  cell.stability = 1 - static_cast<double>(differ) / total;
  cell.p_v = (1 + static_cast<double>(differ)) / (total + 1);
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
