#include "spec/families/decoder.hpp"

#include <utility>

namespace attnsweep::spec {

ArchitectureSpec read_decoder(ConfigReader& config, std::int64_t kv_heads) {
  ArchitectureSpec spec;
  spec.n_layers = config.count("num_hidden_layers");
  spec.n_heads = config.count("num_attention_heads");
  const auto* groups = config.find("num_key_value_heads");
  if (groups && !groups->is_null())
    spec.key_value_heads = config.count("num_key_value_heads");
  else
    // Null always means one key a query head; only a missing key has the family's own meaning.
    spec.key_value_heads = groups || kv_heads == 0 ? spec.n_heads : kv_heads;
  spec.hidden = config.count("hidden_size");
  spec.intermediate = config.count("intermediate_size");
  spec.vocabulary = config.count("vocab_size");
  spec.max_positions = config.count("max_position_embeddings");
  spec.padding_id = config.id("pad_token_id", -1);
  spec.norm_eps = config.positive("rms_norm_eps", 1e-6);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "hidden_act", "silu");
  spec.norm_kind = NormKind::rms;
  spec.norm_place = NormPlace::before;
  spec.embedding_norm = false;
  spec.causal = true;
  spec.gated = true;
  spec.query_key_value_bias = spec.output_bias = spec.mlp_bias = false;
  config.harmless("attention_dropout");
  config.only("partial_rotary_factor", 1.0, "whole heads are rotated");
  return spec;
}

void finish_decoder(ConfigReader& config, ArchitectureSpec& spec, std::int64_t head_width) {
  const auto* width = config.find("head_dim");
  spec.head_width = width && !width->is_null() ? config.count("head_dim") : head_width;
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  if (!config.problems().empty()) return;
  if (spec.n_heads % spec.kv_heads() != 0)
    config.problem("num_key_value_heads", std::to_string(spec.kv_heads()) +
                                              " does not divide num_attention_heads " +
                                              std::to_string(spec.n_heads));
  if (spec.head_size() % 2 != 0)
    config.problem("head_dim", std::to_string(spec.head_size()) +
                                   "; expected an even number, whose halves are rotated");
  if (config.problems().empty()) read_rotary(config, spec);
}

std::vector<WantedTensor> decoder_tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out{
      {"embeddings.word", "embed_tokens.weight", {spec.vocabulary, spec.hidden}}};
  const LayerNames names{"self_attn.q_proj", "self_attn.k_proj",         "self_attn.v_proj",
                         "self_attn.o_proj", "input_layernorm",          "mlp.up_proj",
                         "mlp.down_proj",    "post_attention_layernorm", "mlp.gate_proj",
                         "self_attn.q_norm", "self_attn.k_norm"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i)
    add_layer(out, spec, i, "layers." + std::to_string(i) + ".", names);
  return out;
}

Family decoder_family(const std::string& model_type, ArchitectureSpec (*read)(ConfigReader&),
                      std::vector<std::string> own_options) {
  Family family;
  family.model_types = {model_type};
  family.options = std::move(own_options);
  for (const char* shared :
       {"rope_theta with rope_scaling, or rope_parameters: default, linear, llama3, yarn",
        "hidden_act: gelu, gelu_new, gelu_pytorch_tanh, relu, silu"})
    family.options.emplace_back(shared);
  family.read = read;
  family.tensors = decoder_tensors;
  family.prefix = "model.";
  // The final norm stands behind the last attention.
  family.expected_extras = {"norm.", "lm_head.", "score.", "classifier.", "qa_outputs."};
  family.expected_endings = {".rotary_emb.inv_freq"};
  return family;
}

}  // namespace attnsweep::spec
