#pragma once
#include <cstdint>
#include <vector>

namespace attnsweep::spec {

/// How a token's row in the table of learned positions follows from the sequence.
enum class PositionRule {
  index,          ///< row i + position_offset for token i
  after_padding,  ///< row padding_id + the number of tokens up to here that are not padding;
                  ///< row padding_id for a padding token
};

/// How the table of positions of an untrained model starts.
enum class PositionStart {
  normal,              ///< like every other weight
  normal_padding_row,  ///< the same, with row padding_id set to 0
  sinusoidal,          ///< sine at even and cosine at odd columns
};

/// Rotary positions: the first 2 · speeds.size() columns of each head are turned in pairs.
struct Rotation {
  std::vector<double> speeds;  ///< radians a position, one a pair
  double factor = 1;           ///< scales the rotated columns
  bool neighbours = false;     ///< pairs are columns (2j, 2j + 1), not (j, j + pairs)
  /// Sequences of more than `long_above` tokens take these speeds and this factor (longrope).
  std::int64_t long_above = 0;
  std::vector<double> long_speeds;
  double long_factor = 1;
  /// dynamic_factor > 0: sequences of n > dynamic_above tokens are turned with the base
  /// θ · (f n / dynamic_above − (f − 1))^(w / (w − 2)), w the rotated width (dynamic NTK).
  double dynamic_factor = 0;
  double base = 10000;  ///< θ
  std::int64_t dynamic_above = 0;
  bool operator==(const Rotation&) const = default;
};

/// What depends on the two positions and is added to a layer's scores. Products with queries and
/// keys (relative_key, disentangled) are scaled as q · k is; numbers of a table are not, and slopes
/// where alibi_scaled says so.
struct ScoreBias {
  enum class Kind {
    none,
    /// slope of the head · j, j the position of the key (Press et al. 2022).
    alibi,
    /// Row bucket(j − i) of a table buckets × heads, shared by all layers or one a layer; tensor
    /// "score_bias" (Raffel et al. 2020).
    buckets,
    /// q_i · e(i − j) of a table of (2 P − 1) × head size per layer, tensor "distance"
    /// (Shaw et al. 2018); `key_too`: k_j · e(i − j) as well (Huang et al. 2020).
    relative_key,
    /// q_i · (K e)(i, j) and k_j · (Q e)(j, i) with layer's projections of a shared table
    /// "relative.table", 2 span × hidden, whose norm is "relative.norm" (He et al. 2021); own
    /// projections pos_q, pos_k where not shared.
    disentangled,
  };
  Kind kind = Kind::none;
  // alibi
  std::vector<double> slopes;   ///< one a head
  bool alibi_bfloat16 = false;  ///< slope, position and product are rounded to bfloat16
  bool alibi_from_end = false;  ///< slope · (j − (n − 1)) instead of slope · j
  bool alibi_scaled = false;    ///< multiplied by the score factor too
  // buckets
  std::int64_t buckets = 0;
  std::int64_t bucket_distance = 128;  ///< from here on every distance has the last bucket
  bool own_tables = false;             ///< every layer has its own: layers.<i>.score_bias
  // relative_key
  std::int64_t positions = 0;  ///< P
  bool key_too = false;
  // disentangled
  bool content_to_position = false, position_to_content = false;
  std::int64_t span = 0;         ///< half the rows of the table
  std::int64_t log_buckets = 0;  ///< > 0: distances beyond half of it are taken in logarithms
  std::int64_t longest_distance = 0;
  bool shared_projections = true;
  bool table_norm = false;
  bool operator==(const ScoreBias&) const = default;
};

}  // namespace attnsweep::spec
