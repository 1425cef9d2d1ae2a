#include "spec/families/decoder.hpp"

#include <utility>

namespace attnsweep::spec {

ArchitectureSpec read_decoder(ConfigReader& config, const DecoderDefaults& defaults) {
  ArchitectureSpec spec;
  spec.n_layers = config.count("num_hidden_layers", defaults.layers);
  spec.n_heads = config.count("num_attention_heads", defaults.heads);
  const auto* groups = config.find("num_key_value_heads");
  if (groups && !groups->is_null())
    spec.key_value_heads = config.count("num_key_value_heads");
  else
    // Null always means one key a query head; only a missing key has the family's own meaning.
    spec.key_value_heads = groups || defaults.kv_heads == 0 ? spec.n_heads : defaults.kv_heads;
  spec.hidden = config.count("hidden_size", defaults.hidden);
  const auto* width = config.find("head_dim");
  spec.head_width = width && !width->is_null() ? config.count("head_dim") : defaults.head_width;
  spec.intermediate = config.count("intermediate_size", defaults.intermediate);
  spec.vocabulary = config.count("vocab_size", defaults.vocabulary);
  spec.max_positions = config.count("max_position_embeddings", defaults.positions);
  const auto* padding = config.find("pad_token_id");
  spec.padding_id = config.id("pad_token_id", padding ? -1 : defaults.padding_id);
  spec.norm_eps = config.positive(defaults.norm_eps_key, defaults.norm_eps);
  spec.initializer_range = config.positive("initializer_range", defaults.initializer_range);
  spec.activation = read_activation(config, defaults.activation_key, defaults.activation);
  spec.norm_kind = NormKind::rms;
  spec.norm_place = NormPlace::before;
  spec.embedding_norm = false;
  spec.causal = true;
  spec.gated = true;
  spec.query_key_value_bias = spec.output_bias = spec.mlp_bias = false;
  config.harmless("attention_dropout cache_implementation");
  return spec;
}

void check_decoder(ConfigReader& config, const ArchitectureSpec& spec,
                   const DecoderDefaults& defaults) {
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  if (!config.problems().empty()) return;
  if (spec.n_heads % spec.kv_heads() != 0)
    config.problem("num_key_value_heads", std::to_string(spec.kv_heads()) +
                                              " does not divide num_attention_heads " +
                                              std::to_string(spec.n_heads));
  if (spec.head_size() % 2 != 0 && !defaults.rotary.partial)
    config.problem("head_dim", std::to_string(spec.head_size()) +
                                   "; expected an even number, whose halves are rotated");
}

void finish_decoder(ConfigReader& config, ArchitectureSpec& spec, const DecoderDefaults& defaults) {
  check_decoder(config, spec, defaults);
  if (config.problems().empty()) read_rotary(config, spec, defaults.rotary);
}

std::optional<double> positive_or_none(ConfigReader& config, const std::string& key) {
  const auto* value = config.find(key);
  if (!value || value->is_null()) return {};
  return config.positive(key, 1);
}

LayerNames decoder_names() {
  return {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
          "input_layernorm",  "mlp.up_proj",      "mlp.down_proj",    "post_attention_layernorm",
          "mlp.gate_proj",    "self_attn.q_norm", "self_attn.k_norm"};
}

std::vector<WantedTensor> decoder_tensors(const ArchitectureSpec& spec, const LayerNames& names,
                                          const ExpertNames& experts) {
  std::vector<WantedTensor> out{
      {"embeddings.word", "embed_tokens.weight", {spec.vocabulary, spec.hidden}}};
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    const auto layer = "layers." + std::to_string(i) + ".";
    if (!spec.sparse(i)) {
      add_layer(out, spec, i, layer, names);
      continue;
    }
    auto no_mlp = names;
    no_mlp.gate = no_mlp.up = no_mlp.down = "";
    add_layer(out, spec, i, layer, no_mlp);
    add_experts(out, spec, i, layer, experts);
  }
  return out;
}

Family decoder_family(const std::string& model_type, ArchitectureSpec (*read)(ConfigReader&),
                      std::vector<std::string> own_options, const std::string& activation_key) {
  Family family;
  family.model_types = {model_type};
  family.options = std::move(own_options);
  family.options.push_back(
      "rope_theta with rope_scaling, or rope_parameters: default, linear, dynamic, llama3, yarn, "
      "longrope");
  family.options.push_back(activation_key +
                           ": gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, quick_gelu, relu, "
                           "relu2, silu, tanh");
  family.read = read;
  family.tensors = [](const ArchitectureSpec& spec) {
    return decoder_tensors(spec, decoder_names(), expert_names());
  };
  family.prefix = "model.";
  // The final norm stands behind the last attention.
  family.expected_extras = {"norm.", "lm_head.", "score.", "classifier.", "qa_outputs."};
  family.expected_endings = {".rotary_emb.inv_freq"};
  return family;
}

}  // namespace attnsweep::spec
