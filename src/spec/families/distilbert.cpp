#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read(ConfigReader& config) {
  ArchitectureSpec spec;
  spec.n_layers = config.count("n_layers");
  spec.n_heads = config.count("n_heads");
  spec.hidden = config.count("dim");
  spec.intermediate = config.count("hidden_dim");
  spec.vocabulary = config.count("vocab_size");
  spec.max_positions = spec.position_rows = config.count("max_position_embeddings");
  spec.padding_id = config.id("pad_token_id", 0);
  // Written into the library's model, not into its configuration.
  spec.norm_eps = 1e-12;
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "activation");
  // The table is stored like a learned one; only an untrained model computes it.
  if (config.flag("sinusoidal_pos_embds", false)) spec.position_start = PositionStart::sinusoidal;
  check_sizes(config, spec, "dim", "n_heads", "n_layers");

  config.must_be_empty("pruned_heads", "layers of unequal width");
  config.harmless(
      "dropout attention_dropout qa_dropout seq_classif_dropout tie_weights_ hidden_act");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  const auto h = spec.hidden;
  std::vector<WantedTensor> out{
      {"embeddings.word", "embeddings.word_embeddings.weight", {spec.vocabulary, h}},
      {"embeddings.position", "embeddings.position_embeddings.weight", {spec.position_rows, h}},
      {"embeddings.norm.weight", "embeddings.LayerNorm.weight", {h}},
      {"embeddings.norm.bias", "embeddings.LayerNorm.bias", {h}}};
  const LayerNames names{"attention.q_lin",   "attention.k_lin",  "attention.v_lin",
                         "attention.out_lin", "sa_layer_norm",    "ffn.lin1",
                         "ffn.lin2",          "output_layer_norm"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i)
    add_layer(out, spec, i, "transformer.layer." + std::to_string(i) + ".", names);
  return out;
}

}  // namespace

Family distilbert_family() {
  Family family;
  family.model_types = {"distilbert"};
  family.summary = "encoder; learned or sinusoidal positions, LayerNorm after each sum";
  family.options = {"sinusoidal_pos_embds: true, false", activation_option("activation")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "distilbert.";
  family.expected_extras = {"vocab_transform.",       "vocab_layer_norm.", "vocab_projector.",
                            "pre_classifier.",        "classifier.",       "qa_outputs.",
                            "embeddings.position_ids"};
  return family;
}

}  // namespace attnsweep::spec
