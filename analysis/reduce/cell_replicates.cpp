#include "reduce/cell_replicates.hpp"

#include <algorithm>
#include <cmath>

namespace attnsweep::reduce {

std::vector<double> contrast(const Units& units, const std::vector<double>& weights) {
  std::vector<double> x(units.size, 0);
  for (std::size_t u = 0; u < units.size; ++u)
    for (int i = 0; i < units.m; ++i) x[u] += weights[i] * units.y[u * units.m + i];
  return x;
}

namespace {

/// Replicates of every curve, and of the first `n_students` studentised contrasts: one pass over
/// the weights.
class CurveReplicates {
 public:
  CurveReplicates(const Units& units, const ReplicateWeights& weights,
                  const std::vector<std::vector<double>>& weights_of, std::size_t n_students,
                  const std::vector<Estimate>& estimates)
      : m_(units.m), n_students_(n_students), units_(static_cast<double>(units.size)) {
    p_ = 2 + m_ + 2 * n_students_;
    std::vector<std::vector<double>> x;
    for (std::size_t k = 0; k < n_students; ++k) x.push_back(contrast(units, weights_of[k]));
    std::vector<double> columns(units.size * p_);
    for (std::size_t u = 0; u < units.size; ++u) {
      double* row = columns.data() + u * p_;
      const double n = units.n[u];
      row[0] = n;
      row[1] = n * n;
      for (std::size_t i = 0; i < m_; ++i) row[2 + i] = units.y[u * m_ + i];
      for (std::size_t k = 0; k < n_students_; ++k) {
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
  std::size_t m_, n_students_, p_;
  double units_;
  std::vector<double> sums_;
};

/// The replicates' values of everything that has an interval.
struct Values {
  Values(std::size_t n, std::size_t n_estimates, std::size_t n_students, std::size_t n_depths)
      : linear(n_estimates, std::vector<double>(n)),
        student(n_students, std::vector<double>(n)),
        shape(3, std::vector<double>(n)),
        errors(n_laws, std::vector<double>(n)),
        reach(n_depths, std::vector<double>(n)),
        line(n_depths, std::vector<double>(n)) {}

  std::vector<std::vector<double>> linear, student, shape, errors, reach, line;
  std::size_t differ = 0;
};

void fill(const CurveReplicates& replicates, const LawFitter& fitter, const ReduceOptions& options,
          const std::vector<Estimate>& estimates, const CellResult& cell, Values& values) {
  std::vector<double> g(fitter.m());
  for (std::size_t b = 0; b < replicates.size(); ++b) {
    replicates.curve(b, g);
    const CurveStats s = curve_stats(fitter.basis(), g);
    const LawErrors q = fitter.leave_one_out(g);
    values.differ += classify(s, q, options) != cell.curve_verdict.v;
    for (std::size_t k = 0; k < estimates.size(); ++k)
      values.linear[k][b] = k == 0 ? s.lambda : k == 1 ? s.log_amplitude : g[k - 2];
    for (std::size_t k = 0; k < values.student.size(); ++k)
      values.student[k][b] =
          replicates.student(b, k, values.linear[k][b], estimates[k].linear.value);
    values.shape[0][b] = s.kappa;
    values.shape[1][b] = s.kappa3;
    values.shape[2][b] = s.rise;
    for (int l = 0; l < n_laws; ++l) values.errors[l][b] = q[l];
    for (std::size_t k = 0; k < cell.effective_depth.size(); ++k) {
      const double log_epsilon = log_threshold(cell.effective_depth[k], g);
      values.reach[k][b] = reach_on_curve(g, log_epsilon);
      values.line[k][b] = reach_of_line(s, log_epsilon);
    }
  }
}

}  // namespace

void use_replicates(const Units& units, const ReplicateWeights& weights, const LawFitter& fitter,
                    const std::vector<std::vector<double>>& weights_of,
                    const ReduceOptions& options, std::vector<Estimate>& estimates,
                    CellResult& cell) {
  // λ has every kind of interval beside the chosen one; the others are studentised on request only.
  const std::size_t n_students = options.interval == "student" ? estimates.size() : 1;
  const CurveReplicates replicates(units, weights, weights_of, n_students, estimates);
  const std::size_t n = replicates.size();
  Values values(n, estimates.size(), n_students, cell.effective_depth.size());
  fill(replicates, fitter, options, estimates, cell, values);
  for (std::size_t k = 0; k < estimates.size(); ++k) {
    Estimate& e = estimates[k];
    std::sort(values.linear[k].begin(), values.linear[k].end());
    e.percentile = percentile_interval(values.linear[k], options.level);
    e.bca = bca_interval(values.linear[k], e.linear.value, e.linear.acceleration, options.level);
    if (k >= n_students) continue;
    std::sort(values.student[k].begin(), values.student[k].end());
    e.student = student_interval(values.student[k], e.linear.value, e.linear.se_cr1, options.level);
  }
  cell.kappa_interval = percentile_of(values.shape[0], options.level);
  cell.kappa3_interval = percentile_of(values.shape[1], options.level);
  cell.rise_interval = percentile_of(values.shape[2], options.level);
  for (int l = 0; l < n_laws; ++l)
    cell.laws[l].lolo_interval = percentile_of(values.errors[l], options.level);
  for (std::size_t k = 0; k < cell.effective_depth.size(); ++k) {
    EffectiveDepth& depth = cell.effective_depth[k];
    add_percentiles(values.reach[k], options.level, depth.measured);
    add_percentiles(values.line[k], options.level, depth.line);
    // A decay that may be none reaches nothing.
    if (!(estimates[0].chosen(options).low > 0))
      depth.line.high = std::numeric_limits<double>::infinity();
  }
  cell.n_replicates = n;
  const double total = static_cast<double>(n);
  if (cell.curve_verdict.v == V::none) return;
  cell.stability = 1 - static_cast<double>(values.differ) / total;
  cell.p_v = (1 + static_cast<double>(values.differ)) / (total + 1);
}

}  // namespace attnsweep::reduce
