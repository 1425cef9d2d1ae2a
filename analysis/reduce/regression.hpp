#pragma once
#include <cstddef>
#include <vector>

#include "reduce/unit_sums.hpp"

namespace attnsweep::reduce {

/// Cross-products of k regressors z and λ, centred within one corpus, summed by unit; everything
/// that a regression with cluster-robust errors needs. Cross-products of unit u at zz[u·k·k + a·k +
/// b] and zy[u·k + a].
struct CentredMoments {
  std::size_t k = 0;
  double n = 0;       ///< weight of all sequences
  double yy = 0;      ///< Σ ỹ²
  int n_corpora = 1;  ///< whose means were taken out
  std::vector<double> zz, zy;
  std::vector<double> unit_n;  ///< weight of every unit
  std::size_t n_units() const { return unit_n.size(); }
};

/// The columns to add up by unit: z (k), y, zz' (k·(k+1)/2, rows of the lower triangle), zy (k),
/// yy.
int n_moment_columns(std::size_t k);
void fill_moments(const std::vector<double>& z, double y, std::vector<double>& x);
/// From such sums. z and y may have been shifted; z_a was divided by scale[a] and is given back its
/// own unit.
CentredMoments centred_moments(const UnitTable& units, const std::vector<double>& scale);

/// Several corpora as one: the units of all, each centred in its own corpus.
CentredMoments pooled(const std::vector<const CentredMoments*>& parts, std::size_t k);

/// Ordinary least squares of λ on some of the regressors, with cluster-robust standard errors:
/// J/(J−1) · (N−1)/(N−p) times the sandwich (CR1), p counting the corpora's means.
struct Regression {
  bool solved = false;  ///< false: a regressor is constant or a combination of the others
  std::vector<double> slope, se;
  std::vector<double> covariance;  ///< of the slopes, p·p
  double r2 = 0, df = 0;
};
Regression regress(const CentredMoments& moments, const std::vector<std::size_t>& regressors);

}  // namespace attnsweep::reduce
