#pragma once
// Private to src/model. Plain loops; no thread, no allocation. T is float or double.
#include <cstdint>
#include <limits>

namespace attnsweep::model {

/// In place: rows of width n become softmax(row). A nan or an infinite entry makes its row nan.
/// Adds every entry of the result to `sum` (rows × n, as the mean over heads is taken) where that
/// is not null.
template <class T>
void softmax_rows(T* scores, std::int64_t rows, std::int64_t n, T* sum);

/// The keys that a query may look at: those from `before` places before it to `after` behind it.
struct Band {
  static constexpr std::int64_t kAll = std::numeric_limits<std::int32_t>::max();
  std::int64_t before = kAll;
  std::int64_t after = kAll;
};

/// softmax_rows of a block of rows of `keys` entries that begin `stride` apart; row 0 is the query
/// at position `first_query`, column 0 the key at `first_key`. The probability of a key outside the
/// band is exactly 0, whatever its score is. `sum`, where not null, has rows of `stride_of_sum`.
template <class T>
void banded_softmax_rows(T* scores, std::int64_t rows, std::int64_t keys, std::int64_t stride,
                         const Band& band, std::int64_t first_query, std::int64_t first_key, T* sum,
                         std::int64_t stride_of_sum);

/// Scores become c · tanh(score / c).
template <class T>
void cap_rows(T* scores, std::int64_t rows, std::int64_t keys, std::int64_t stride, T c);

}  // namespace attnsweep::model
