// OPT: learned positions from row 2 on, norms before or after, words of another width.
#include "spec/families/older_decoders.hpp"

namespace attnsweep::spec {
namespace {

// fairseq's tables began behind two rows for special tokens.
constexpr std::int64_t kFirstPosition = 2;

ArchitectureSpec read(ConfigReader& config) {
  auto spec = older_decoder(config);
  spec.n_layers = config.count("num_hidden_layers", 12);
  spec.n_heads = config.count("num_attention_heads", 12);
  spec.hidden = config.count("hidden_size", 768);
  spec.intermediate = config.count("ffn_dim", 3072);
  spec.vocabulary = config.count("vocab_size", 50272);
  spec.max_positions = config.count("max_position_embeddings", 2048);
  spec.position_rows = spec.max_positions + kFirstPosition;
  spec.position_offset = kFirstPosition;
  spec.embedding_width = count_or(config, "word_embed_proj_dim", spec.hidden);
  if (spec.embedding_width != spec.hidden) spec.projection = ProjectionPlace::words;
  spec.projection_bias = false;
  spec.padding_id = config.id("pad_token_id", 1);
  spec.norm_eps = 1e-5;  // no key sets it
  spec.initializer_range = config.positive("init_std", 0.02);
  spec.activation = read_activation(config, "activation_function", "relu");
  if (!config.flag("do_layer_norm_before", true)) spec.norm_place = NormPlace::after;
  spec.query_key_value_bias = spec.output_bias = spec.mlp_bias = config.flag("enable_bias", true);
  spec.norm_weight = config.flag("layer_norm_elementwise_affine", true);
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  // The final norm stands behind the last attention.
  config.harmless(
      "_remove_final_layer_norm dropout attention_dropout activation_dropout layerdrop "
      "initializer_range");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  const auto h = spec.hidden, w = spec.embedding_width;
  std::vector<WantedTensor> out{
      {"embeddings.word", "decoder.embed_tokens.weight", {spec.vocabulary, w}},
      {"embeddings.position", "decoder.embed_positions.weight", {spec.position_rows, h}}};
  if (spec.projection != ProjectionPlace::none)
    out.push_back({"embeddings.projection.weight", "decoder.project_in.weight", {h, w}});
  const LayerNames names{"self_attn.q_proj",
                         "self_attn.k_proj",
                         "self_attn.v_proj",
                         "self_attn.out_proj",
                         "self_attn_layer_norm",
                         "fc1",
                         "fc2",
                         "final_layer_norm"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i)
    add_layer(out, spec, i, "decoder.layers." + std::to_string(i) + ".", names);
  return out;
}

}  // namespace

Family opt_family() {
  Family family;
  family.model_types = {"opt"};
  family.summary = "decoder; learned positions from row 2 on, LayerNorm before or after";
  family.options = {"do_layer_norm_before: true, false",
                    "word_embed_proj_dim: any; projected where it is not hidden_size",
                    "enable_bias, layer_norm_elementwise_affine: true, false",
                    activation_option("activation_function")};
  family.read = read;
  family.tensors = tensors;
  // "decoder." is part of the names: a bare model keeps it.
  family.prefix = "model.";
  family.expected_extras = {"decoder.final_layer_norm.",
                            "decoder.project_out.",
                            "decoder.version",
                            "lm_head.",
                            "score.",
                            "qa_outputs."};
  return family;
}

}  // namespace attnsweep::spec
