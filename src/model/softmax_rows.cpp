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
  p = (p * r * r + r) + 1.0F;  // the last sum alone rounds what is seen
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

/// Σ e^(row − top), the row in place.
template <class T>
ATTNSWEEP_INLINE T exp_row(T* row, std::int64_t n, T top) {
  // inf − inf and nan − x are nan, which the polynomial and the sum carry on.
  return lane_sum<T>(n, [&](std::int64_t j) { return row[j] = exp_negative(row[j] - top); });
}

template <class T>
ATTNSWEEP_INLINE void exp_body(T* scores, const ScoreBlock& block, const Band& band,
                               const RunningSoftmax<T>& state) {
  for (std::int64_t i = 0; i < block.rows; ++i) {
    T* row = scores + i * block.stride;
    const std::int64_t query = block.first_query + i - block.first_key;
    const std::int64_t begin = std::clamp<std::int64_t>(query - band.before, 0, block.keys);
    const std::int64_t end = std::clamp<std::int64_t>(query + band.after + 1, begin, block.keys);
    std::fill(row, row + begin, T{0});
    std::fill(row + end, row + block.keys, T{0});
    state.shrink[i] = 1;
    if (begin == end) continue;
    const T top = row_max(row + begin, end - begin);
    if (top > state.top[i]) {
      state.shrink[i] = exp_negative(state.top[i] - top);
      state.top[i] = top;
    }
    state.sum[i] = state.sum[i] * state.shrink[i] + exp_row(row + begin, end - begin, state.top[i]);
  }
}

template <class T>
ATTNSWEEP_INLINE void add_body(const T* values, const ScoreBlock& block, const T* factors, T share,
                               T* sum, T* out, std::int64_t to) {
  for (std::int64_t i = 0; i < block.rows; ++i) {
    const T* row = values + i * block.stride;
    T* total = sum + i * to;
    const T shared = share * factors[i];
    for (std::int64_t j = 0; j < block.keys; ++j) total[j] += shared * row[j];
    if (!out) continue;
    for (std::int64_t j = 0; j < block.keys; ++j) out[i * to + j] = factors[i] * row[j];
  }
}

}  // namespace

template <>
ATTNSWEEP_CLONES void exp_rows<float>(float* scores, const ScoreBlock& block, const Band& band,
                                      const RunningSoftmax<float>& state) {
  exp_body(scores, block, band, state);
}
template <>
void exp_rows<double>(double* scores, const ScoreBlock& block, const Band& band,
                      const RunningSoftmax<double>& state) {
  exp_body(scores, block, band, state);
}

template <>
ATTNSWEEP_CLONES void add_probabilities<float>(const float* values, const ScoreBlock& block,
                                               const float* factors, float share, float* sum,
                                               float* out, std::int64_t to) {
  add_body(values, block, factors, share, sum, out, to);
}
template <>
void add_probabilities<double>(const double* values, const ScoreBlock& block, const double* factors,
                               double share, double* sum, double* out, std::int64_t to) {
  add_body(values, block, factors, share, sum, out, to);
}

template <class T>
void probability_factors(const T* top_then, const T* top, const T* sum, std::int64_t rows,
                         T* factors) {
  for (std::int64_t i = 0; i < rows; ++i)
    factors[i] = top_then[i] == top[i] ? 1 / sum[i] : exp_negative(top_then[i] - top[i]) / sum[i];
}

template <class T>
void scale_rows(T* values, std::int64_t rows, std::int64_t width, std::int64_t stride,
                const T* factors) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < width; ++j) values[i * stride + j] *= factors[i];
}

template <class T>
void cap_rows(T* scores, std::int64_t rows, std::int64_t keys, std::int64_t stride, T c) {
  for (std::int64_t i = 0; i < rows; ++i) {
    T* row = scores + i * stride;
    for (std::int64_t j = 0; j < keys; ++j) row[j] = c * std::tanh(row[j] / c);
  }
}

template void probability_factors<float>(const float*, const float*, const float*, std::int64_t,
                                         float*);
template void probability_factors<double>(const double*, const double*, const double*, std::int64_t,
                                          double*);
template void scale_rows<float>(float*, std::int64_t, std::int64_t, std::int64_t, const float*);
template void scale_rows<double>(double*, std::int64_t, std::int64_t, std::int64_t, const double*);
template void cap_rows<float>(float*, std::int64_t, std::int64_t, std::int64_t, float);
template void cap_rows<double>(double*, std::int64_t, std::int64_t, std::int64_t, double);

}  // namespace attnsweep::model
