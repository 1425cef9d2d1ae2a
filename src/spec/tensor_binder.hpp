#pragma once
// Private to src/spec.
#include <string>
#include <vector>

#include "spec/families/family.hpp"
#include "spec/safetensors.hpp"

namespace attnsweep::spec {

/// Finds each wanted tensor among the stored ones, under its own name or the family's prefix, with
/// LayerNorm's older gamma and beta for weight and bias. Missing, unexpected and misshaped tensors
/// and unusable dtypes are added to `problems`.
std::vector<TensorBinding> bind_tensors(const Family& family,
                                        const std::vector<WantedTensor>& wanted,
                                        const std::vector<WeightFile>& files,
                                        std::vector<std::string>& problems);

}  // namespace attnsweep::spec
