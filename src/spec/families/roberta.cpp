// RoBERTa and the two families whose model is the same: xlm-roberta, camembert.
#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read(ConfigReader& config) {
  ArchitectureSpec spec;
  spec.n_layers = config.count("num_hidden_layers");
  spec.n_heads = config.count("num_attention_heads");
  spec.hidden = config.count("hidden_size");
  spec.intermediate = config.count("intermediate_size");
  spec.vocabulary = config.count("vocab_size");
  spec.types = config.count("type_vocab_size", 2);
  spec.position_rows = config.count("max_position_embeddings");
  spec.padding_id = config.id("pad_token_id", 1);
  spec.norm_eps = config.positive("layer_norm_eps", 1e-12);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "hidden_act");
  spec.position_rule = PositionRule::after_padding;
  spec.position_start = PositionStart::normal_padding_row;
  // Positions count from padding_id + 1.
  spec.max_positions = spec.position_rows - spec.padding_id - 1;
  read_bert_positions(config, spec);
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  if (config.problems().empty() && spec.max_positions < 1)
    config.problem("max_position_embeddings", std::to_string(spec.position_rows) +
                                                  " leaves no position after pad_token_id " +
                                                  std::to_string(spec.padding_id));

  config.only("is_decoder", false, "causal RoBERTa is not run");
  config.only("add_cross_attention", false, "no second input");
  config.must_be_empty("pruned_heads", "layers of unequal width");
  config.harmless("hidden_dropout_prob attention_probs_dropout_prob");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  const auto bert = bert_family();
  return bert.tensors(spec);
}

}  // namespace

Family roberta_family() {
  Family family;
  family.model_types = {"roberta", "xlm-roberta", "camembert"};
  family.summary = "encoder; learned positions after the padding id, LayerNorm after each sum";
  family.options = {"position_embedding_type: absolute, relative_key, relative_key_query",
                    activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "roberta.";
  family.expected_extras = {"pooler.",
                            "lm_head.",
                            "classifier.",
                            "qa_outputs.",
                            "embeddings.position_ids",
                            "embeddings.token_type_ids",
                            "embeddings.position_embeddings."};
  return family;
}

}  // namespace attnsweep::spec
