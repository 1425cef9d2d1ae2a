#pragma once
#include <cstdint>
#include <vector>

namespace attnsweep::spec {

/// The function between the two products of an MLP; spelled as in config.json's hidden_act.
enum class Activation {
  gelu,        ///< x Φ(x) by the error function
  gelu_tanh,   ///< gelu_new, gelu_pytorch_tanh, gelu_fast: the tanh approximation
  gelu_bloom,  ///< gelu_tanh with its √(2/π) cut to 0.79788456, which only float64 can tell
  quick_gelu,  ///< x sigmoid(1.702 x)
  relu,
  relu2,  ///< relu(x)²
  silu,
  tanh,
};

/// A layer's MLP as a mixture: a router's softmax over all experts, of which the `top` largest
/// serve a token. Tensors: router, experts.<j>.{gate,up,down}, and shared.{gate,up,down} with
/// shared_gate (1 × hidden) where there is an expert for every token.
struct Experts {
  std::int64_t count = 0;  ///< 0: every layer has a plain MLP
  std::int64_t top = 0;
  bool renormalise = false;       ///< the chosen weights are divided by their sum
  std::int64_t intermediate = 0;  ///< of one expert
  std::int64_t shared = 0;        ///< intermediate size of the shared expert; 0: there is none
  /// One a block of weights: whether it has experts. Empty: all have.
  std::vector<bool> layers;
  bool operator==(const Experts&) const = default;
};

/// A convolution over neighbouring tokens of the embeddings, whose output joins that of the first
/// layer: LayerNorm(layer output + activation(conv(embeddings))); tensors conv and conv_norm.
struct Convolution {
  std::int64_t width = 0;  ///< odd; 0: there is none
  std::int64_t groups = 1;
  Activation activation = Activation::tanh;
  bool operator==(const Convolution&) const = default;
};

}  // namespace attnsweep::spec
