#pragma once
// What LLaMA and the families that follow it share. Private to src/spec/families.
#include <functional>
#include <optional>

#include "spec/families/family.hpp"
#include "spec/families/rotary.hpp"

namespace attnsweep::spec {

/// What a family's missing keys mean, and what it calls those that others call otherwise.
struct DecoderDefaults {
  std::int64_t layers = 32, heads = 32;
  std::int64_t kv_heads = 0;  ///< 0: as many as query heads
  std::int64_t hidden = 4096, intermediate = 11008, vocabulary = 32000;
  std::int64_t positions = 2048;
  std::int64_t padding_id = -1;
  std::int64_t head_width = 0;  ///< 0: hidden / n_heads
  double norm_eps = 1e-6;
  const char* norm_eps_key = "rms_norm_eps";
  const char* activation = "silu";
  const char* activation_key = "hidden_act";
  double initializer_range = 0.02;
  RotaryDefaults rotary = {};
};

/// Sizes, RMSNorm before attention and MLP, rotary positions, grouped heads and a gated MLP without
/// biases; no windows.
ArchitectureSpec read_decoder(ConfigReader& config, const DecoderDefaults& defaults = {});
/// The checks that go across keys.
void check_decoder(ConfigReader& config, const ArchitectureSpec& spec,
                   const DecoderDefaults& defaults);
/// The same and the rotation, which needs them to hold.
void finish_decoder(ConfigReader& config, ArchitectureSpec& spec, const DecoderDefaults& defaults);

/// A number > 0 under the key, or nothing where it is missing or null.
std::optional<double> positive_or_none(ConfigReader& config, const std::string& key);

/// sliding_window tokens in every layer, none where it is null; `fallback` where it is missing (0:
/// none). layer_types, where it is given, must say the same.
void read_one_window(ConfigReader& config, ArchitectureSpec& spec, std::int64_t fallback);
/// `width` tokens in the layers that layer_types calls sliding_attention or, where it is missing,
/// those for which `slides` holds. Width 0: no layer may slide, because of what `why` says.
void read_layer_types(ConfigReader& config, ArchitectureSpec& spec, std::int64_t width,
                      const std::string& why, const std::function<bool(std::int64_t)>& slides);

/// What the tensors of a mixture are called below a layer's name. Empty: there are none.
struct ExpertNames {
  std::string router, experts, gate, up, down;
  std::string shared = {}, shared_gate = {};  ///< used where the architecture has a shared expert
};
/// num_experts under either of its two names, of which num_experts_per_tok serve a token.
void read_experts(ConfigReader& config, ArchitectureSpec& spec, std::int64_t count,
                  std::int64_t top);
/// The tensors of one block's experts.
void add_experts(std::vector<WantedTensor>& out, const ArchitectureSpec& spec, std::int64_t block,
                 const std::string& family_layer, const ExpertNames& names);
/// Every `decoder_sparse_step`-th layer has experts, except those in mlp_only_layers.
void read_sparse_layers(ConfigReader& config, ArchitectureSpec& spec);

/// LLaMA's names.
LayerNames decoder_names();
ExpertNames expert_names();
std::vector<WantedTensor> decoder_tensors(const ArchitectureSpec& spec, const LayerNames& names,
                                          const ExpertNames& experts);
/// A family whose tensors are called as LLaMA's.
Family decoder_family(const std::string& model_type, ArchitectureSpec (*read)(ConfigReader&),
                      std::vector<std::string> own_options,
                      const std::string& activation_key = "hidden_act");

}  // namespace attnsweep::spec
