#pragma once
#include <vector>

#include "reduce/cell.hpp"

namespace attnsweep::reduce {

/// A linear statistic of the curve is a contrast of Y: x_u = Σ_i weight_i Y_{u,i}.
std::vector<double> contrast(const Units& units, const std::vector<double>& weights);

/// Everything that the replicates give, in one pass over them: intervals of `estimates` (contrasts
/// `weights_of`: λ, ln C and every g_i), of the shape's numbers, the laws' errors and the effective
/// depths, and how often the verdict of the curve is the cell's.
void use_replicates(const Units& units, const ReplicateWeights& weights, const LawFitter& fitter,
                    const std::vector<std::vector<double>>& weights_of,
                    const ReduceOptions& options, std::vector<Estimate>& estimates,
                    CellResult& cell);

}  // namespace attnsweep::reduce
