#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read_starcoder2(ConfigReader& config) {
  const DecoderDefaults defaults{.layers = 30,
                                 .heads = 24,
                                 .kv_heads = 2,
                                 .hidden = 3072,
                                 .intermediate = 12288,
                                 .vocabulary = 49152,
                                 .positions = 4096,
                                 .norm_eps = 1e-5,
                                 .norm_eps_key = "norm_epsilon",
                                 .activation = "gelu_pytorch_tanh",
                                 .initializer_range = 0.018042};
  auto spec = read_decoder(config, defaults);
  spec.norm_kind = NormKind::layer;
  spec.gated = false;
  spec.query_key_value_bias = spec.output_bias = spec.mlp_bias = config.flag("use_bias", true);
  // Published files carry keys of its forerunner, GPT-BigCode.
  config.only("mlp_type", "default", "a plain MLP");
  config.only("norm_type", "layer_norm", "no other norm is in its library");
  config.only("scale_attn_weights", true, "scores are divided by √head size");
  config.harmless(
      "residual_dropout embedding_dropout layer_norm_epsilon attention_softmax_in_fp32 "
      "scale_attention_softmax_in_fp32");
  read_one_window(config, spec, 0);
  finish_decoder(config, spec, defaults);
  return spec;
}

}  // namespace

Family starcoder2_family() {
  auto family = decoder_family("starcoder2", read_starcoder2,
                               {"use_bias: true, false", "sliding_window: any, null"});
  family.summary = "decoder; as mistral with LayerNorm, biases and a plain MLP";
  family.tensors = [](const ArchitectureSpec& spec) {
    auto names = decoder_names();
    names.up = "mlp.c_fc";
    names.down = "mlp.c_proj";
    return decoder_tensors(spec, names, {});
  };
  return family;
}

}  // namespace attnsweep::spec
