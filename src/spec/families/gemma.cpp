// Gemma: LLaMA with embeddings times √hidden and norms whose stored weight w stands for 1 + w; the
// second adds norms behind the branches, soft caps and windows, the third norms of queries and keys
// and a rotation of its own for the layers with a window.
#include <cmath>

#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read_gemmas(ConfigReader& config, const DecoderDefaults& defaults) {
  auto spec = read_decoder(config, defaults);
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  spec.norm_plus_one = true;
  spec.embedding_factor = std::sqrt(static_cast<double>(spec.hidden));
  return spec;
}

/// hidden_activation goes before hidden_act. The first checkpoints have the latter alone, as
/// "gelu", and were trained with its approximation; transformers 4.57 takes that word literally,
/// which its own documentation and its other versions do not.
Activation gemma_activation(ConfigReader& config, Activation hidden_act) {
  const auto* later = config.find("hidden_activation");
  if (later && !later->is_null()) return read_activation(config, "hidden_activation");
  return hidden_act == Activation::gelu ? Activation::gelu_tanh : hidden_act;
}

ArchitectureSpec read_gemma(ConfigReader& config) {
  const DecoderDefaults defaults{.layers = 28,
                                 .heads = 16,
                                 .kv_heads = 16,
                                 .hidden = 3072,
                                 .intermediate = 24576,
                                 .vocabulary = 256000,
                                 .positions = 8192,
                                 .padding_id = 0,
                                 .head_width = 256,
                                 .activation = "gelu_pytorch_tanh"};
  auto spec = read_gemmas(config, defaults);
  spec.activation = gemma_activation(config, spec.activation);
  config.only("use_bidirectional_attention", false, "a decoder");
  finish_decoder(config, spec, defaults);
  return spec;
}

DecoderDefaults later_defaults(std::int64_t vocabulary, std::int64_t positions, double theta) {
  return {.layers = 26,
          .heads = 8,
          .kv_heads = 4,
          .hidden = 2304,
          .intermediate = 9216,
          .vocabulary = vocabulary,
          .positions = positions,
          .padding_id = 0,
          .head_width = 256,
          .activation = "gelu_pytorch_tanh",
          .activation_key = "hidden_activation",
          .rotary = {.theta = theta}};
}

/// Norms around the branches, the scale of the scores, and windows in all layers but each
/// `pattern`-th.
ArchitectureSpec read_later(ConfigReader& config, const DecoderDefaults& defaults,
                            std::int64_t pattern) {
  auto spec = read_gemmas(config, defaults);
  spec.norm_place = NormPlace::around;
  spec.score_factor = 1 / std::sqrt(config.positive("query_pre_attn_scalar", 256));
  // hidden_activation stands in its place.
  config.harmless("final_logit_softcapping hidden_act");
  read_layer_types(config, spec, config.count("sliding_window", 4096), "",
                   [&](std::int64_t i) { return (i + 1) % pattern != 0; });
  return spec;
}

ArchitectureSpec read_gemma2(ConfigReader& config) {
  const auto defaults = later_defaults(256000, 8192, 10000);
  auto spec = read_later(config, defaults, 2);
  const bool given = config.find("attn_logit_softcapping") != nullptr;
  spec.score_cap = given ? positive_or_none(config, "attn_logit_softcapping").value_or(0) : 50;
  config.only("use_bidirectional_attention", false, "a decoder");
  finish_decoder(config, spec, defaults);
  return spec;
}

/// The rotation of the layers without a window, then that of the layers with one. Older versions of
/// the library spell them rope_theta with rope_scaling and rope_local_base_freq, newer ones as two
/// objects in rope_parameters.
void read_rotations(ConfigReader& config, ArchitectureSpec& spec, const RotaryDefaults& whole) {
  RotaryDefaults local = whole;
  local.theta = config.positive("rope_local_base_freq", 10000);
  for (const auto window : spec.windows) spec.rotation_of_layer.push_back(window > 0 ? 1 : 0);
  const auto* parameters = config.find("rope_parameters");
  const auto part = [&](const char* name) {
    const auto it = parameters->find(name);
    return it != parameters->end() && it->is_object() ? *it : nlohmann::json::object();
  };
  if (!parameters || !parameters->is_object() || !parameters->contains("full_attention")) {
    read_rotary(config, spec, whole);
    if (config.problems().empty())
      spec.rotations.push_back(
          read_rotation(config, spec, "rope_scaling", nlohmann::json::object(), local));
    return;
  }
  for (const auto& [name, value] : parameters->items())
    if (name != "full_attention" && name != "sliding_attention")
      config.leave_over("rope_parameters." + name);
  if (config.find("rope_scaling") && !config.find("rope_scaling")->is_null())
    config.problem("rope_scaling", "given beside rope_parameters; expected one of the two");
  auto own = whole;
  own.theta = config.positive("rope_theta", whole.theta);
  spec.rotations = {
      read_rotation(config, spec, "rope_parameters.full_attention", part("full_attention"), own),
      read_rotation(config, spec, "rope_parameters.sliding_attention", part("sliding_attention"),
                    local)};
  lengthen_positions(spec);
}

ArchitectureSpec read_gemma3(ConfigReader& config) {
  const auto defaults = later_defaults(262208, 131072, 1000000);
  const auto pattern = config.count("sliding_window_pattern", 6);
  auto spec = read_later(config, defaults, pattern);
  config.only("attn_logit_softcapping", nullptr, "the library passes over it in this family");
  spec.query_key_norm = QueryKeyNorm::head;
  config.harmless("_sliding_window_pattern");  // layer_types stands beside it
  if (config.flag("use_bidirectional_attention", false)) {
    spec.causal = false;
    // The library keeps |i − j| < W / 2 + 1.
    for (auto& window : spec.windows) window /= 2;
    if (config.count("sliding_window", 4096) == 1)
      config.problem("sliding_window", "1 leaves each token itself alone; expected 2 or more");
  }
  check_decoder(config, spec, defaults);
  if (config.problems().empty()) read_rotations(config, spec, defaults.rotary);
  return spec;
}

std::vector<WantedTensor> later_tensors(const ArchitectureSpec& spec) {
  auto names = decoder_names();
  names.attention_after = "post_attention_layernorm";
  names.mlp_norm = "pre_feedforward_layernorm";
  names.mlp_after = "post_feedforward_layernorm";
  return decoder_tensors(spec, names, {});
}

constexpr const char* kLaterOptions = "query_pre_attn_scalar, sliding_window, layer_types: any";

}  // namespace

Family gemma_family() {
  auto family =
      decoder_family("gemma", read_gemma,
                     {"hidden_activation: any, null", "hidden_act gelu: gelu_pytorch_tanh",
                      "attention_bias: true, false"});
  family.summary = "decoder; as llama, embeddings times √hidden, norm weights counted from 1";
  return family;
}

Family gemma2_family() {
  auto family = decoder_family(
      "gemma2", read_gemma2,
      {kLaterOptions, "attn_logit_softcapping: any, null", "attention_bias: true, false"},
      "hidden_activation");
  family.summary = "decoder; as gemma, norms around the branches, capped scores, windows in turn";
  family.tensors = later_tensors;
  return family;
}

Family gemma3_family() {
  auto family = decoder_family("gemma3_text", read_gemma3,
                               {kLaterOptions, "sliding_window_pattern, rope_local_base_freq: any",
                                "use_bidirectional_attention, attention_bias: true, false"},
                               "hidden_activation");
  family.summary = "decoder; as gemma2, normed queries and keys, a rotation for each layer type";
  family.tensors = later_tensors;
  return family;
}

}  // namespace attnsweep::spec
