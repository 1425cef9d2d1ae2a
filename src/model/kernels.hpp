#pragma once
// Private to src/model: the passes that LibTorch's operators would do in several, over rows that
// stay in the cache. Plain loops; no thread, no allocation. T is float or double.
#include <cstdint>

namespace attnsweep::model {

/// In place: rows of width n become softmax(row). A nan or an infinite entry makes its row nan.
/// Adds every entry of the result to `sum` (rows × n, as the mean over heads is taken) where that
/// is not null.
template <class T>
void softmax_rows(T* scores, std::int64_t rows, std::int64_t n, T* sum);

/// The keys that a block of queries may look at.
struct Mask {
  std::int64_t first_query = 0;  ///< position of row 0
  std::int64_t first_key = 0;    ///< position of column 0
  std::int64_t window = 0;       ///< W > 0: keys above query − W only
};

/// softmax_rows of a causal model, for rows of `keys` entries that begin `stride` apart: a query
/// looks at keys up to its own position, and the probability of every other key is exactly 0,
/// whatever its score is. `sum`, where not null, has rows of `stride_of_sum`.
template <class T>
void causal_softmax_rows(T* scores, std::int64_t rows, std::int64_t keys, std::int64_t stride,
                         const Mask& mask, T* sum, std::int64_t stride_of_sum);

/// x ← x + y + bias, then out ← its LayerNorm, or its RMSNorm where norm_bias is null; y and bias
/// may be null. out overlaps nothing.
template <class T>
void norm_rows(T* x, const T* y, const T* bias, std::int64_t rows, std::int64_t width,
               const T* weight, const T* norm_bias, T eps, T* out);

/// x ← RMSNorm(x), row by row.
template <class T>
void rms_rows(T* x, std::int64_t rows, std::int64_t width, const T* weight, T eps);

/// Turns the columns (j, j + pairs) of each of the heads in a row by that row's angles; cos and sin
/// are rows × pairs.
template <class T>
void rotate_rows(T* x, std::int64_t rows, std::int64_t heads, std::int64_t head_size,
                 std::int64_t pairs, const T* cos, const T* sin);

/// x ← LayerNorm(x + y + bias), row by row of `width`; y and bias may be null.
template <class T>
void add_norm_rows(T* x, const T* y, const T* bias, std::int64_t rows, std::int64_t width,
                   const T* weight, const T* norm_bias, T eps);

/// values ← factor · values.
template <class T>
void scale(T* values, std::int64_t n, T factor);

/// Whether every entry is finite.
template <class T>
bool all_finite(const T* values, std::int64_t n);

}  // namespace attnsweep::model
