#pragma once
#include <string>

#include "reduce/analysis.hpp"

namespace attnsweep::reduce {

/// What a cell's verdict means, in a sentence or two for a reader who knows none of the symbols.
std::string meaning(const CellResult& cell, const Summary& summary);

/// Fixed decimals; "–" for an undefined number.
std::string fixed(double x, int decimals);
/// The same with its sign always shown.
std::string signed_fixed(double x, int decimals);

}  // namespace attnsweep::reduce
