#include "reduce/regression.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace attnsweep::reduce {
namespace {

std::size_t triangle(std::size_t a, std::size_t b) {
  return a >= b ? a * (a + 1) / 2 + b : b * (b + 1) / 2 + a;
}

}  // namespace

int n_moment_columns(std::size_t k) { return static_cast<int>(k + 1 + k * (k + 1) / 2 + k + 1); }

void fill_moments(const std::vector<double>& z, double y, std::vector<double>& x) {
  x.clear();
  x.insert(x.end(), z.begin(), z.end());
  x.push_back(y);
  for (std::size_t a = 0; a < z.size(); ++a)
    for (std::size_t b = 0; b <= a; ++b) x.push_back(z[a] * z[b]);
  for (double a : z) x.push_back(a * y);
  x.push_back(y * y);
}

CentredMoments centred_moments(const UnitTable& units, const std::vector<double>& scale) {
  CentredMoments out;
  const std::size_t k = scale.size();
  out.k = k;
  out.n = units.total_n;
  out.unit_n = units.n;
  if (units.size == 0) return out;
  const std::size_t first_zz = k + 1, first_zy = first_zz + k * (k + 1) / 2, at_yy = first_zy + k;
  std::vector<double> mean(k + 1);
  for (std::size_t a = 0; a <= k; ++a) mean[a] = units.total[a] / units.total_n;
  out.yy = units.total[at_yy] - units.total_n * mean[k] * mean[k];
  for (std::size_t u = 0; u < units.size; ++u) {
    const double* x = units.x.data() + u * units.n_columns;
    const double n = units.n[u];
    // Σ (z − z̄)(y − ȳ) = Σ zy − z̄ Σ y − ȳ Σ z + n z̄ ȳ.
    for (std::size_t a = 0; a < k; ++a)
      for (std::size_t b = 0; b < k; ++b)
        out.zz.push_back(scale[a] * scale[b] *
                         (x[first_zz + triangle(a, b)] - mean[a] * x[b] - mean[b] * x[a] +
                          n * mean[a] * mean[b]));
    for (std::size_t a = 0; a < k; ++a)
      out.zy.push_back(scale[a] *
                       (x[first_zy + a] - mean[a] * x[k] - mean[k] * x[a] + n * mean[a] * mean[k]));
  }
  return out;
}

CentredMoments pooled(const std::vector<const CentredMoments*>& parts, std::size_t k) {
  CentredMoments out;
  out.k = k;
  out.n_corpora = 0;
  for (const CentredMoments* part : parts) {
    out.n += part->n;
    out.yy += part->yy;
    ++out.n_corpora;
    out.zz.insert(out.zz.end(), part->zz.begin(), part->zz.end());
    out.zy.insert(out.zy.end(), part->zy.begin(), part->zy.end());
    out.unit_n.insert(out.unit_n.end(), part->unit_n.begin(), part->unit_n.end());
  }
  return out;
}

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

/// The chosen regressors' cross-products of one unit.
void part_of(const CentredMoments& m, const std::vector<std::size_t>& chosen, std::size_t u,
             Matrix& zz, Vector& zy) {
  for (std::size_t a = 0; a < chosen.size(); ++a) {
    const auto row = static_cast<Eigen::Index>(a);
    zy(row) = m.zy[u * m.k + chosen[a]];
    for (std::size_t b = 0; b < chosen.size(); ++b)
      zz(row, static_cast<Eigen::Index>(b)) = m.zz[(u * m.k + chosen[a]) * m.k + chosen[b]];
  }
}

/// max(1, min(U, effective U) − 1).
double degrees_of_freedom(const std::vector<double>& unit_n) {
  double sum = 0, square = 0;
  for (double n : unit_n) {
    sum += n;
    square += n * n;
  }
  const double effective = sum * sum / square;
  return std::max(1.0, std::min(static_cast<double>(unit_n.size()), effective) - 1);
}

}  // namespace

Regression regress(const CentredMoments& moments, const std::vector<std::size_t>& regressors) {
  Regression out;
  const auto k = static_cast<Eigen::Index>(regressors.size());
  const double units = static_cast<double>(moments.n_units());
  const double parameters = static_cast<double>(k + moments.n_corpora);
  if (units < 2 || !(moments.n > parameters) || !(moments.yy > 0)) return out;
  Matrix zz = Matrix::Zero(k, k), part(k, k);
  Vector zy = Vector::Zero(k), score(k);
  for (std::size_t u = 0; u < moments.n_units(); ++u) {
    part_of(moments, regressors, u, part, score);
    zz += part;
    zy += score;
  }
  // Regressors in units of their own spread, so that the condition is that of their correlations.
  if (!(zz.diagonal().minCoeff() > 0)) return out;
  const Vector scale = zz.diagonal().cwiseSqrt().cwiseInverse();
  const Matrix correlation = scale.asDiagonal() * zz * scale.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Matrix> spectrum(correlation, Eigen::EigenvaluesOnly);
  constexpr double collinear = 1e-9;
  if (!(spectrum.eigenvalues()(0) > collinear)) return out;
  const Matrix inverse = scale.asDiagonal() * correlation.ldlt().solve(Matrix(scale.asDiagonal()));
  const Vector slope = inverse * zy;

  Matrix meat = Matrix::Zero(k, k);
  for (std::size_t u = 0; u < moments.n_units(); ++u) {
    part_of(moments, regressors, u, part, score);
    score -= part * slope;
    meat += score * score.transpose();
  }
  const double factor = units / (units - 1) * (moments.n - 1) / (moments.n - parameters);
  const Matrix covariance = factor * inverse * meat * inverse;
  out.solved = true;
  out.df = degrees_of_freedom(moments.unit_n);
  out.r2 = zy.dot(slope) / moments.yy;
  for (Eigen::Index a = 0; a < k; ++a) {
    out.slope.push_back(slope(a));
    out.se.push_back(std::sqrt(covariance(a, a)));
    for (Eigen::Index b = 0; b < k; ++b) out.covariance.push_back(covariance(a, b));
  }
  return out;
}

}  // namespace attnsweep::reduce
