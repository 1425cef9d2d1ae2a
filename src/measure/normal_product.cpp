#include "measure/normal_product.hpp"

#include <algorithm>
#include <cmath>

#include "measure/lanes.hpp"

namespace attnsweep::measure {
namespace {

/// One row of D in double, zero from its width up to `size`.
template <class T>
ATTNSWEEP_INLINE void load_row(const Pair<T>& pair, int row, int size, double* __restrict d) {
  const T* __restrict a = pair.a + pair.start(row);
  const T* __restrict b = pair.b + pair.start(row);
  const int width = pair.width(row);
  for (int k = width / lanes * lanes; k < size; ++k) d[k] = 0;
  for (int k = 0; k < width; ++k) d[k] = static_cast<double>(b[k]) - static_cast<double>(a[k]);
}

/// t_r = d_r · v of four rows, so that each load of v serves four. A function of its own, for the
/// compiler to keep the sums in registers.
ATTNSWEEP_VECTOR_CLONES void dots(const double* d, int stride, int size, const double* v,
                                  double* t) {
  double s0[lanes] = {}, s1[lanes] = {}, s2[lanes] = {}, s3[lanes] = {};
  for (int k = 0; k < size; k += lanes) {
    for (int l = 0; l < lanes; ++l) {
      const double x = v[k + l];
      s0[l] += d[k + l] * x;
      s1[l] += d[stride + k + l] * x;
      s2[l] += d[2 * stride + k + l] * x;
      s3[l] += d[3 * stride + k + l] * x;
    }
  }
  t[0] = total(s0);
  t[1] = total(s1);
  t[2] = total(s2);
  t[3] = total(s3);
}

/// out += Σ_r t_r d_r over four rows.
ATTNSWEEP_INLINE void add_rows(const double* __restrict d, int stride, int size, const double* t,
                               double* __restrict out) {
  const double t0 = t[0], t1 = t[1], t2 = t[2], t3 = t[3];
  for (int k = 0; k < size; ++k) {
    out[k] += (t0 * d[k] + t1 * d[stride + k]) + (t2 * d[2 * stride + k] + t3 * d[3 * stride + k]);
  }
}

template <class T>
ATTNSWEEP_INLINE void multiply(const Pair<T>& pair, const double* v, double* out, double* room) {
  const int stride = padded(pair.n);
  for (int k = 0; k < stride; ++k) out[k] = 0;
  int rows[block_rows];
  int count = 0;
  for (int j = 0; j < pair.n; ++j) {
    if (!pair.skipped(j)) rows[count++] = j;
    if (count < block_rows && (j + 1 < pair.n || count == 0)) continue;
    const int size = padded(pair.width(rows[count - 1]));
    for (int r = 0; r < count; ++r) load_row(pair, rows[r], size, room + r * stride);
    for (int r = count; r < block_rows; ++r) std::fill_n(room + r * stride, size, 0.0);
    double t[block_rows];
    dots(room, stride, size, v, t);
    add_rows(room, stride, size, t, out);
    count = 0;
  }
}

ATTNSWEEP_VECTOR_CLONES void multiply_of(const Pair<float>& pair, const double* v, double* out,
                                         double* room) {
  multiply(pair, v, out, room);
}
ATTNSWEEP_VECTOR_CLONES void multiply_of(const Pair<double>& pair, const double* v, double* out,
                                         double* room) {
  multiply(pair, v, out, room);
}

}  // namespace

template <class T>
void normal_product(const Pair<T>& pair, const double* v, double* out, double* room) {
  multiply_of(pair, v, out, room);
}

ATTNSWEEP_VECTOR_CLONES double subtract_projection(const double* basis, int count, int n,
                                                   double* __restrict w) {
  const int size = padded(n);
  double share = 0;
  for (int i = 0; i < count; ++i) {
    const double* __restrict q = basis + static_cast<std::ptrdiff_t>(i) * size;
    share = lane_sum(size, [&](int k) { return q[k] * w[k]; });
    for (int k = 0; k < size; ++k) w[k] -= share * q[k];
  }
  return share;
}

ATTNSWEEP_VECTOR_CLONES double length_of(const double* v, int n) {
  return std::sqrt(lane_sum(padded(n), [&](int k) { return v[k] * v[k]; }));
}

ATTNSWEEP_VECTOR_CLONES void divide(const double* v, double by, int n, double* to) {
  for (int k = 0; k < padded(n); ++k) to[k] = v[k] / by;
}

template void normal_product(const Pair<float>&, const double*, double*, double*);
template void normal_product(const Pair<double>&, const double*, double*, double*);

}  // namespace attnsweep::measure
