#include "reduce/heterogeneity.hpp"

#include <Eigen/Dense>
#include <boost/math/distributions/fisher_f.hpp>
#include <cmath>

#include "base/exact_sum.hpp"
#include "reduce/parallel.hpp"

namespace attnsweep::reduce {
namespace {

/// Σ̂ of the document means, in units of the scale squared. Exact sums: documents come in no
/// order.
Eigen::MatrixXd covariance(const DocumentMeans& means, int threads) {
  const std::size_t m = means.n_models, j = means.document.size();
  Eigen::MatrixXd out(m, m);
  parallel_for(m, threads, [&](std::size_t k) {
    for (std::size_t l = 0; l <= k; ++l) {
      ExactSum sum;
      for (std::size_t c = 0; c < j; ++c)
        sum.add(means.deviation[c * m + k] * means.deviation[c * m + l]);
      const auto row = static_cast<Eigen::Index>(k), column = static_cast<Eigen::Index>(l);
      out(row, column) = out(column, row) = sum.value() / static_cast<double>(j - 1);
    }
  });
  return out;
}

}  // namespace

HeterogeneityResult analyse_heterogeneity(const DocumentMeans& means, double model_variance,
                                          int threads) {
  HeterogeneityResult out;
  const auto m = static_cast<Eigen::Index>(means.n_models);
  const double j = static_cast<double>(means.document.size());
  out.n_documents = static_cast<std::int64_t>(means.document.size());
  if (means.document.empty()) {
    out.reason = "no common sequences";
    return out;
  }
  Eigen::VectorXd lambda(m);
  for (Eigen::Index k = 0; k < m; ++k) lambda(k) = means.model_mean[static_cast<std::size_t>(k)];
  out.mean = lambda.mean();
  out.sigma = std::sqrt(model_variance);
  if (out.mean != 0) out.cv = out.sigma / std::fabs(out.mean);
  constexpr double documents_a_model = 10;
  if (j < documents_a_model * static_cast<double>(m)) {
    out.reason = "fewer than 10 documents a model";
    return out;
  }
  // Successive differences.
  Eigen::MatrixXd c = Eigen::MatrixXd::Zero(m - 1, m);
  for (Eigen::Index k = 0; k + 1 < m; ++k) {
    c(k, k) = 1;
    c(k, k + 1) = -1;
  }
  const Eigen::VectorXd d = c * lambda / means.scale;
  const Eigen::MatrixXd spread = c * covariance(means, threads) * c.transpose();
  const Eigen::LDLT<Eigen::MatrixXd> solver(spread);
  // Models that differ by a constant leave no spread to measure it with.
  constexpr double singular = 1e-12;
  if (!(spread.diagonal().minCoeff() > 0) || !(solver.rcond() > singular)) {
    out.reason = "the differences of some models do not vary over documents";
    return out;
  }
  const double models = static_cast<double>(m);
  out.t2 = j * d.dot(solver.solve(d));
  out.df1 = models - 1;
  out.df2 = j - models + 1;
  out.f = out.t2 * out.df2 / ((j - 1) * out.df1);
  out.p = boost::math::cdf(boost::math::complement(boost::math::fisher_f(out.df1, out.df2), out.f));
  return out;
}

}  // namespace attnsweep::reduce
