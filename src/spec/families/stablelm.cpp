// StableLM: LLaMA with LayerNorm and part of each head rotated; in some sizes parallel, with a norm
// of its own for each head's queries and keys.
#include "spec/families/older_decoders.hpp"
#include "spec/families/rotary.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read(ConfigReader& config) {
  auto spec = older_decoder(config);
  spec.n_layers = config.count("num_hidden_layers", 32);
  spec.n_heads = config.count("num_attention_heads", 32);
  const auto* keys = config.find("num_key_value_heads");
  // Null is one a query head, as everywhere; only a missing key has the family's own meaning.
  spec.key_value_heads = count_or(config, "num_key_value_heads", keys ? spec.n_heads : 32);
  spec.hidden = config.count("hidden_size", 2560);
  spec.intermediate = config.count("intermediate_size", 6912);
  spec.vocabulary = config.count("vocab_size", 50304);
  spec.max_positions = config.count("max_position_embeddings", 4096);
  spec.padding_id = config.id("pad_token_id", -1);
  spec.norm_eps = config.positive("layer_norm_eps", 1e-5);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "hidden_act", "silu");
  spec.gated = true;
  spec.query_key_value_bias = config.flag("use_qkv_bias", false);
  spec.output_bias = spec.mlp_bias = false;
  if (config.flag("use_parallel_residual", false)) spec.flow = LayerFlow::parallel;
  if (config.flag("qk_layernorm", false)) {
    spec.query_key_norm = QueryKeyNorm::own_head;
    spec.query_key_norm_kind = NormKind::layer;
  }
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  check_groups(config, spec, "num_key_value_heads");
  if (config.problems().empty()) read_rotary(config, spec, {.partial = true, .share = 0.25});
  config.harmless("hidden_dropout attention_dropout");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out{
      {"embeddings.word", "embed_tokens.weight", {spec.vocabulary, spec.hidden}}};
  const LayerNames names{"self_attn.q_proj", "self_attn.k_proj",         "self_attn.v_proj",
                         "self_attn.o_proj", "input_layernorm",          "mlp.up_proj",
                         "mlp.down_proj",    "post_attention_layernorm", "mlp.gate_proj"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    const auto family_layer = "layers." + std::to_string(i) + ".";
    add_layer(out, spec, i, family_layer, names);
    if (spec.query_key_norm == QueryKeyNorm::none) continue;
    BlockTensors layer(out, spec, i, family_layer);
    const auto norms = [&](const std::string& part, const std::string& family, std::int64_t heads) {
      for (std::int64_t head = 0; head < heads; ++head) {
        const auto one = std::to_string(head) + ".weight";
        layer.tensor(part + "." + one, family + ".norms." + one, {spec.head_size()});
      }
    };
    norms("q_norm", "self_attn.q_layernorm", spec.n_heads);
    norms("k_norm", "self_attn.k_layernorm", spec.kv_heads());
  }
  return out;
}

}  // namespace

Family stablelm_family() {
  Family family;
  family.model_types = {"stablelm"};
  family.summary = "decoder; as llama with LayerNorm, part of each head rotated";
  family.options = {"partial_rotary_factor, num_key_value_heads: any",
                    "use_qkv_bias, qk_layernorm, use_parallel_residual: true, false",
                    "rope_theta with rope_scaling, or rope_parameters",
                    activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "model.";
  family.expected_extras = {"norm.", "lm_head.", "score.", "classifier.", "qa_outputs."};
  family.expected_endings = {"rotary_emb.inv_freq"};
  return family;
}

}  // namespace attnsweep::spec
