#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read_llama(ConfigReader& config) {
  auto spec = read_decoder(config, 0);
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  spec.mlp_bias = config.flag("mlp_bias", false);
  config.harmless("pretraining_tp");  // slices products, which changes no number
  finish_decoder(config, spec, 0);
  return spec;
}

ArchitectureSpec read_mistral(ConfigReader& config) {
  auto spec = read_decoder(config, 8);
  const auto* window = config.find("sliding_window");
  if (!window || !window->is_null()) {
    const auto width = config.count("sliding_window", 4096);
    if (config.problems().empty() && spec.n_layers <= 4096)
      spec.windows.assign(static_cast<std::size_t>(spec.n_layers), width);
  }
  finish_decoder(config, spec, 0);
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

}  // namespace attnsweep::spec
