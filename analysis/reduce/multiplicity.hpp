#pragma once
#include <span>
#include <vector>

namespace attnsweep::reduce {

/// Holm's adjusted p-values, in the order given. A NaN counts as 1.
std::vector<double> holm(std::span<const double> p);

}  // namespace attnsweep::reduce
