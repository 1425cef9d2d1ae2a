#pragma once
#include "measure/pair_sums.hpp"

namespace attnsweep::measure {

/// Rows of D that are worked on together.
inline constexpr int block_rows = 4;

/// out = Dᵀ D v for D = B − A of the pair, in one pass over A and B: D is never stored. v and out
/// have padded(n) entries, those from n on are 0 (in v) and become 0 (in out). `room` is working
/// memory of block_rows · padded(n) doubles. Sums in double, in an order that depends on the pair's
/// size and flagged rows alone.
template <class T>
void normal_product(const Pair<T>& pair, const double* v, double* out, double* room);

/// Takes from w its part in the span of the first `count` rows of `basis` (orthonormal, padded(n)
/// entries each), by modified Gram-Schmidt; returns the part's coefficient of the last row.
double subtract_projection(const double* basis, int count, int n, double* w);

/// Euclidean length of v, padded(n) entries.
double length_of(const double* v, int n);

/// to = v / by, padded(n) entries; to may be v.
void divide(const double* v, double by, int n, double* to);

}  // namespace attnsweep::measure
