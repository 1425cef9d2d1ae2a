#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace attnsweep::reduce {

/// Columns that UTF-8 text takes on a terminal: combining marks 0, wide East Asian signs and
/// emoji 2, control characters 0. A byte that is no UTF-8 counts 1.
std::size_t display_width(std::string_view text);

/// `text` filled with blanks to `width` columns, or cut to it with "…" at the end.
std::string fitted(std::string_view text, std::size_t width);
/// The same, filled on the left.
std::string fitted_right(std::string_view text, std::size_t width);

/// Words of `text` in lines of at most `width` columns, each beginning with `indent`.
std::string wrapped(std::string_view text, std::size_t width, std::string_view indent);

}  // namespace attnsweep::reduce
