#pragma once
// Private to src/model: one pass over rows that stay in the cache where LibTorch's operators would
// take several. Plain loops; no thread, no allocation. T is float or double.
#include <cstdint>

namespace attnsweep::model {

/// The parameters of a norm. `rows` weights of the row's width, used by turns; one bias each, or
/// null: RMSNorm, whose mean is not removed.
template <class T>
struct RowNorm {
  const T* weight = nullptr;
  const T* bias = nullptr;
  T eps = 0;
  std::int64_t rows = 1;
};

/// x ← x + factor · (y + bias), rows × width; y and bias may be null. Then, where `norm` is not
/// null, out ← norm(x); out may be x.
template <class T>
void add_norm_rows(T* x, const T* y, const T* bias, T factor, std::int64_t rows, std::int64_t width,
                   const RowNorm<T>* norm, T* out);

/// values ← factor · values.
template <class T>
void scale(T* values, std::int64_t n, T factor);

/// values clamped to [−limit, limit]; nan stays nan.
template <class T>
void clamp(T* values, std::int64_t n, T limit);

/// Whether every entry is finite.
template <class T>
bool all_finite(const T* values, std::int64_t n);

}  // namespace attnsweep::model
