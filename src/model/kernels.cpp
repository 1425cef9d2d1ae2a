#include "model/kernels.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

// The default build runs on any x86-64; these loops are compiled three times and chosen when the
// program starts. Sums run over a fixed number of lanes, so that all versions give equal digits.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
#define ATTNSWEEP_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ATTNSWEEP_CLONES
#endif
#define ATTNSWEEP_INLINE inline __attribute__((always_inline))

namespace attnsweep::model {
namespace {

constexpr std::int64_t kLanes = 16;

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

template <class T, class Term>
ATTNSWEEP_INLINE T lane_sum(std::int64_t n, Term term) {
  std::array<T, kLanes> lanes{};
  std::int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes)
    for (std::int64_t q = 0; q < kLanes; ++q) lanes[static_cast<std::size_t>(q)] += term(j + q);
  for (; j < n; ++j) lanes[static_cast<std::size_t>(j % kLanes)] += term(j);
  T total = 0;
  for (const T lane : lanes) total += lane;
  return total;
}

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
ATTNSWEEP_INLINE void causal_body(T* scores, std::int64_t rows, std::int64_t keys,
                                  std::int64_t stride, const Mask& mask, T* sum,
                                  std::int64_t stride_of_sum) {
  for (std::int64_t i = 0; i < rows; ++i) {
    T* row = scores + i * stride;
    const std::int64_t query = mask.first_query + i - mask.first_key;
    const std::int64_t end = std::min(keys, query + 1);
    const std::int64_t begin =
        mask.window > 0 ? std::max<std::int64_t>(0, query - mask.window + 1) : 0;
    std::fill(row, row + begin, T{0});
    std::fill(row + end, row + keys, T{0});
    softmax_body(row + begin, 1, end - begin,
                 sum ? sum + i * stride_of_sum + begin : static_cast<T*>(nullptr));
  }
}

template <class T>
ATTNSWEEP_INLINE T inverse_rms(const T* row, std::int64_t width, T eps) {
  const T squares = lane_sum<T>(width, [&](std::int64_t j) { return row[j] * row[j]; });
  return 1 / std::sqrt(squares / static_cast<T>(width) + eps);
}

template <class T>
ATTNSWEEP_INLINE void norm_body(T* __restrict x, const T* y, const T* bias, std::int64_t rows,
                                std::int64_t width, const T* weight, const T* norm_bias, T eps,
                                T* __restrict out) {
  for (std::int64_t i = 0; i < rows; ++i) {
    T* row = x + i * width;
    T* to = out + i * width;
    if (y)
      for (std::int64_t j = 0; j < width; ++j) row[j] += y[i * width + j];
    if (bias)
      for (std::int64_t j = 0; j < width; ++j) row[j] += bias[j];
    if (!norm_bias) {
      const T inverse = inverse_rms(row, width, eps);
      for (std::int64_t j = 0; j < width; ++j) to[j] = row[j] * inverse * weight[j];
      continue;
    }
    const T mean =
        lane_sum<T>(width, [&](std::int64_t j) { return row[j]; }) / static_cast<T>(width);
    for (std::int64_t j = 0; j < width; ++j) to[j] = row[j] - mean;
    const T inverse = inverse_rms(to, width, eps);
    for (std::int64_t j = 0; j < width; ++j) to[j] = to[j] * inverse * weight[j] + norm_bias[j];
  }
}

template <class T>
ATTNSWEEP_INLINE void add_norm_body(T* x, const T* y, const T* bias, std::int64_t rows,
                                    std::int64_t width, const T* weight, const T* norm_bias,
                                    T eps) {
  for (std::int64_t i = 0; i < rows; ++i) {
    T* row = x + i * width;
    if (y) {
      const T* other = y + i * width;
      for (std::int64_t j = 0; j < width; ++j) row[j] += other[j] + bias[j];
    }
    const T mean =
        lane_sum<T>(width, [&](std::int64_t j) { return row[j]; }) / static_cast<T>(width);
    const T variance = lane_sum<T>(width,
                                   [&](std::int64_t j) {
                                     const T d = row[j] - mean;
                                     return d * d;
                                   }) /
                       static_cast<T>(width);
    const T inverse = 1 / std::sqrt(variance + eps);
    for (std::int64_t j = 0; j < width; ++j)
      row[j] = (row[j] - mean) * inverse * weight[j] + norm_bias[j];
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
ATTNSWEEP_CLONES void add_norm_rows<float>(float* x, const float* y, const float* bias,
                                           std::int64_t rows, std::int64_t width,
                                           const float* weight, const float* norm_bias, float eps) {
  add_norm_body(x, y, bias, rows, width, weight, norm_bias, eps);
}
template <>
void add_norm_rows<double>(double* x, const double* y, const double* bias, std::int64_t rows,
                           std::int64_t width, const double* weight, const double* norm_bias,
                           double eps) {
  add_norm_body(x, y, bias, rows, width, weight, norm_bias, eps);
}

template <>
ATTNSWEEP_CLONES void causal_softmax_rows<float>(float* scores, std::int64_t rows,
                                                 std::int64_t keys, std::int64_t stride,
                                                 const Mask& mask, float* sum,
                                                 std::int64_t stride_of_sum) {
  causal_body(scores, rows, keys, stride, mask, sum, stride_of_sum);
}
template <>
void causal_softmax_rows<double>(double* scores, std::int64_t rows, std::int64_t keys,
                                 std::int64_t stride, const Mask& mask, double* sum,
                                 std::int64_t stride_of_sum) {
  causal_body(scores, rows, keys, stride, mask, sum, stride_of_sum);
}

template <>
ATTNSWEEP_CLONES void norm_rows<float>(float* x, const float* y, const float* bias,
                                       std::int64_t rows, std::int64_t width, const float* weight,
                                       const float* norm_bias, float eps, float* out) {
  norm_body(x, y, bias, rows, width, weight, norm_bias, eps, out);
}
template <>
void norm_rows<double>(double* x, const double* y, const double* bias, std::int64_t rows,
                       std::int64_t width, const double* weight, const double* norm_bias,
                       double eps, double* out) {
  norm_body(x, y, bias, rows, width, weight, norm_bias, eps, out);
}

template <class T>
void rms_rows(T* x, std::int64_t rows, std::int64_t width, const T* weight, T eps) {
  for (std::int64_t i = 0; i < rows; ++i) {
    T* row = x + i * width;
    const T inverse = inverse_rms(row, width, eps);
    for (std::int64_t j = 0; j < width; ++j) row[j] *= inverse * weight[j];
  }
}

template <class T>
void rotate_rows(T* x, std::int64_t rows, std::int64_t heads, std::int64_t head_size,
                 std::int64_t pairs, const T* cos, const T* sin) {
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* c = cos + i * pairs;
    const T* s = sin + i * pairs;
    for (std::int64_t head = 0; head < heads; ++head) {
      T* a = x + (i * heads + head) * head_size;
      T* b = a + pairs;
      for (std::int64_t j = 0; j < pairs; ++j) {
        const T left = a[j], right = b[j];
        a[j] = left * c[j] - right * s[j];
        b[j] = right * c[j] + left * s[j];
      }
    }
  }
}

template <class T>
void scale(T* values, std::int64_t n, T factor) {
  for (std::int64_t i = 0; i < n; ++i) values[i] *= factor;
}

template <class T>
bool all_finite(const T* values, std::int64_t n) {
  // x − x is 0 for finite x, else nan; one sum of zeros tells.
  return lane_sum<T>(n, [&](std::int64_t i) { return values[i] - values[i]; }) == 0;
}

template void rms_rows<float>(float*, std::int64_t, std::int64_t, const float*, float);
template void rms_rows<double>(double*, std::int64_t, std::int64_t, const double*, double);
template void rotate_rows<float>(float*, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                                 const float*, const float*);
template void rotate_rows<double>(double*, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                                  const double*, const double*);
template void scale<float>(float*, std::int64_t, float);
template void scale<double>(double*, std::int64_t, double);
template bool all_finite<float>(const float*, std::int64_t);
template bool all_finite<double>(const double*, std::int64_t);

}  // namespace attnsweep::model
