#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "measure/pair_sums.hpp"

namespace attnsweep::measure {

/// How far the value of largest_singular_value may lie from a singular value of D, relative to it.
inline constexpr double spectral_tolerance = 1e-12;

/// The two keyed start vectors, n entries in [−1, 1): the same for every matrix of this size.
std::vector<double> start_vector(int n, std::uint32_t which);

/// One Lanczos run on DᵀD from `start` with full reorthogonalisation: √ of the largest Ritz value
/// θ once its residual ‖DᵀD y − θ y‖ = β |s| is at most 2 spectral_tolerance θ, which puts a
/// singular value of D within spectral_tolerance of it (Parlett, The Symmetric Eigenvalue Problem,
/// section 13.2). Nothing when 32 + n/4 steps do not get there: a cluster at the top that is
/// narrow but wider than the tolerance. `squares` is Σ D², by which everything is scaled.
template <class T>
std::optional<double> lanczos_value(const Pair<T>& pair, double squares,
                                    const std::vector<double>& start);

/// The largest singular value of D = B − A, or nothing where the caller has to take the full
/// singular value decomposition. A run could settle on a smaller singular value only where its
/// start holds next to nothing of the leading singular vector, so two runs from independent starts
/// have to agree. Equal input gives equal digits.
template <class T>
std::optional<double> largest_singular_value(const Pair<T>& pair, double squares);

}  // namespace attnsweep::measure
