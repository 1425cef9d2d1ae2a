#include "model/norm_rows.hpp"

#include <cmath>

#include "model/lanes.hpp"

namespace attnsweep::model {
namespace {

template <class T>
ATTNSWEEP_INLINE void add_row(T* row, const T* y, const T* bias, T factor, std::int64_t width) {
  if (factor == 1) {
    if (y && bias)
      for (std::int64_t j = 0; j < width; ++j) row[j] += y[j] + bias[j];
    else if (y)
      for (std::int64_t j = 0; j < width; ++j) row[j] += y[j];
    else if (bias)
      for (std::int64_t j = 0; j < width; ++j) row[j] += bias[j];
    return;
  }
  for (std::int64_t j = 0; j < width; ++j)
    row[j] += factor * ((y ? y[j] : 0) + (bias ? bias[j] : 0));
}

template <class T>
ATTNSWEEP_INLINE void norm_row(const T* row, std::int64_t width, const T* weight, const T* bias,
                               T eps, T* out) {
  const auto count = static_cast<T>(width);
  if (!bias) {
    const T squares = lane_sum<T>(width, [&](std::int64_t j) { return row[j] * row[j]; });
    const T inverse = 1 / std::sqrt(squares / count + eps);
    for (std::int64_t j = 0; j < width; ++j) out[j] = row[j] * inverse * weight[j];
    return;
  }
  const T mean = lane_sum<T>(width, [&](std::int64_t j) { return row[j]; }) / count;
  const T variance = lane_sum<T>(width,
                                 [&](std::int64_t j) {
                                   const T d = row[j] - mean;
                                   return d * d;
                                 }) /
                     count;
  const T inverse = 1 / std::sqrt(variance + eps);
  for (std::int64_t j = 0; j < width; ++j) out[j] = (row[j] - mean) * inverse * weight[j] + bias[j];
}

template <class T>
ATTNSWEEP_INLINE void add_norm_body(T* x, const T* y, const T* bias, T factor, std::int64_t rows,
                                    std::int64_t width, const RowNorm<T>* norm, T* out) {
  for (std::int64_t i = 0; i < rows; ++i) {
    T* row = x + i * width;
    add_row(row, y ? y + i * width : nullptr, bias, factor, width);
    if (!norm) continue;
    const auto at = norm->rows == 1 ? 0 : i % norm->rows * width;
    norm_row(row, width, norm->weight + at, norm->bias ? norm->bias + at : nullptr, norm->eps,
             out + i * width);
  }
}

}  // namespace

template <>
ATTNSWEEP_CLONES void add_norm_rows<float>(float* x, const float* y, const float* bias,
                                           float factor, std::int64_t rows, std::int64_t width,
                                           const RowNorm<float>* norm, float* out) {
  add_norm_body(x, y, bias, factor, rows, width, norm, out);
}
template <>
void add_norm_rows<double>(double* x, const double* y, const double* bias, double factor,
                           std::int64_t rows, std::int64_t width, const RowNorm<double>* norm,
                           double* out) {
  add_norm_body(x, y, bias, factor, rows, width, norm, out);
}

template <class T>
void scale(T* values, std::int64_t n, T factor) {
  for (std::int64_t i = 0; i < n; ++i) values[i] *= factor;
}

template <class T>
void clamp(T* values, std::int64_t n, T limit) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T value = values[i];
    values[i] = value < -limit ? -limit : value > limit ? limit : value;
  }
}

template <class T>
bool all_finite(const T* values, std::int64_t n) {
  // x − x is 0 for finite x, else nan; one sum of zeros tells.
  return lane_sum<T>(n, [&](std::int64_t i) { return values[i] - values[i]; }) == 0;
}

template void scale<float>(float*, std::int64_t, float);
template void scale<double>(double*, std::int64_t, double);
template void clamp<float>(float*, std::int64_t, float);
template void clamp<double>(double*, std::int64_t, double);
template bool all_finite<float>(const float*, std::int64_t);
template bool all_finite<double>(const double*, std::int64_t);

}  // namespace attnsweep::model
