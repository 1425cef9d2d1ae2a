// LLaMA and the families that differ from it in few keys.
#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read_llama(ConfigReader& config) {
  const DecoderDefaults defaults;
  auto spec = read_decoder(config, defaults);
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  spec.mlp_bias = config.flag("mlp_bias", false);
  // The first slices products, which changes no number; nothing reads the second.
  config.harmless("pretraining_tp max_sequence_length");
  finish_decoder(config, spec, defaults);
  return spec;
}

ArchitectureSpec read_mistral(ConfigReader& config) {
  const DecoderDefaults defaults{.kv_heads = 8, .intermediate = 14336, .positions = 4096 * 32};
  auto spec = read_decoder(config, defaults);
  read_one_window(config, spec, 4096);
  finish_decoder(config, spec, defaults);
  return spec;
}

ArchitectureSpec read_granite(ConfigReader& config) {
  const DecoderDefaults defaults;
  auto spec = read_decoder(config, defaults);
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  spec.mlp_bias = config.flag("mlp_bias", false);
  spec.embedding_factor = config.positive("embedding_multiplier", 1);
  spec.score_factor = config.positive("attention_multiplier", 1);
  spec.residual_factor = config.positive("residual_multiplier", 1);
  config.harmless("logits_scaling");
  finish_decoder(config, spec, defaults);
  return spec;
}

/// One a layer, 0 or 1: whether it is rotated.
std::vector<bool> rotated_layers(ConfigReader& config, std::int64_t n_layers) {
  const auto interval = config.count("no_rope_layer_interval", 4);
  const auto* given = config.find("no_rope_layers");
  std::vector<bool> rotated;
  if (!given || given->is_null()) {
    for (std::int64_t i = 0; i < n_layers; ++i) rotated.push_back((i + 1) % interval != 0);
    return rotated;
  }
  const auto unexpected = [&](const nlohmann::json& got) {
    config.unexpected("no_rope_layers", got,
                      "a list of num_hidden_layers " + std::to_string(n_layers) +
                          " entries, 1 where a layer is rotated and 0 where it is not");
    return std::vector<bool>(static_cast<std::size_t>(n_layers), true);
  };
  if (!given->is_array() || std::ssize(*given) != n_layers) return unexpected(*given);
  for (const auto& one : *given) {
    if (one != 0 && one != 1 && !one.is_boolean()) return unexpected(one);
    rotated.push_back(one.is_boolean() ? one.get<bool>() : one == 1);
  }
  return rotated;
}

ArchitectureSpec read_smollm3(ConfigReader& config) {
  const DecoderDefaults defaults{.layers = 36,
                                 .heads = 16,
                                 .kv_heads = 4,
                                 .hidden = 2048,
                                 .vocabulary = 128256,
                                 .positions = 32768,
                                 .padding_id = 128004,
                                 .rotary = {.theta = 2000000}};
  auto spec = read_decoder(config, defaults);
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  spec.mlp_bias = config.flag("mlp_bias", false);
  const bool use = config.flag("use_sliding_window", false);
  const auto* window = config.find("sliding_window");
  const bool has_window = use && window && !window->is_null();
  const auto width = has_window ? config.count("sliding_window") : 0;
  config.harmless("max_window_layers pretraining_tp");
  if (!config.problems().empty() || spec.n_layers > 4096) return spec;
  const auto rotated = rotated_layers(config, spec.n_layers);
  for (const bool one : rotated) spec.rotation_of_layer.push_back(one ? 0 : -1);
  read_layer_types(config, spec, width, "use_sliding_window is off or sliding_window null",
                   [&](std::int64_t i) { return !rotated[static_cast<std::size_t>(i)]; });
  finish_decoder(config, spec, defaults);
  return spec;
}

}  // namespace

Family llama_family() {
  auto family = decoder_family("llama", read_llama, {"attention_bias, mlp_bias: true, false"});
  family.summary = "decoder; rotary positions, RMSNorm before, grouped heads, gated MLP";
  return family;
}

Family mistral_family() {
  auto family = decoder_family("mistral", read_mistral, {"sliding_window: any, null"});
  family.summary = "decoder; as llama, every layer with a sliding window";
  return family;
}

Family granite_family() {
  auto family =
      decoder_family("granite", read_granite,
                     {"embedding_multiplier, attention_multiplier, residual_multiplier: any",
                      "attention_bias, mlp_bias: true, false"});
  family.summary = "decoder; as llama, embeddings, scores and branches multiplied";
  return family;
}

Family smollm3_family() {
  auto family = decoder_family("smollm3", read_smollm3,
                               {"no_rope_layers, no_rope_layer_interval: any",
                                "use_sliding_window, sliding_window, layer_types: any",
                                "attention_bias, mlp_bias: true, false"});
  family.summary = "decoder; as llama, some layers not rotated";
  return family;
}

}  // namespace attnsweep::spec
