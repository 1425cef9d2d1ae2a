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
