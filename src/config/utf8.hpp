#pragma once
#include <cstddef>
#include <string_view>

namespace attnsweep::config {

/// Index of the first byte that is not part of well-formed UTF-8 (or is NUL); npos when all is.
std::size_t first_bad_byte(std::string_view text);

}  // namespace attnsweep::config
