#pragma once
#include <bit>
#include <cstdint>

// Private to src/measure: elementwise maths and sums in a fixed order, written so that a compiler
// can use vectors of any width without changing a digit.

// One version per vector width, chosen when the program starts. All give the same digits: the
// order of every sum is fixed by `lanes` and the build forbids contraction.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GLIBC__) && \
    !defined(__SANITIZE_ADDRESS__)
#define ATTNSWEEP_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
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

/// Memory for whole lanes that begins where a cache line does.
struct alignas(64) Line {
  double at[lanes];
};

/// The lanes' sum: lane l has taken the entries k with k mod 8 = l, in order; then a tree.
ATTNSWEEP_INLINE double total(const double (&lane)[lanes]) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}
/// The largest lane, 0 where none is larger.
ATTNSWEEP_INLINE double largest(const double (&lane)[lanes]) {
  double top = 0;
  for (double x : lane) top = x > top ? x : top;
  return top;
}

/// Σ term(k), k < n, n a multiple of `lanes`.
template <class Term>
ATTNSWEEP_INLINE double lane_sum(int n, Term term) {
  double lane[lanes] = {};
  for (int k = 0; k < n; k += lanes) {
    for (int l = 0; l < lanes; ++l) lane[l] += term(k + l);
  }
  return total(lane);
}

/// T(z) = (2 atanh(s) / s − 2) / z at z = s² = 2/3 + 2/5 z + 2/7 z² + …, so that
/// ln m = 2 atanh s = f − (f²/2 − s (f²/2 + z T(z))) with f = m − 1, s = f / (2 + f).
/// Minimax polynomials of tests/reference/make_log_polynomials.py; what they leave out is below
/// 7e-18 of the logarithm. Even and odd powers apart, to halve the chain of operations.
/// For |s| ≤ (√2 − 1) / (√2 + 1), that is m in [√½, √2]:
ATTNSWEEP_INLINE double atanh_tail_near(double z) {
  const double zz = z * z;
  double even = 0x1.2b5fc0c21f500p-3;
  double odd = 0x1.39fdb9220c050p-3;
  even = even * zz + 0x1.7462ba29068a2p-3;
  odd = odd * zz + 0x1.c71c62d03b35bp-3;
  even = even * zz + 0x1.2492492e03e54p-2;
  odd = odd * zz + 0x1.9999999995223p-2;
  even = even * zz + 0x1.5555555555558p-1;
  return even + z * odd;
}
/// For 0 ≤ s ≤ 1/3, that is m in [1, 2]:
ATTNSWEEP_INLINE double atanh_tail_wide(double z) {
  const double zz = z * z;
  double even = 0x1.67fad588eb683p-4;
  double odd = 0x1.4b8a30ace68d4p-3;
  even = even * zz + 0x1.10aafa7862f5dp-3;
  odd = odd * zz + 0x1.ebaadae5000a1p-4;
  even = even * zz + 0x1.745cefbe6c1f3p-3;
  odd = odd * zz + 0x1.3b18cb51692c5p-3;
  even = even * zz + 0x1.24924923cd1e7p-2;
  odd = odd * zz + 0x1.c71c7276796e4p-3;
  even = even * zz + 0x1.5555555555555p-1;
  odd = odd * zz + 0x1.999999999a456p-2;
  return even + z * odd;
}

/// x = 2^exponent · mantissa of a positive normal x, the mantissa in [√½, √2). Zero gives
/// exponent −1023 and mantissa 1.
struct Parts {
  double exponent, mantissa;
};
ATTNSWEEP_INLINE Parts parts_of(double x) {
  constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcd;
  constexpr std::uint64_t one = 0x3ff0000000000000;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t biased = (bits - sqrt_half + one) >> 52;  // exponent + 1023
  // 2^52 + biased as a double: AVX2 has no conversion from 64-bit integers.
  const double e = std::bit_cast<double>(biased | 0x4330000000000000) - (0x1p52 + 1023.0);
  return {e, std::bit_cast<double>(bits - (biased << 52) + one)};
}

/// ln x of a positive normal x, within an ulp; free of branches, tables and the C library.
ATTNSWEEP_INLINE double natural_log(double x) {
  const auto [e, m] = parts_of(x);
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  // ln 2 in two parts; the first has 32 bits, so e · ln2_high is exact.
  constexpr double ln2_high = 0x1.62e42feep-1;
  constexpr double ln2_low = 0x1.a39ef35793c76p-33;
  const double half = 0.5 * f * f;
  return e * ln2_high - ((half - (s * (half + z * atanh_tail_near(z)) + e * ln2_low)) - f);
}

/// −p ln p; 0 for p = 0 and for subnormal p, whose term is below 1e-304.
ATTNSWEEP_INLINE double entropy_term(double p) {
  const bool counts = p >= 0x1p-1022;
  return -p * natural_log(counts ? p : 1.0);
}

/// ½ (p ln(p/m) + q ln(q/m)) with m = (p + q)/2 and p, q ≥ 0. With x = |p − q| / (p + q) it is
/// m/2 · ((1+x) ln(1+x) + (1−x) ln(1−x)). Where p is near q these two are ±x to leading order and
/// their sum is x², so the logarithms are taken apart: ln(1+x) = x − r and ln(1−x) = g − t + e ln 2
/// with 1−x = 2^e (1+g), and g = −x exactly where e = 0. Then (1+x) x + (1−x) g =
/// (x + g) + x (x − g) has no cancellation left, and r and t are squares.
ATTNSWEEP_INLINE double divergence_term(double p, double q) {
  const double sum = p + q;
  const double gap = p > q ? p - q : q - p;
  const double x = gap / (sum > 0 ? sum : 1.0);
  const double low = 1.0 - x;  // 0 has no logarithm, but parts_of gives it one and 0 · that is 0
  const auto [e, m] = parts_of(low);
  const double g = e == 0 ? -x : m - 1.0;
  const double s = x / (2.0 + x);
  const double u = g / (2.0 + g);
  const double half_xx = 0.5 * x * x;
  const double half_gg = 0.5 * g * g;
  const double r = half_xx - s * (half_xx + s * s * atanh_tail_wide(s * s));
  const double t = half_gg - u * (half_gg + u * u * atanh_tail_near(u * u));
  constexpr double ln2 = 0x1.62e42fefa39efp-1;
  return 0.25 * sum * ((x + g) + (x * (x - g) - (1.0 + x) * r) + low * (e * ln2 - t));
}

}  // namespace attnsweep::measure
