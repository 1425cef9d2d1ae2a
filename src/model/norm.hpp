#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

#include "model/weights.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// The parameters of a norm, one a column; undefined weight: the norm is not there; undefined bias:
/// RMSNorm, whose mean is not removed.
struct Norm {
  at::Tensor weight, bias;
  bool defined() const { return weight.defined(); }
};

/// The architecture's norm `name`, of `width` entries; one without stored parameters has ones and
/// zeros.
Norm read_norm(const Weights& weights, const spec::ArchitectureSpec& spec, const std::string& name,
               std::int64_t width);

}  // namespace attnsweep::model
