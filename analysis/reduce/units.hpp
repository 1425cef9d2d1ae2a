#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reduce/cluster_sums.hpp"

namespace attnsweep::reduce {

/// The sampling units of a cell: its clusters, or, above max_units, clusters grouped at random by
/// a keyed hash of their id. Sums of unit u: n[u], y[u·m + i] and so on.
struct Units {
  int m = 0;
  std::int64_t n_sequences = 0;
  std::int64_t n_clusters = 0;  ///< J
  double j_eff = 0;             ///< (Σ n_c)² / Σ n_c² of the clusters
  bool grouped = false;
  std::size_t size = 0;  ///< U
  double unit_eff = 0;   ///< the same as j_eff over the units
  std::vector<double> n, y, a, q, r, tau, positive, lambda_square;
  /// Totals over everything.
  double total_n = 0, total_q = 0, total_r = 0, total_tau = 0, total_positive = 0,
         total_lambda_square = 0;
  std::vector<double> total_y, total_a;
  /// df of the t interval: max(1, min(U, effective U) − 1).
  double df() const;
};

/// `clusters` sorted by id. All sums are exact.
Units make_units(const std::vector<Cluster>& clusters, int m, std::int64_t max_units,
                 std::uint64_t seed);

}  // namespace attnsweep::reduce
