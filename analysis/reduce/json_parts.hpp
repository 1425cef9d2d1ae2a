// Private to the writers of summary.json.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reduce/analysis.hpp"

namespace attnsweep::reduce {

using Json = nlohmann::json;

/// NaN and infinities are not numbers in JSON.
Json number(double x);
Json numbers(const std::vector<double>& values);
/// null where it is empty.
Json text(const std::string& s);
Json interval(const Interval& i, double scale = 1);

/// The value of `across_models`.
Json across_json(const Across& across);
/// The list of a cell's effective depths.
Json effective_depth_json(const CellResult& cell, int burn_in);

}  // namespace attnsweep::reduce
