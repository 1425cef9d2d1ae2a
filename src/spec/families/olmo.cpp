// OLMo, OLMo 2 and OLMoE: LLaMA with other norms, and clamped queries, keys and values.
#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read_olmo(ConfigReader& config) {
  const DecoderDefaults defaults{.vocabulary = 50304, .padding_id = 1};
  auto spec = read_decoder(config, defaults);
  spec.norm_kind = NormKind::layer;
  spec.norm_weight = false;
  spec.norm_eps = 1e-5;  // config.json has no key for it
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  spec.query_key_value_clip = positive_or_none(config, "clip_qkv").value_or(0);
  finish_decoder(config, spec, defaults);
  return spec;
}

ArchitectureSpec read_olmo2(ConfigReader& config) {
  const DecoderDefaults defaults{.vocabulary = 50304, .padding_id = 1, .norm_eps = 1e-5};
  auto spec = read_decoder(config, defaults);
  spec.norm_place = NormPlace::branch;
  spec.query_key_norm = QueryKeyNorm::full;
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  finish_decoder(config, spec, defaults);
  return spec;
}

ArchitectureSpec read_olmoe(ConfigReader& config) {
  const DecoderDefaults defaults{.layers = 16,
                                 .heads = 16,
                                 .hidden = 2048,
                                 .intermediate = 2048,
                                 .vocabulary = 50304,
                                 .positions = 4096,
                                 .padding_id = 1,
                                 .norm_eps = 1e-5};
  auto spec = read_decoder(config, defaults);
  spec.query_key_norm = QueryKeyNorm::full;
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  spec.query_key_value_clip = positive_or_none(config, "clip_qkv").value_or(0);
  read_experts(config, spec, 64, 8);
  spec.experts.renormalise = config.flag("norm_topk_prob", false);
  spec.experts.intermediate = spec.intermediate;
  finish_decoder(config, spec, defaults);
  return spec;
}

}  // namespace

Family olmo_family() {
  auto family =
      decoder_family("olmo", read_olmo, {"clip_qkv: any, null", "attention_bias: true, false"});
  family.summary = "decoder; as llama with LayerNorm without weights";
  return family;
}

Family olmo2_family() {
  auto family = decoder_family("olmo2", read_olmo2, {"attention_bias: true, false"});
  family.summary = "decoder; as llama, norms on the branches' outputs and on all heads together";
  family.tensors = [](const ArchitectureSpec& spec) {
    auto names = decoder_names();
    names.attention_norm = "post_attention_layernorm";
    names.mlp_norm = "post_feedforward_layernorm";
    return decoder_tensors(spec, names, {});
  };
  return family;
}

Family olmoe_family() {
  auto family =
      decoder_family("olmoe", read_olmoe,
                     {"num_experts (num_local_experts), num_experts_per_tok, norm_topk_prob: any",
                      "clip_qkv: any, null", "attention_bias: true, false"});
  family.summary = "decoder; as llama, queries and keys normed over all heads, the MLP a mixture";
  return family;
}

}  // namespace attnsweep::spec
