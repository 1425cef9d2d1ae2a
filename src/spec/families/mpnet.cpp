// MPNet: BERT without token types, with a bias of the scores by relative distance. Row 1 of both
// tables is the padding row, after which positions count, whatever pad_token_id says.
#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

constexpr std::int64_t kPaddingRow = 1;

ArchitectureSpec read(ConfigReader& config) {
  ArchitectureSpec spec;
  spec.n_layers = config.count("num_hidden_layers", 12);
  spec.n_heads = config.count("num_attention_heads", 12);
  spec.hidden = config.count("hidden_size", 768);
  spec.intermediate = config.count("intermediate_size", 3072);
  spec.vocabulary = config.count("vocab_size", 30527);
  spec.position_rows = config.count("max_position_embeddings", 512);
  spec.max_positions = spec.position_rows - kPaddingRow - 1;
  spec.padding_id = kPaddingRow;
  spec.position_rule = PositionRule::after_padding;
  spec.position_start = PositionStart::normal_padding_row;
  spec.norm_eps = config.positive("layer_norm_eps", 1e-12);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "hidden_act");
  spec.score_bias.kind = ScoreBias::Kind::buckets;
  spec.score_bias.buckets = 32;
  spec.score_bias.bucket_distance = 128;
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  if (config.problems().empty() && spec.max_positions < 1)
    config.problem("max_position_embeddings", std::to_string(spec.position_rows) +
                                                  "; expected at least 3: positions count from 2");

  // transformers makes a table of this size and then looks distances up as if it were 32.
  config.only("relative_attention_num_buckets", 32, "the library looks up 32 whatever this says");
  config.must_be_empty("pruned_heads", "layers of unequal width");
  config.harmless("hidden_dropout_prob attention_probs_dropout_prob type_vocab_size");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out;
  add_bert_embeddings(out, spec);
  out.push_back({"score_bias",
                 "encoder.relative_attention_bias.weight",
                 {spec.score_bias.buckets, spec.n_heads}});
  const LayerNames names{"attention.attn.q", "attention.attn.k",    "attention.attn.v",
                         "attention.attn.o", "attention.LayerNorm", "intermediate.dense",
                         "output.dense",     "output.LayerNorm"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i)
    add_layer(out, spec, i, "encoder.layer." + std::to_string(i) + ".", names);
  return out;
}

}  // namespace

Family mpnet_family() {
  Family family;
  family.model_types = {"mpnet"};
  family.summary = "encoder; learned positions and relative buckets, LayerNorm after each sum";
  family.options = {"relative_attention_num_buckets: 32", activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "mpnet.";
  family.expected_extras = {"pooler.", "lm_head.", "classifier.", "qa_outputs.",
                            "embeddings.position_ids"};
  return family;
}

}  // namespace attnsweep::spec
