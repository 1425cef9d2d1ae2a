#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read_cohere(ConfigReader& config) {
  const DecoderDefaults defaults{.layers = 40,
                                 .heads = 64,
                                 .hidden = 8192,
                                 .intermediate = 22528,
                                 .vocabulary = 256000,
                                 .positions = 8192,
                                 .padding_id = 0,
                                 .norm_eps = 1e-5,
                                 .norm_eps_key = "layer_norm_eps",
                                 .rotary = {.neighbours = true}};
  auto spec = read_decoder(config, defaults);
  spec.norm_kind = spec.query_key_norm_kind = NormKind::layer;
  spec.norm_bias = false;
  spec.flow = LayerFlow::parallel;
  if (config.flag("use_qk_norm", false)) spec.query_key_norm = QueryKeyNorm::own_head;
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  config.harmless("logit_scale");
  finish_decoder(config, spec, defaults);
  return spec;
}

}  // namespace

Family cohere_family() {
  auto family = decoder_family("cohere", read_cohere,
                               {"use_qk_norm: true, false", "attention_bias: true, false"});
  family.summary = "decoder; attention and MLP parallel behind one LayerNorm without bias";
  return family;
}

}  // namespace attnsweep::spec
