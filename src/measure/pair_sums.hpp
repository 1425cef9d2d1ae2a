#pragma once
#include <cstddef>
#include <cstdint>

namespace attnsweep::measure {

/// Two n × n matrices as the passes below see them. A row with skip[j] != 0 counts nowhere (skip
/// may be null). Of a lower triangular pair nothing right of the diagonal is read; it counts as 0.
template <class T>
struct Pair {
  const T* a;
  const T* b;
  int n;
  const std::uint8_t* skip = nullptr;
  bool lower_triangular = false;

  bool skipped(int row) const { return skip != nullptr && skip[row] != 0; }
  /// Entries of a row that may differ from 0.
  int width(int row) const { return lower_triangular ? row + 1 : n; }
  std::size_t start(int row) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(n);
  }
};

/// What the fused pass collects beside what costs next to nothing.
struct PairWants {
  bool columns = false;     ///< column sums of |entries|: l1
  bool divergence = false;  ///< js
};

/// A quantity of D = B − A, of A and of B.
struct OfThree {
  double d = 0, a = 0, b = 0;
};

/// The sums of one pass over the rows of A and B.
struct PairSums {
  int rows = 0;           ///< rows that were not skipped
  OfThree squares;        ///< Σ entry²; not finite where any entry is not
  double cross = 0;       ///< Σ D (A + B) = Σ B² − Σ A² without its cancellation
  double absolute = 0;    ///< Σ |D|
  OfThree row_sum;        ///< largest row sum of |entries|
  OfThree column_sum;     ///< largest column sum of |entries|
  OfThree largest;        ///< largest |entry|
  double divergence = 0;  ///< Σ over rows of the Jensen-Shannon divergence
};

/// One pass over the pair. No sum depends on what else is wanted, nor on lower_triangular where the
/// upper triangle is 0.
template <class T>
PairSums sum_pair(const Pair<T>& pair, PairWants wants);

/// Σ (D − share · A)².
template <class T>
double squares_beyond(const Pair<T>& pair, double share);

}  // namespace attnsweep::measure
