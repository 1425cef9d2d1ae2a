#pragma once
#include <span>
#include <vector>

#include "reduce/curve.hpp"
#include "reduce/unit_sums.hpp"

namespace attnsweep::reduce {

/// What is added up of one sequence: Y = ln d (m), P = [λ_s > 0], and for head means also A = d
/// (m), Q, R, K and Λ of measurement.md section 3.
class SequenceColumns {
 public:
  /// m kept layers. `full`: a head mean; else a single head.
  SequenceColumns(int m, bool full) : basis_(m), full_(full) {}
  int size() const { return full_ ? 2 * basis_.m + 5 : basis_.m + 1; }
  /// d: the m kept values, all positive and finite; x: `size()` columns. Returns λ_s (NaN: m < 2).
  double fill(std::span<const double> d, std::span<double> x) const;

 private:
  CurveBasis basis_;
  bool full_;
};

/// The sampling units of a cell: sums of unit u at y[u·m + i] and a[u·m + i], totals of the rest.
struct Units : UnitTable {
  int m = 0;
  std::vector<double> y, a;
  double total_q = 0, total_r = 0, total_tau = 0, total_positive = 0, total_lambda_square = 0;
  std::vector<double> total_y, total_a;  ///< a: empty for single heads
};

/// From the sums of SequenceColumns.
Units make_units(UnitTable table, int m, bool full);

}  // namespace attnsweep::reduce
