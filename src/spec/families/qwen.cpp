// Qwen2 and Qwen3: LLaMA with biases or normed queries and keys, and windows in some layers; both
// also as mixtures of experts.
#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

constexpr const char* kText = "a model of text alone";

/// sliding_window where use_sliding_window is on; 0: no layer has one.
std::int64_t window_in_use(ConfigReader& config) {
  const bool use = config.flag("use_sliding_window", false);
  const auto* given = config.find("sliding_window");
  return use && !(given && given->is_null()) ? config.count("sliding_window", 4096) : 0;
}

/// layer_types where it is given, else the layers from max_window_layers on.
void read_windows(ConfigReader& config, ArchitectureSpec& spec) {
  const auto width = window_in_use(config);
  const auto from = config.from_zero("max_window_layers", 28);
  read_layer_types(config, spec, width, "use_sliding_window is off or sliding_window null",
                   [&](std::int64_t i) { return i >= from; });
}

ArchitectureSpec read_qwen2(ConfigReader& config) {
  const DecoderDefaults defaults{
      .kv_heads = 32, .intermediate = 22016, .vocabulary = 151936, .positions = 32768};
  auto spec = read_decoder(config, defaults);
  spec.query_key_value_bias = true;
  config.only("use_mrope", false, kText);
  read_windows(config, spec);
  finish_decoder(config, spec, defaults);
  return spec;
}

ArchitectureSpec read_qwen3(ConfigReader& config) {
  const DecoderDefaults defaults{.kv_heads = 32,
                                 .intermediate = 22016,
                                 .vocabulary = 151936,
                                 .positions = 32768,
                                 .head_width = 128};
  auto spec = read_decoder(config, defaults);
  spec.query_key_norm = QueryKeyNorm::head;
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  read_windows(config, spec);
  finish_decoder(config, spec, defaults);
  return spec;
}

ArchitectureSpec read_qwen2_moe(ConfigReader& config) {
  const DecoderDefaults defaults{.layers = 24,
                                 .heads = 16,
                                 .kv_heads = 16,
                                 .hidden = 2048,
                                 .intermediate = 5632,
                                 .vocabulary = 151936,
                                 .positions = 32768};
  auto spec = read_decoder(config, defaults);
  spec.query_key_value_bias = config.flag("qkv_bias", true);
  config.only("use_mrope", false, kText);
  read_experts(config, spec, 60, 4);
  spec.experts.renormalise = config.flag("norm_topk_prob", false);
  spec.experts.intermediate = config.count("moe_intermediate_size", 1408);
  spec.experts.shared = config.count("shared_expert_intermediate_size", 5632);
  read_sparse_layers(config, spec);
  read_windows(config, spec);
  finish_decoder(config, spec, defaults);
  return spec;
}

ArchitectureSpec read_qwen3_moe(ConfigReader& config) {
  const DecoderDefaults defaults{.layers = 24,
                                 .kv_heads = 4,
                                 .hidden = 2048,
                                 .intermediate = 6144,
                                 .vocabulary = 151936,
                                 .positions = 32768};
  auto spec = read_decoder(config, defaults);
  spec.query_key_norm = QueryKeyNorm::head;
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  read_experts(config, spec, 128, 8);
  spec.experts.renormalise = config.flag("norm_topk_prob", false);
  spec.experts.intermediate = config.count("moe_intermediate_size", 768);
  read_sparse_layers(config, spec);
  const auto width = window_in_use(config);
  read_layer_types(config, spec, width, "use_sliding_window is off or sliding_window null",
                   [](std::int64_t) { return true; });
  config.harmless("max_window_layers");  // its windows, where there are any, are in every layer
  finish_decoder(config, spec, defaults);
  return spec;
}

}  // namespace

Family qwen2_family() {
  auto family =
      decoder_family("qwen2", read_qwen2,
                     {"use_sliding_window, sliding_window, max_window_layers, layer_types: any"});
  family.summary = "decoder; as llama, with biases of query, key and value";
  return family;
}

Family qwen3_family() {
  auto family =
      decoder_family("qwen3", read_qwen3,
                     {"use_sliding_window, sliding_window, max_window_layers, layer_types: any",
                      "attention_bias: true, false"});
  family.summary = "decoder; as llama, with RMSNorm of each query and key";
  return family;
}

Family qwen2_moe_family() {
  auto family =
      decoder_family("qwen2_moe", read_qwen2_moe,
                     {"num_experts (num_local_experts), num_experts_per_tok, norm_topk_prob, "
                      "moe_intermediate_size, shared_expert_intermediate_size: any",
                      "decoder_sparse_step, mlp_only_layers: any", "qkv_bias: true, false",
                      "use_sliding_window, sliding_window, max_window_layers, layer_types: any"});
  family.summary = "decoder; as qwen2, the MLP a mixture with a shared expert";
  return family;
}

Family qwen3_moe_family() {
  auto family = decoder_family(
      "qwen3_moe", read_qwen3_moe,
      {"num_experts (num_local_experts), num_experts_per_tok, "
       "norm_topk_prob, moe_intermediate_size: any",
       "decoder_sparse_step, mlp_only_layers: any",
       "use_sliding_window, sliding_window, layer_types: any", "attention_bias: true, false"});
  family.summary = "decoder; as qwen3, the MLP a mixture";
  return family;
}

}  // namespace attnsweep::spec
