#pragma once
// What LLaMA and the families that follow it share. Private to src/spec/families.
#include "spec/families/family.hpp"

namespace attnsweep::spec {

/// Sizes, RMSNorm before attention and MLP, rotary positions, grouped heads and a gated MLP without
/// biases. `kv_heads`: what a missing num_key_value_heads means; 0: as many as query heads.
ArchitectureSpec read_decoder(ConfigReader& config, std::int64_t kv_heads);
/// head_dim where it is given; the checks that go across keys and the rotation, which need it.
void finish_decoder(ConfigReader& config, ArchitectureSpec& spec, std::int64_t head_width);
std::vector<WantedTensor> decoder_tensors(const ArchitectureSpec& spec);
/// A family whose tensors are called as LLaMA's.
Family decoder_family(const std::string& model_type, ArchitectureSpec (*read)(ConfigReader&),
                      std::vector<std::string> own_options);

/// Rotation from rope_theta and rope_scaling, or from rope_parameters; what is not executed is a
/// problem that names it.
void read_rotary(ConfigReader& config, ArchitectureSpec& spec);

}  // namespace attnsweep::spec
