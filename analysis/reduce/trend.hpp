#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "reduce/curve.hpp"

namespace attnsweep::reduce {

/// Kendall's τ-b of two lists of equal length; NaN where either is constant or not a number.
double kendall_tau_b(std::span<const double> x, std::span<const double> y);

/// A permutation test of a trend: τ-b between labels and values, against labels exchanged inside
/// blocks.
struct Trend {
  double tau = undefined;
  double p_falls = undefined;       ///< P(τ* ≤ τ): small where values fall with the label
  double p_rises = undefined;       ///< P(τ* ≥ τ)
  double p_attainable = undefined;  ///< the smallest p that these labels could give
};

struct TrendTests {
  std::vector<Trend> trends;  ///< one a list of values
  bool exact = false;
  std::int64_t permutations = 0;
};

/// Exact (every distinct arrangement) for at most 9 labels, else 99,999 random ones keyed by the
/// seed, p = (1 + hits) / 100,000. `blocks` hold the places whose labels exchange; places in no
/// block keep theirs. `values`: lists as long as the labels, tested with the same permutations.
TrendTests trend_tests(const std::vector<double>& labels,
                       const std::vector<std::vector<double>>& values,
                       const std::vector<std::vector<std::size_t>>& blocks, std::uint64_t seed);

}  // namespace attnsweep::reduce
