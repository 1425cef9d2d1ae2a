#pragma once
#include <cstddef>
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

enum class NormKind {
  layer,  ///< LayerNorm: mean removed, weight and bias
  rms,    ///< RMSNorm: no mean removed, weight only
};

/// Where a layer's two norms stand.
enum class NormPlace {
  after,   ///< on each residual sum
  before,  ///< on the input of attention and of the MLP, beside the residual stream
};

/// What the forward engine executes: token embeddings (+ learned positions, + types, + norm,
/// + projection to the hidden size), then n_layers of attention and MLP with their norms. Every
/// field is executed by the engine; a family that needs another one adds it here together with its
/// execution.
struct ArchitectureSpec {
  std::string model_type;
  std::int64_t n_layers = 0;
  std::int64_t n_heads = 0;
  std::int64_t hidden = 0;
  std::int64_t embedding_width = 0;   ///< of the tables; 0: hidden
  bool embedding_norm = true;         ///< a LayerNorm on the sum of the tables' rows
  bool embedding_projection = false;  ///< a linear map from embedding_width to hidden after that
  std::int64_t intermediate = 0;
  std::int64_t vocabulary = 0;
  std::int64_t types = 0;          ///< rows of the table of token types; 0: the family has none
  std::int64_t position_rows = 0;  ///< rows of the table of positions; 0: the family has none
  std::int64_t max_positions = 0;  ///< the longest sequence that may be run
  std::int64_t padding_id = 0;     ///< row of the word table that starts as 0; -1: none does
  PositionRule position_rule = PositionRule::index;
  PositionStart position_start = PositionStart::normal;
  Activation activation = Activation::gelu;
  std::int64_t key_value_heads = 0;  ///< each serves a group of query heads; 0: one a query head
  std::int64_t head_width = 0;       ///< 0: hidden / n_heads
  bool causal = false;               ///< a token attends to itself and those before it
  /// One a layer; W > 0: token i attends to j > i − W only. Empty: no layer has a window.
  std::vector<std::int64_t> windows;
  bool scale_scores = true;     ///< scores are divided by √head size
  bool scale_by_layer = false;  ///< and by the layer's number, counted from 1
  bool query_key_norm = false;  ///< RMSNorm of each head's query and key, before the rotation
  /// Radians a position of each rotated pair (j, j + size) of a head's first 2 · size columns;
  /// empty: nothing is rotated.
  std::vector<double> rotary;
  double rotary_factor = 1;  ///< scales the rotated columns
  bool query_key_value_bias = true;
  bool output_bias = true;
  bool mlp_bias = true;
  bool gated =
      false;  ///< MLP: down(activation(gate(x)) · up(x)) instead of down(activation(up(x)))
  /// One a layer: the index of the weights that it uses. Empty: every layer has its own.
  std::vector<std::int64_t> blocks;
  std::int64_t blocks_per_group = 1;  ///< how tensors of shared layers are numbered in the files
  NormKind norm_kind = NormKind::layer;
  NormPlace norm_place = NormPlace::after;
  double norm_eps = 1e-12;
  double initializer_range = 0.02;
  /// An untrained model's output and down projections are drawn narrower, by 1/√(2 n_layers).
  bool narrow_residual_start = false;
  std::vector<std::string> layer_types;  ///< one a layer: "full" or "sliding:W"; from `windows`

  std::int64_t head_size() const { return head_width > 0 ? head_width : hidden / n_heads; }
  std::int64_t kv_heads() const { return key_value_heads > 0 ? key_value_heads : n_heads; }
  std::int64_t query_width() const { return n_heads * head_size(); }
  std::int64_t key_width() const { return kv_heads() * head_size(); }
  std::int64_t table_width() const { return embedding_width > 0 ? embedding_width : hidden; }
  /// 0: the layer has no window.
  std::int64_t window(std::int64_t layer) const {
    return windows.empty() ? 0 : windows[static_cast<std::size_t>(layer)];
  }
  std::int64_t block(std::int64_t layer) const {
    return blocks.empty() ? layer : blocks[static_cast<std::size_t>(layer)];
  }
  std::int64_t n_blocks() const;
  bool operator==(const ArchitectureSpec&) const = default;
};

/// A tensor that the engine wants: its name there, the family's own name without model prefix
/// ("encoder.layer.0.attention.self.query.weight") and its shape.
struct WantedTensor {
  std::string name;
  std::string family_name;
  std::vector<std::int64_t> shape;
  /// What is stored where that is not the wanted tensor itself: after transposition, where that is
  /// asked for, rows `first` … first + shape[0] of it are. Empty: the wanted tensor is stored.
  std::vector<std::int64_t> stored_shape = {};
  bool transposed = false;
  std::int64_t first = 0;
};

/// False for the tensors that the last layer's attention does not depend on (its values, output
/// and MLP, unless an earlier layer shares them): they are checked, and never read.
bool attention_depends_on(const ArchitectureSpec& architecture, const std::string& name);

}  // namespace attnsweep::spec
