#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <cstdint>

#include "model/linear.hpp"
#include "model/mlp.hpp"
#include "model/norm.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// One block of weights: what a layer computes with. What the last layer's attention does not
/// depend on is left out; a norm that the architecture lacks is undefined.
struct Block {
  Block(const Weights& weights, const spec::ArchitectureSpec& spec, std::int64_t index);

  Linear q, k, v, o;
  Norm q_norm, k_norm;
  Norm attention_norm, attention_after_norm, mlp_norm, mlp_after_norm;
  Mlp mlp;
};

}  // namespace attnsweep::model
