#pragma once
#include <span>

namespace attnsweep::reduce {

/// Kendall's τ-b of (−i, d_i): 1 when d falls at every step. Ties of d are corrected for; a row
/// whose values are all equal orders nothing and counts as 0. O(m²): m is a number of layers.
double kendall_decay(std::span<const double> d);

}  // namespace attnsweep::reduce
