// LLaMA with fused tensors, a part of each head rotated, and longrope.
#include "spec/families/decoder.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read_phi3(ConfigReader& config) {
  const DecoderDefaults defaults{.hidden = 3072,
                                 .intermediate = 8192,
                                 .vocabulary = 32064,
                                 .positions = 4096,
                                 .padding_id = 32000,
                                 .norm_eps = 1e-5,
                                 .rotary = {.partial = true, .old_longrope = true}};
  auto spec = read_decoder(config, defaults);
  // Published files carry keys of models that grew from it.
  for (const char* key : {"attention_bias", "mlp_bias"})
    config.only(key, false, "its products have no biases");
  for (const char* key : {"full_attn_mod", "interpolate_factor"})
    config.only(key, 1, "nothing in its library reads it");
  config.harmless("resid_pdrop embd_pdrop lm_head_bias");
  read_one_window(config, spec, 0);
  finish_decoder(config, spec, defaults);
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  auto names = decoder_names();
  names.query = names.key = names.value = names.gate = names.up = "";
  auto out = decoder_tensors(spec, names, {});
  const auto h = spec.hidden, m = spec.intermediate, q = spec.query_width(), k = spec.key_width();
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    BlockTensors layer(out, spec, i, "layers." + std::to_string(i) + ".");
    const auto fused = [&](const char* part, const char* family, std::int64_t first,
                           std::int64_t rows, std::int64_t all) {
      layer.linear(part, family, rows, h, false, {all, {first}});
    };
    fused("q", "self_attn.qkv_proj", 0, q, q + 2 * k);
    fused("k", "self_attn.qkv_proj", q, k, q + 2 * k);
    fused("v", "self_attn.qkv_proj", q + k, k, q + 2 * k);
    fused("gate", "mlp.gate_up_proj", 0, m, 2 * m);
    fused("up", "mlp.gate_up_proj", m, m, 2 * m);
  }
  return out;
}

}  // namespace

Family phi3_family() {
  auto family = decoder_family("phi3", read_phi3,
                               {"partial_rotary_factor, original_max_position_embeddings: any",
                                "rope_scaling.type: su (longrope)", "sliding_window: any, null"});
  family.summary = "decoder; as llama, fused tensors, part of each head rotated";
  family.tensors = tensors;
  return family;
}

}  // namespace attnsweep::spec
