#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <cstdint>
#include <span>

#include <ATen/core/Tensor.h>

#include "model/evaluator.hpp"
#include "model/linear.hpp"
#include "model/norm.hpp"
#include "model/row_ops.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// Tables of words, positions and types, and what comes before the first layer.
template <class T>
class Embedder {
 public:
  Embedder(const Weights& weights, const spec::ArchitectureSpec& spec);
  /// x (tokens × hidden) ← the stream that enters the first layer.
  void run(std::span<const SequenceInput> block, at::Tensor x, RowOps<T>& ops) const;

 private:
  const spec::ArchitectureSpec spec_;
  at::Tensor word_, position_, type_;
  Norm norm_;
  Linear projection_;
};

extern template class Embedder<float>;
extern template class Embedder<double>;

}  // namespace attnsweep::model
