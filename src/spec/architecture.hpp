#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "spec/mlp.hpp"
#include "spec/norms.hpp"
#include "spec/positions.hpp"
#include "spec/safetensors.hpp"

namespace attnsweep::spec {

/// Where token embeddings of another width become hidden ones.
enum class ProjectionPlace {
  none,
  words,        ///< the word rows, before positions and types are added
  before_norm,  ///< the sum of the tables' rows
  after_norm,
};

/// How attention and MLP stand to each other in a layer.
enum class LayerFlow {
  serial,
  parallel,            ///< both read the same normed input, and both are added to the stream
  parallel_two_norms,  ///< the same, each with its own norm of the stream
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

  // Embeddings
  std::int64_t embedding_width = 0;  ///< of the tables; 0: hidden
  double embedding_factor = 1;       ///< the word rows are multiplied by it
  bool embedding_norm = true;        ///< a norm of `norm_kind` on the sum of the tables' rows
  ProjectionPlace projection = ProjectionPlace::none;
  bool projection_bias = true;
  std::int64_t vocabulary = 0;
  std::int64_t types = 0;            ///< rows of the table of token types; 0: the family has none
  std::int64_t position_rows = 0;    ///< rows of the table of positions; 0: the family has none
  std::int64_t position_offset = 0;  ///< token i has row i + this (PositionRule::index)
  std::int64_t max_positions = 0;    ///< the longest sequence that may be run
  std::int64_t padding_id = 0;       ///< row of the word table that starts as 0; -1: none does
  PositionRule position_rule = PositionRule::index;
  PositionStart position_start = PositionStart::normal;

  // Attention
  std::int64_t key_value_heads = 0;  ///< each serves a group of query heads; 0: one a query head
  std::int64_t head_width = 0;       ///< 0: hidden / n_heads
  bool causal = false;               ///< a token attends to itself and those before it
  /// One a layer; W > 0: token i attends to j > i − W only, or, where the model is not causal, to
  /// |i − j| ≤ W. Empty: no layer has a window.
  std::vector<std::int64_t> windows;
  bool scale_scores = true;     ///< scores are divided by √head size …
  double score_factor = 0;      ///< … or multiplied by this where it is not 0
  bool scale_by_layer = false;  ///< and divided by the layer's number, counted from 1
  double score_cap = 0;         ///< c > 0: scores become c · tanh(score / c) before the mask
  double query_key_value_clip =
      0;  ///< c > 0: q, k and v are clamped to [−c, c] (after their norms)
  QueryKeyNorm query_key_norm = QueryKeyNorm::none;
  NormKind query_key_norm_kind = NormKind::rms;
  bool query_key_norm_bias = false;
  /// The ways in which queries and keys are turned by their positions.
  std::vector<Rotation> rotations;
  /// One a layer: index into `rotations`, -1: that layer is not rotated. Empty: all take the first,
  /// where there is one.
  std::vector<std::int64_t> rotation_of_layer;
  ScoreBias score_bias;
  bool query_key_value_bias = true;
  bool output_bias = true;

  // MLP
  std::int64_t intermediate = 0;
  Activation activation = Activation::gelu;
  bool mlp_bias = true;
  bool gated =
      false;  ///< MLP: down(activation(gate(x)) · up(x)) instead of down(activation(up(x)))
  Experts experts;

  // Layers
  /// One a layer: the index of the weights that it uses. Empty: every layer has its own.
  std::vector<std::int64_t> blocks;
  std::int64_t blocks_per_group = 1;  ///< how tensors of shared layers are numbered in the files
  LayerFlow flow = LayerFlow::serial;
  NormKind norm_kind = NormKind::layer;
  NormPlace norm_place = NormPlace::after;
  bool norm_weight = true;     ///< false: norms have neither weight nor bias
  bool norm_bias = true;       ///< of LayerNorm; RMSNorm has none
  bool norm_plus_one = false;  ///< the stored weight w stands for 1 + w
  bool first_norm = true;      ///< false: the first layer's attention reads the stream as it is
  bool residual_from_norm = false;  ///< NormPlace::before: what is added to is the normed input
  double residual_factor = 1;       ///< attention and MLP outputs are multiplied by it
  double norm_eps = 1e-12;
  Convolution convolution;

  // The start of an untrained model
  double initializer_range = 0.02;
  /// > 0: an untrained model's normals end at this many standard deviations.
  double initializer_cutoff = 0;
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
  /// nullptr: the layer is not rotated.
  const Rotation* rotation(std::int64_t layer) const;
  /// Whether this block of weights has experts in place of one MLP.
  bool sparse(std::int64_t block) const {
    return experts.count > 0 &&
           (experts.layers.empty() || experts.layers[static_cast<std::size_t>(block)]);
  }
  std::int64_t n_blocks() const;
  bool operator==(const ArchitectureSpec&) const = default;
};

/// The max_positions of a family whose positions have no end.
inline constexpr std::int64_t kUnlimitedPositions = std::numeric_limits<std::int32_t>::max();

/// A tensor that the engine wants: its name there, the family's own name without model prefix
/// ("encoder.layer.0.attention.self.query.weight") and its shape.
struct WantedTensor {
  std::string name;
  std::string family_name;
  std::vector<std::int64_t> shape;
  /// What is stored where that is not the wanted tensor itself: after transposition, where that is
  /// asked for, `rows` of it are. Empty: the wanted tensor is stored.
  std::vector<std::int64_t> stored_shape = {};
  bool transposed = false;
  RowSelection rows = {};
  /// Standard deviation of an untrained model's values; < 0: as the kind of tensor has it
  /// (initializer_range for products and tables, norms 1, biases 0).
  double start = -1;
};

/// False for the tensors that the last layer's attention does not depend on (its values, output
/// and MLP, unless an earlier layer shares them): they are checked, and never read.
bool attention_depends_on(const ArchitectureSpec& architecture, const std::string& name);

}  // namespace attnsweep::spec
