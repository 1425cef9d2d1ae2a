#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <span>

#include "model/mlp.hpp"
#include "model/norm.hpp"

namespace attnsweep::model {

/// spec::Convolution: over the embeddings of each sequence, joined with the first layer's output.
class TokenConvolution {
 public:
  TokenConvolution() = default;
  TokenConvolution(const Weights& weights, const spec::ArchitectureSpec& spec);
  explicit operator bool() const { return weight_.defined(); }
  /// x + activation(conv(embeddings)), both tokens × hidden, sequence by sequence; the norm that
  /// follows is `norm`.
  void add(std::span<const SequenceInput> block, const at::Tensor& embeddings, at::Tensor x) const;
  const Norm& norm() const { return norm_; }

 private:
  spec::Convolution convolution_;
  at::Tensor weight_, bias_;
  Norm norm_;
};

}  // namespace attnsweep::model
