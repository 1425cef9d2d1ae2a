#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <cstdint>
#include <memory>

#include <ATen/core/Tensor.h>

#include "model/weights.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// A piece of a score matrix: these queries and keys.
struct ScorePiece {
  std::int64_t first_query = 0, rows = 0, first_key = 0, keys = 0;
};

/// ScoreBias by LibTorch's operators, for scores on any device.
class TensorBias {
 public:
  virtual ~TensorBias() = default;
  /// The layer and the length of the sequences that the next calls are about; `factor` is what
  /// q · k is multiplied by.
  virtual void start(std::int64_t layer, std::int64_t n, double factor) = 0;
  /// scores (sequences × heads × rows × keys) += bias, for q (sequences × heads × rows × head size)
  /// and k (sequences × heads × keys × head size).
  virtual void add(const ScorePiece& piece, const at::Tensor& q, const at::Tensor& k,
                   const at::Tensor& scores) = 0;
};

/// Null where the architecture has none. T is the type of the scores.
template <class T>
std::unique_ptr<TensorBias> make_tensor_bias(const spec::ArchitectureSpec& spec,
                                             const Weights& weights);

}  // namespace attnsweep::model
