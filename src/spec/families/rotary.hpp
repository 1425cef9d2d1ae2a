#pragma once
// Private to src/spec/families: rotary positions as config.json spells them.
#include <string>

#include "spec/families/family.hpp"

namespace attnsweep::spec {

/// What a family's rotation is where config.json does not say otherwise. The keys are those beside
/// rope_scaling; in rope_parameters they are rope_theta and partial_rotary_factor for all.
struct RotaryDefaults {
  double theta = 10000;
  const char* theta_key = "rope_theta";
  /// Whether the family may turn a part of each head's columns: share_key says how much of it,
  /// `share` where that key is missing. Else whole heads turn, and the key must say so.
  bool partial = false;
  double share = 1;
  const char* share_key = "partial_rotary_factor";
  bool neighbours = false;  ///< pairs are neighbouring columns
  /// Phi-3's first spelling: "su" and "yarn" under `type` mean longrope.
  bool old_longrope = false;
};

/// One rotation from the object below `key` ("rope_parameters.full_attention"), whose entries go
/// before the family's `defaults`; what is not executed is a problem that names it. Needs the
/// architecture's head size and max_positions, as config.json has them.
Rotation read_rotation(ConfigReader& config, const ArchitectureSpec& spec, const std::string& key,
                       const nlohmann::json& object, const RotaryDefaults& defaults);

/// Appends the architecture's rotation, from rope_theta and rope_scaling, or from rope_parameters.
void read_rotary(ConfigReader& config, ArchitectureSpec& spec, const RotaryDefaults& defaults = {});

/// Dynamic rotations are there for sequences of up to factor × max_position_embeddings tokens.
void lengthen_positions(ArchitectureSpec& spec);

}  // namespace attnsweep::spec
