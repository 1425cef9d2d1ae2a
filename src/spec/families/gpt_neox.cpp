// GPT-NeoX and Pythia: part of each head rotated, attention and MLP side by side with their own
// norms, query, key and value fused head by head.
#include "spec/families/older_decoders.hpp"
#include "spec/families/rotary.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read(ConfigReader& config) {
  auto spec = older_decoder(config);
  spec.n_layers = config.count("num_hidden_layers", 44);
  spec.n_heads = config.count("num_attention_heads", 64);
  spec.hidden = config.count("hidden_size", 6144);
  spec.intermediate = config.count("intermediate_size", 24576);
  spec.vocabulary = config.count("vocab_size", 50432);
  spec.max_positions = config.count("max_position_embeddings", 2048);
  spec.norm_eps = config.positive("layer_norm_eps", 1e-5);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "hidden_act", "gelu");
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", true);
  if (config.flag("use_parallel_residual", true)) spec.flow = LayerFlow::parallel_two_norms;
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  if (config.problems().empty())
    read_rotary(config, spec,
                {.theta_key = "rotary_emb_base",
                 .partial = true,
                 .share = 0.25,
                 .share_key = "rotary_pct"});
  // The library overwrites the general names of both with its own.
  config.harmless(
      "rope_theta partial_rotary_factor attention_dropout hidden_dropout "
      "attention_probs_dropout_prob hidden_dropout_prob");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out{
      {"embeddings.word", "embed_in.weight", {spec.vocabulary, spec.hidden}}};
  const LayerNames names{"",
                         "",
                         "",
                         "attention.dense",
                         "input_layernorm",
                         "mlp.dense_h_to_4h",
                         "mlp.dense_4h_to_h",
                         "post_attention_layernorm"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    const auto family_layer = "layers." + std::to_string(i) + ".";
    BlockTensors layer(out, spec, i, family_layer);
    add_grouped_query_key_value(layer, spec, "attention.query_key_value");
    add_layer(out, spec, i, family_layer, names);
  }
  return out;
}

}  // namespace

Family gpt_neox_family() {
  Family family;
  family.model_types = {"gpt_neox"};
  family.summary = "decoder; part of each head rotated, attention and MLP parallel, two norms";
  family.options = {"use_parallel_residual, attention_bias: true, false",
                    "rotary_pct, rotary_emb_base with rope_scaling, or rope_parameters",
                    activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "gpt_neox.";
  family.expected_extras = {"final_layer_norm.", "embed_out.", "score.", "classifier.",
                            "qa_outputs."};
  family.expected_endings = {".attention.bias", ".attention.masked_bias", "rotary_emb.inv_freq"};
  return family;
}

}  // namespace attnsweep::spec
