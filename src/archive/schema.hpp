// Private to src/archive: how a segment names what it holds. One group <model>/<corpus> a cell with
// the dimensions sequence, pair (L − 1), layer (L) and head, and the variables below.
#pragma once
#include <string>
#include <vector>

#include "base/quantities.hpp"

namespace attnsweep::archive {

/// Root attribute: JSON list of the groups, in the order they were written.
inline constexpr char cells_attribute[] = "cells";

/// "frobenius", "frobenius_each", "frobenius_drop", "frobenius_each_drop".
std::string variable_name(const Series& series);
/// The variable of its rounding floors: "…_floor".
std::string floor_name(const Series& series);
/// "entropy", "entropy_drop".
std::string variable_name(Observable observable, View view);
/// "covariate_<name>", one a covariate; characters that a variable's name cannot hold become '_'.
std::vector<std::string> covariate_variables(const std::vector<std::string>& names);

/// For people: what a variable holds, and its unit ("1": a pure number).
std::string long_name(const Series& series);
std::string long_name(Observable observable, View view);
std::string units(Norm norm);
std::string units(Observable observable);

/// Every reason, in the order of its number.
std::vector<Reason> all_reasons();

}  // namespace attnsweep::archive
