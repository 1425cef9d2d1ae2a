// Qwen2 and Qwen3: LLaMA with biases or normed queries and keys, and windows in some layers.
#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

/// layer_types where it is given, else the layers from max_window_layers on.
void read_windows(ConfigReader& config, ArchitectureSpec& spec) {
  const bool use = config.flag("use_sliding_window", false);
  const auto* given = config.find("sliding_window");
  const bool has_window = use && !(given && given->is_null());
  const auto width = has_window ? config.count("sliding_window", 4096) : 0;
  const auto from = config.from_zero("max_window_layers", 28);
  if (!config.problems().empty() || spec.n_layers > 4096) return;
  spec.windows.assign(static_cast<std::size_t>(spec.n_layers), 0);
  const auto* types = config.find("layer_types");
  if (!types || types->is_null()) {
    for (auto i = from; i < spec.n_layers; ++i) spec.windows[static_cast<std::size_t>(i)] = width;
    return;
  }
  if (!types->is_array() || std::ssize(*types) != spec.n_layers)
    return config.unexpected(
        "layer_types", *types,
        "a list of num_hidden_layers " + std::to_string(spec.n_layers) + " entries");
  for (std::size_t i = 0; i < types->size(); ++i) {
    const auto& type = (*types)[i];
    const auto name = type.is_string() ? type.get<std::string>() : std::string();
    if (name == "sliding_attention" && has_window)
      spec.windows[i] = width;
    else if (name == "sliding_attention")
      return config.unexpected("layer_types", type,
                               "full_attention: use_sliding_window is off or sliding_window null");
    else if (name != "full_attention")
      return config.unexpected("layer_types", type, "full_attention or sliding_attention");
  }
}

ArchitectureSpec read_qwen2(ConfigReader& config) {
  auto spec = read_decoder(config, 32);
  spec.query_key_value_bias = true;
  read_windows(config, spec);
  finish_decoder(config, spec, 0);
  return spec;
}

ArchitectureSpec read_qwen3(ConfigReader& config) {
  auto spec = read_decoder(config, 32);
  spec.query_key_norm = QueryKeyNorm::head;
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  read_windows(config, spec);
  finish_decoder(config, spec, 128);
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

}  // namespace attnsweep::spec
