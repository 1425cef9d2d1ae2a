#pragma once
#include <cstdint>

namespace attnsweep::measure {

/// What the fused pass collects besides the plain sums of squares.
struct PairWants {
  bool rows = false;        ///< row sums of |entries|: tv, linf
  bool columns = false;     ///< column sums of |entries|: l1
  bool largest = false;     ///< largest |entry|: max
  bool cross = false;       ///< Σ D (A + B): cosine
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

/// One pass over two n × n matrices; rows with skip[j] != 0 count nowhere (skip may be null).
template <class T>
PairSums sum_pair(const T* a, const T* b, int n, const std::uint8_t* skip, PairWants wants);

/// Σ (D − share · A)², by the same rows.
template <class T>
double squares_beyond(const T* a, const T* b, int n, const std::uint8_t* skip, double share);

}  // namespace attnsweep::measure
