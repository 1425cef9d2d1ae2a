#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace attnsweep::spec {

/// The function between the two products of a plain MLP; spelled as in config.json's hidden_act.
enum class Activation {
  gelu,       ///< x Φ(x) by the error function
  gelu_tanh,  ///< gelu_new, gelu_pytorch_tanh: the tanh approximation
  relu,
  silu,
};

/// How a token's row in the table of learned positions follows from the sequence.
enum class PositionRule {
  index,          ///< row i for token i
  after_padding,  ///< row padding_id + the number of tokens up to here that are not padding;
                  ///< row padding_id for a padding token
};

/// How the table of positions of an untrained model starts.
enum class PositionStart {
  normal,              ///< like every other weight
  normal_padding_row,  ///< the same, with row padding_id set to 0
  sinusoidal,          ///< sine at even and cosine at odd columns
};

/// What the forward engine executes: token embeddings + learned positions (+ types), LayerNorm,
/// then n_layers of attention and MLP, each followed by residual sum and LayerNorm. Every field is
/// executed by the engine; a family that needs another one adds it here together with its
/// execution.
struct ArchitectureSpec {
  std::string model_type;
  std::int64_t n_layers = 0;
  std::int64_t n_heads = 0;
  std::int64_t hidden = 0;
  std::int64_t intermediate = 0;
  std::int64_t vocabulary = 0;
  std::int64_t types = 0;          ///< rows of the table of token types; 0: the family has none
  std::int64_t position_rows = 0;  ///< rows of the table of positions
  std::int64_t max_positions = 0;  ///< the longest sequence that may be run
  std::int64_t padding_id = 0;     ///< row of the word table that starts as 0
  PositionRule position_rule = PositionRule::index;
  PositionStart position_start = PositionStart::normal;
  Activation activation = Activation::gelu;
  double norm_eps = 1e-12;
  double initializer_range = 0.02;
  std::vector<std::string> layer_types;  ///< one a layer: "full"

  std::int64_t head_size() const { return hidden / n_heads; }
  bool operator==(const ArchitectureSpec&) const = default;
};

/// A tensor that the engine wants: its name there, the family's own name without model prefix
/// ("encoder.layer.0.attention.self.query.weight") and its shape.
struct WantedTensor {
  std::string name;
  std::string family_name;
  std::vector<std::int64_t> shape;
};

/// False for the tensors that the last layer's attention does not depend on (its values, output
/// and MLP): they are checked, and never read.
bool attention_depends_on(const ArchitectureSpec& architecture, const std::string& name);

}  // namespace attnsweep::spec
