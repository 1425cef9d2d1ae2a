#pragma once
#include <bit>
#include <cstdint>

// Private to src/measure: elementwise maths and sums in a fixed order, written so that a compiler
// can use vectors of any width without changing a digit.

// One version per vector width, chosen when the program starts. All give the same digits: the
// order of every sum is fixed by `lanes` and the build forbids contraction.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GLIBC__) && \
    !defined(__SANITIZE_ADDRESS__)
#define ATTNSWEEP_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ATTNSWEEP_VECTOR_CLONES
#endif
#define ATTNSWEEP_INLINE inline __attribute__((always_inline))

namespace attnsweep::measure {

/// Independent partial sums of every reduction; 8 doubles are the widest vector in use.
inline constexpr int lanes = 8;

/// Entries of a row that are worked on at a time: some buffers of this size stay in the L1 cache.
inline constexpr int chunk_size = 256;
static_assert(chunk_size % lanes == 0);

/// n rounded up to whole lanes; buffers are zero from n on.
ATTNSWEEP_INLINE int padded(int n) { return (n + lanes - 1) / lanes * lanes; }

/// Σ term(k), k < n, n a multiple of `lanes`: lane l takes k = l, l + 8, …; then a tree.
template <class Term>
ATTNSWEEP_INLINE double lane_sum(int n, Term term) {
  double lane[lanes] = {};
  for (int k = 0; k < n; k += lanes) {
    for (int l = 0; l < lanes; ++l) lane[l] += term(k + l);
  }
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/// max term(k), k < n, n a multiple of `lanes`; 0 where nothing is larger.
template <class Term>
ATTNSWEEP_INLINE double lane_max(int n, Term term) {
  double lane[lanes] = {};
  for (int k = 0; k < n; k += lanes) {
    for (int l = 0; l < lanes; ++l) {
      const double x = term(k + l);
      lane[l] = x > lane[l] ? x : lane[l];
    }
  }
  double top = 0;
  for (int l = 0; l < lanes; ++l) top = lane[l] > top ? lane[l] : top;
  return top;
}

/// ln x of a positive normal x, within an ulp; free of branches, tables and the C library.
/// x = 2^e m with m in [√½, √2), f = m − 1, s = f / (2 + f):
/// ln m = 2 atanh s = f − (f²/2 − s (f²/2 + s² P(s²))).
ATTNSWEEP_INLINE double natural_log(double x) {
  constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcd;
  constexpr std::uint64_t one = 0x3ff0000000000000;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t biased = (bits - sqrt_half + one) >> 52;  // e + 1023
  // 2^52 + e + 1023 as a double: AVX2 has no conversion from 64-bit integers.
  const double e = std::bit_cast<double>(biased | 0x4330000000000000) - (0x1p52 + 1023.0);
  const double m = std::bit_cast<double>(bits - (biased << 52) + one);
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;  // at most 0.0295: the term left out is below 2^-58 of the sum
  double p = 2.0 / 21.0;
  p = p * z + 2.0 / 19.0;
  p = p * z + 2.0 / 17.0;
  p = p * z + 2.0 / 15.0;
  p = p * z + 2.0 / 13.0;
  p = p * z + 2.0 / 11.0;
  p = p * z + 2.0 / 9.0;
  p = p * z + 2.0 / 7.0;
  p = p * z + 2.0 / 5.0;
  p = p * z + 2.0 / 3.0;
  // ln 2 in two parts; the first has 32 bits, so e · ln2_high is exact.
  constexpr double ln2_high = 0x1.62e42feep-1;
  constexpr double ln2_low = 0x1.a39ef35793c76p-33;
  const double half = 0.5 * f * f;
  return e * ln2_high - ((half - (s * (half + z * p) + e * ln2_low)) - f);
}

/// −p ln p; 0 for p = 0 and for subnormal p, whose term is below 1e-304.
ATTNSWEEP_INLINE double entropy_term(double p) {
  const bool counts = p >= 0x1p-1022;
  return -p * natural_log(counts ? p : 1.0);
}

/// ½ (p ln(p/m) + q ln(q/m)) with m = (p + q)/2 and p, q ≥ 0, never negative. With
/// x = |p − q| / (p + q) it is m f(x), f(x) = ½ ((1+x) ln(1+x) + (1−x) ln(1−x)) = Σ
/// x^2k/(2k(2k−1)), so nothing cancels where p is near q: the sum serves up to x = ¼, the
/// logarithms above.
ATTNSWEEP_INLINE double divergence_term(double p, double q) {
  const double total = p + q;
  const double gap = p > q ? p - q : q - p;
  const double x = gap / (total > 0 ? total : 1.0);
  const double z = x * x;
  double series = 1.0 / 552.0;
  series = series * z + 1.0 / 462.0;
  series = series * z + 1.0 / 380.0;
  series = series * z + 1.0 / 306.0;
  series = series * z + 1.0 / 240.0;
  series = series * z + 1.0 / 182.0;
  series = series * z + 1.0 / 132.0;
  series = series * z + 1.0 / 90.0;
  series = series * z + 1.0 / 56.0;
  series = series * z + 1.0 / 30.0;
  series = series * z + 1.0 / 12.0;
  series = series * z + 1.0 / 2.0;
  const double high = 1.0 + x;
  const double low = 1.0 - x;
  const double logs = 0.5 * (high * natural_log(high) + low * natural_log(low > 0 ? low : 1.0));
  return 0.5 * total * (x <= 0.25 ? series * z : logs);
}

}  // namespace attnsweep::measure
