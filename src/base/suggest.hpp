#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep {

/// The candidate nearest to `got` by Damerau-Levenshtein distance (case ignored), where it is near
/// enough to be a slip (at most a third of the longer length, rounded up): for "did you mean".
std::optional<std::string> nearest(std::string_view got,
                                   const std::vector<std::string>& candidates);

}  // namespace attnsweep
