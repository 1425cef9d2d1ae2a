#pragma once
// Private to the row kernels of src/model.
// The default build runs on any x86-64; these loops are compiled three times and chosen when the
// program starts. Sums run over a fixed number of lanes, so that all versions give equal digits.
#include <array>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
#define ATTNSWEEP_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ATTNSWEEP_CLONES
#endif
#define ATTNSWEEP_INLINE inline __attribute__((always_inline))

namespace attnsweep::model {

inline constexpr std::int64_t kLanes = 16;

/// term(0) + … + term(n − 1).
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

}  // namespace attnsweep::model
