// BLOOM: ALiBi, a norm of the embeddings, query, key and value fused head by head.
#include "spec/families/older_decoders.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read(ConfigReader& config) {
  auto spec = older_decoder(config);
  spec.n_layers = mapped_count(config, "n_layer", "num_hidden_layers", 2);
  spec.n_heads = mapped_count(config, "n_head", "num_attention_heads", 8);
  // The first checkpoints call it n_embed, which wins in the library too.
  const auto hidden = config.count("hidden_size", 64);
  spec.hidden = count_or(config, "n_embed", hidden);
  spec.intermediate = 4 * spec.hidden;
  spec.vocabulary = config.count("vocab_size", 250880);
  spec.max_positions = kUnlimitedPositions;
  spec.norm_eps = config.positive("layer_norm_epsilon", 1e-5);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = Activation::gelu_bloom;
  spec.embedding_norm = true;
  spec.residual_from_norm = config.flag("apply_residual_connection_post_layernorm", false);
  check_sizes(config, spec, "hidden_size", "n_head", "n_layer");
  spec.score_bias.kind = ScoreBias::Kind::alibi;
  if (config.problems().empty()) spec.score_bias.slopes = alibi_slopes(spec.n_heads);

  // Sums of slices are the same numbers, but the library's slices lose the biases.
  const auto slices = config.count("pretraining_tp", 1);
  if (slices > 1) config.only("slow_but_exact", false, "sums of pretraining_tp slices");
  config.harmless("slow_but_exact");
  // Keys of its training that the library reads nowhere; its MLP is always four times as wide.
  config.harmless(
      "hidden_dropout attention_dropout attention_softmax_in_fp32 bias_dropout_fusion "
      "masked_softmax_fusion skip_bias_add skip_bias_add_qkv n_inner offset_alibi seq_length "
      "unk_token_id");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  const auto h = spec.hidden;
  std::vector<WantedTensor> out{{"embeddings.word", "word_embeddings.weight", {spec.vocabulary, h}},
                                {"embeddings.norm.weight", "word_embeddings_layernorm.weight", {h}},
                                {"embeddings.norm.bias", "word_embeddings_layernorm.bias", {h}}};
  const LayerNames names{"",
                         "",
                         "",
                         "self_attention.dense",
                         "input_layernorm",
                         "mlp.dense_h_to_4h",
                         "mlp.dense_4h_to_h",
                         "post_attention_layernorm"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    const auto family_layer = "h." + std::to_string(i) + ".";
    BlockTensors layer(out, spec, i, family_layer);
    add_grouped_query_key_value(layer, spec, "self_attention.query_key_value");
    add_layer(out, spec, i, family_layer, names);
  }
  return out;
}

}  // namespace

Family bloom_family() {
  Family family;
  family.model_types = {"bloom"};
  family.summary = "decoder; ALiBi, a norm of the embeddings, LayerNorm before";
  family.options = {"apply_residual_connection_post_layernorm: true, false"};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "transformer.";
  family.expected_extras = {"ln_f.", "lm_head.", "score.", "classifier.", "qa_outputs."};
  return family;
}

}  // namespace attnsweep::spec
