// Phi: attention and MLP side by side behind one LayerNorm, part of each head rotated.
#include "spec/families/older_decoders.hpp"
#include "spec/families/rotary.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read(ConfigReader& config) {
  auto spec = older_decoder(config);
  spec.n_layers = config.count("num_hidden_layers", 24);
  spec.n_heads = config.count("num_attention_heads", 32);
  spec.key_value_heads = count_or(config, "num_key_value_heads", spec.n_heads);
  spec.hidden = config.count("hidden_size", 2048);
  spec.head_width = count_or(config, "head_dim", 0);
  spec.intermediate = config.count("intermediate_size", 8192);
  spec.vocabulary = config.count("vocab_size", 51200);
  spec.max_positions = config.count("max_position_embeddings", 2048);
  spec.padding_id = config.id("pad_token_id", -1);
  spec.norm_eps = config.positive("layer_norm_eps", 1e-5);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "hidden_act", "gelu_new");
  spec.flow = LayerFlow::parallel;
  if (config.flag("qk_layernorm", false)) {
    spec.query_key_norm = QueryKeyNorm::head;
    spec.query_key_norm_kind = NormKind::layer;
    spec.query_key_norm_bias = true;
  }
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  check_groups(config, spec, "num_key_value_heads");
  if (config.problems().empty()) read_rotary(config, spec, {.partial = true, .share = 0.5});
  config.harmless("resid_pdrop embd_pdrop attention_dropout");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out{
      {"embeddings.word", "embed_tokens.weight", {spec.vocabulary, spec.hidden}}};
  LayerNames names{"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.dense",
                   "input_layernorm",  "mlp.fc1",          "mlp.fc2",          ""};
  names.query_norm = "self_attn.q_layernorm";
  names.key_norm = "self_attn.k_layernorm";
  for (std::int64_t i = 0; i < spec.n_layers; ++i)
    add_layer(out, spec, i, "layers." + std::to_string(i) + ".", names);
  return out;
}

}  // namespace

Family phi_family() {
  Family family;
  family.model_types = {"phi"};
  family.summary = "decoder; part of each head rotated, attention and MLP parallel, one norm";
  family.options = {"partial_rotary_factor, head_dim, num_key_value_heads: any",
                    "qk_layernorm: true, false", "rope_theta with rope_scaling, or rope_parameters",
                    activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "model.";
  family.expected_extras = {"final_layernorm.", "lm_head.", "score.", "classifier.", "qa_outputs."};
  family.expected_endings = {"rotary_emb.inv_freq"};
  return family;
}

}  // namespace attnsweep::spec
