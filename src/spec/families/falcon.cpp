// Falcon, in its three forms: a key for each query, one for all, or one a group ("new").
#include "spec/families/older_decoders.hpp"
#include "spec/families/rotary.hpp"

namespace attnsweep::spec {
namespace {

/// How attention and MLP stand to each other. The library's switches allow forms that it cannot
/// run.
LayerFlow read_flow(ConfigReader& config, bool grouped) {
  const bool parallel = config.flag("parallel_attn", true);
  if (grouped && !parallel)
    config.problem("parallel_attn",
                   "false is not supported; expected true (with new_decoder_architecture)");
  const auto norms = count_or(config, "num_ln_in_parallel_attn", grouped ? 2 : 1);
  if (!parallel) return LayerFlow::serial;
  if (norms > (grouped ? 2 : 1))
    config.unexpected("num_ln_in_parallel_attn", norms,
                      grouped ? "1 or 2" : "1 (2 needs new_decoder_architecture)");
  return norms == 1 ? LayerFlow::parallel : LayerFlow::parallel_two_norms;
}

std::int64_t read_keys(ConfigReader& config, const ArchitectureSpec& spec, bool grouped) {
  const auto keys = count_or(config, "num_kv_heads", spec.n_heads);
  const bool one_for_all = config.flag("multi_query", true);
  if (grouped) return keys;
  if (one_for_all) return 1;
  if (keys != spec.n_heads)
    config.unexpected("num_kv_heads", keys,
                      "num_attention_heads " + std::to_string(spec.n_heads) +
                          " (neither multi_query nor new_decoder_architecture)");
  return spec.n_heads;
}

void read_positions(ConfigReader& config, ArchitectureSpec& spec) {
  const bool alibi = config.flag("alibi", false);
  const auto longest = config.count("max_position_embeddings", 2048);
  spec.max_positions = alibi ? kUnlimitedPositions : longest;
  if (!config.problems().empty()) return;
  if (!alibi) {
    if (spec.head_size() % 2 != 0)
      return config.problem("num_attention_heads", "heads of " + std::to_string(spec.head_size()) +
                                                       " columns; expected an even number, whose "
                                                       "halves are rotated");
    return read_rotary(config, spec);
  }
  config.harmless("rope_theta rope_scaling rope_parameters");
  spec.score_bias.kind = ScoreBias::Kind::alibi;
  spec.score_bias.slopes = alibi_slopes(spec.n_heads);
  // As it was trained: bfloat16 numbers in every precision, added before the scale.
  spec.score_bias.alibi_bfloat16 = spec.score_bias.alibi_scaled = true;
}

ArchitectureSpec read(ConfigReader& config) {
  auto spec = older_decoder(config);
  spec.n_layers = config.count("num_hidden_layers", 32);
  spec.n_heads = config.count("num_attention_heads", 71);
  const auto hidden = config.count("hidden_size", 4544);
  spec.hidden = count_or(config, "n_embed", hidden);
  spec.intermediate = count_or(config, "ffn_hidden_size", 4 * hidden);
  spec.vocabulary = config.count("vocab_size", 65024);
  spec.norm_eps = config.positive("layer_norm_epsilon", 1e-5);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "activation", "gelu");
  spec.query_key_value_bias = spec.output_bias = spec.mlp_bias = config.flag("bias", false);
  const bool grouped = config.flag("new_decoder_architecture", false);
  spec.flow = read_flow(config, grouped);
  spec.key_value_heads = read_keys(config, spec, grouped);
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  check_groups(config, spec, "num_kv_heads");
  read_positions(config, spec);
  config.only("apply_residual_connection_post_layernorm", false, "the stream itself is added to");
  config.harmless("hidden_dropout attention_dropout ff_factor");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out{
      {"embeddings.word", "word_embeddings.weight", {spec.vocabulary, spec.hidden}}};
  const bool two = spec.flow == LayerFlow::parallel_two_norms;
  const LayerNames names{"",
                         "",
                         "",
                         "self_attention.dense",
                         two ? "ln_attn" : "input_layernorm",
                         "mlp.dense_h_to_4h",
                         "mlp.dense_4h_to_h",
                         two ? "ln_mlp" : "post_attention_layernorm"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    const auto family_layer = "h." + std::to_string(i) + ".";
    BlockTensors layer(out, spec, i, family_layer);
    add_grouped_query_key_value(layer, spec, "self_attention.query_key_value");
    add_layer(out, spec, i, family_layer, names);
  }
  return out;
}

}  // namespace

Family falcon_family() {
  Family family;
  family.model_types = {"falcon"};
  family.summary = "decoder; rotary positions or ALiBi, one key for all, for each or for groups";
  family.options = {"multi_query, new_decoder_architecture with num_kv_heads: true, false",
                    "parallel_attn: true, false (true with new_decoder_architecture)",
                    "num_ln_in_parallel_attn: 1, 2 (2 with new_decoder_architecture)",
                    "alibi: true, false (true: added once, as trained; the library's eager "
                    "attention adds it twice)",
                    "bias: true, false",
                    "ffn_hidden_size: any",
                    "rope_theta with rope_scaling, or rope_parameters",
                    activation_option("activation")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "transformer.";
  family.expected_extras = {"ln_f.", "lm_head.", "score.", "classifier.", "qa_outputs."};
  family.expected_endings = {"rotary_emb.inv_freq"};
  return family;
}

}  // namespace attnsweep::spec
