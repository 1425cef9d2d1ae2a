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
  spec.max_positions = spec.position_rows = config.count("max_position_embeddings");
  spec.padding_id = config.id("pad_token_id", 0);
  spec.norm_eps = config.positive("layer_norm_eps", 1e-12);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "hidden_act");
  read_bert_positions(config, spec);
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");

  config.only("is_decoder", false, "causal BERT is not run");
  config.only("add_cross_attention", false, "no second input");
  config.must_be_empty("pruned_heads", "layers of unequal width");
  config.harmless(
      "hidden_dropout_prob attention_probs_dropout_prob directionality pooler_fc_size "
      "pooler_num_attention_heads pooler_num_fc_layers pooler_size_per_head pooler_type");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out;
  add_bert_embeddings(out, spec);
  for (std::int64_t i = 0; i < spec.n_layers; ++i) add_bert_layer(out, spec, i);
  return out;
}

}  // namespace

void read_bert_positions(ConfigReader& config, ArchitectureSpec& spec) {
  const auto type = config.text("position_embedding_type", "absolute");
  if (type == "absolute") return;
  if (type != "relative_key" && type != "relative_key_query") {
    config.problem("position_embedding_type",
                   "\"" + type +
                       "\" is not supported; expected absolute, relative_key or "
                       "relative_key_query");
    return;
  }
  spec.score_bias.kind = ScoreBias::Kind::relative_key;
  spec.score_bias.key_too = type == "relative_key_query";
  // Distances reach as far as the table of positions would, which is stored too and not read.
  spec.score_bias.positions = spec.max_positions = spec.position_rows;
  spec.position_rows = 0;
}

void add_bert_layer(std::vector<WantedTensor>& out, const ArchitectureSpec& spec,
                    std::int64_t layer) {
  const auto place = "encoder.layer." + std::to_string(layer) + ".";
  add_layer(out, spec, layer, place,
            {"attention.self.query", "attention.self.key", "attention.self.value",
             "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense",
             "output.dense", "output.LayerNorm"});
  if (spec.score_bias.kind == ScoreBias::Kind::relative_key)
    BlockTensors(out, spec, layer, place)
        .tensor("distance", "attention.self.distance_embedding.weight",
                {2 * spec.score_bias.positions - 1, spec.head_size()});
}

Family bert_family() {
  Family family;
  family.model_types = {"bert"};
  family.summary = "encoder; learned positions, token types, LayerNorm after each sum";
  family.options = {"position_embedding_type: absolute, relative_key, relative_key_query",
                    activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "bert.";
  family.expected_extras = {"pooler.", "cls.", "classifier.", "qa_outputs.",
                            "embeddings.position_ids", "embeddings.token_type_ids",
                            // Stored, and not read, where positions are relative.
                            "embeddings.position_embeddings."};
  return family;
}

}  // namespace attnsweep::spec
