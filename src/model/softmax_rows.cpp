#include "model/softmax_rows.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "model/lanes.hpp"

namespace attnsweep::model {
namespace {

/// e^x for x ≤ 0 in float: x = k ln 2 + r, Taylor's polynomial of e^r for |r| ≤ ln 2 / 2 (its rest
/// is 6e-9 relative), and k put into the exponent. Below −87 it stays at e^−87 = 2e-38. nan stays
/// nan.
ATTNSWEEP_INLINE float exp_negative(float x) {
  const float magic = 12582912.0F;  // 1.5 · 2^23: adding it rounds to a whole number
  const float clamped = x < -87.0F ? -87.0F : x;
  const float shifted = clamped * 1.44269504F + magic;
  const float k = shifted - magic;
  const float r = (clamped - k * 0.693359375F) - k * -2.12194440e-4F;
  float p = 1.0F / 5040;
  p = p * r + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r + 1.0F;
  p = p * r + 1.0F;
  const auto exponent = (std::bit_cast<std::uint32_t>(shifted) + 127U) << 23;
  return p * std::bit_cast<float>(exponent);
}
ATTNSWEEP_INLINE double exp_negative(double x) { return std::exp(x); }

template <class T>
ATTNSWEEP_INLINE T row_max(const T* row, std::int64_t n) {
  std::array<T, kLanes> lanes;
  lanes.fill(-std::numeric_limits<T>::infinity());
  std::int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes)
    for (std::int64_t q = 0; q < kLanes; ++q) {
      const T value = row[j + q];
      T& lane = lanes[static_cast<std::size_t>(q)];
      lane = value > lane ? value : lane;
    }
  for (; j < n; ++j) lanes[0] = row[j] > lanes[0] ? row[j] : lanes[0];
  T top = lanes[0];
  for (const T lane : lanes) top = lane > top ? lane : top;
  return top;
}

template <class T>
ATTNSWEEP_INLINE void softmax_body(T* scores, std::int64_t rows, std::int64_t n, T* sum) {
  for (std::int64_t i = 0; i < rows; ++i) {
    T* row = scores + i * n;
    const T top = row_max(row, n);
    // inf − inf and nan − x are nan, which the polynomial and the sum carry on.
    for (std::int64_t j = 0; j < n; ++j) row[j] = exp_negative(row[j] - top);
    const T inverse = 1 / lane_sum<T>(n, [&](std::int64_t j) { return row[j]; });
    if (sum) {
      T* out = sum + i * n;
      for (std::int64_t j = 0; j < n; ++j) {
        row[j] *= inverse;
        out[j] += row[j];
      }
    } else {
      for (std::int64_t j = 0; j < n; ++j) row[j] *= inverse;
    }
  }
}

template <class T>
ATTNSWEEP_INLINE void banded_body(T* scores, std::int64_t rows, std::int64_t keys,
                                  std::int64_t stride, const Band& band, std::int64_t first_query,
                                  std::int64_t first_key, T* sum, std::int64_t stride_of_sum) {
  for (std::int64_t i = 0; i < rows; ++i) {
    T* row = scores + i * stride;
    const std::int64_t query = first_query + i - first_key;
    const std::int64_t begin = std::max<std::int64_t>(0, query - band.before);
    const std::int64_t end = std::min(keys, query + band.after + 1);
    std::fill(row, row + begin, T{0});
    std::fill(row + end, row + keys, T{0});
    softmax_body(row + begin, 1, end - begin,
                 sum ? sum + i * stride_of_sum + begin : static_cast<T*>(nullptr));
  }
}

}  // namespace

template <>
ATTNSWEEP_CLONES void softmax_rows<float>(float* scores, std::int64_t rows, std::int64_t n,
                                          float* sum) {
  softmax_body(scores, rows, n, sum);
}
template <>
void softmax_rows<double>(double* scores, std::int64_t rows, std::int64_t n, double* sum) {
  softmax_body(scores, rows, n, sum);
}

template <>
ATTNSWEEP_CLONES void banded_softmax_rows<float>(float* scores, std::int64_t rows,
                                                 std::int64_t keys, std::int64_t stride,
                                                 const Band& band, std::int64_t first_query,
                                                 std::int64_t first_key, float* sum,
                                                 std::int64_t stride_of_sum) {
  banded_body(scores, rows, keys, stride, band, first_query, first_key, sum, stride_of_sum);
}
template <>
void banded_softmax_rows<double>(double* scores, std::int64_t rows, std::int64_t keys,
                                 std::int64_t stride, const Band& band, std::int64_t first_query,
                                 std::int64_t first_key, double* sum, std::int64_t stride_of_sum) {
  banded_body(scores, rows, keys, stride, band, first_query, first_key, sum, stride_of_sum);
}

template <class T>
void cap_rows(T* scores, std::int64_t rows, std::int64_t keys, std::int64_t stride, T c) {
  for (std::int64_t i = 0; i < rows; ++i) {
    T* row = scores + i * stride;
    for (std::int64_t j = 0; j < keys; ++j) row[j] = c * std::tanh(row[j] / c);
  }
}

template void cap_rows<float>(float*, std::int64_t, std::int64_t, std::int64_t, float);
template void cap_rows<double>(double*, std::int64_t, std::int64_t, std::int64_t, double);

}  // namespace attnsweep::model
