// The encoders of T5, T5 1.1 and FLAN (t5), mT5 and UMT5: RMSNorm before, no biases, scores that
// are not scaled, positions only as buckets of distances. The decoder beside the encoder is passed
// over.
#include <cmath>

#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

/// What keys mean that are missing.
struct Defaults {
  std::int64_t layers, heads, inner, vocabulary;
  const char* mlp;
};

/// A size under its own name, or under the name that the library maps to it and then prefers.
std::int64_t either(ConfigReader& config, const char* own, const char* mapped,
                    std::int64_t fallback) {
  const bool has_mapped = config.find(mapped) != nullptr;
  config.harmless(own);
  return config.count(has_mapped ? mapped : own, fallback);
}

/// feed_forward_proj: "relu" or "gated-gelu" and the like; dense_act_fn and is_gated_act, which
/// newer versions write beside it, go before.
void read_mlp(ConfigReader& config, ArchitectureSpec& spec, const std::string& fallback) {
  const auto form = config.text("feed_forward_proj", fallback);
  const auto bar = form.find('-');
  const auto first = form.substr(0, bar);
  if (bar != std::string::npos && (first != "gated" || form.find('-', bar + 1) < form.size()))
    return config.problem("feed_forward_proj",
                          "\"" + form + "\"; expected an activation, or gated-<activation>");
  auto name = bar == std::string::npos ? form : form.substr(bar + 1);
  // What the checkpoints that say so were trained with.
  if (form == "gated-gelu") name = "gelu_new";
  const bool own = config.find("dense_act_fn") != nullptr;
  name = config.text("dense_act_fn", name);
  spec.activation = activation_named(config, own ? "dense_act_fn" : "feed_forward_proj", name);
  spec.gated = config.flag("is_gated_act", first == "gated");
}

void read_buckets(ConfigReader& config, ArchitectureSpec& spec) {
  auto& bias = spec.score_bias;
  bias.kind = ScoreBias::Kind::buckets;
  bias.buckets = config.count("relative_attention_num_buckets", 32);
  bias.bucket_distance = config.count("relative_attention_max_distance", 128);
  // A quarter of the buckets are single distances; the rest reach to the longest one.
  if (bias.buckets < 4)
    config.problem("relative_attention_num_buckets",
                   std::to_string(bias.buckets) + "; expected at least 4");
  else if (bias.bucket_distance <= bias.buckets / 4)
    config.problem("relative_attention_max_distance",
                   std::to_string(bias.bucket_distance) +
                       "; expected more than a quarter of relative_attention_num_buckets " +
                       std::to_string(bias.buckets));
}

ArchitectureSpec read_encoder(ConfigReader& config, const Defaults& defaults) {
  ArchitectureSpec spec;
  spec.n_layers = either(config, "num_layers", "num_hidden_layers", defaults.layers);
  spec.n_heads = either(config, "num_heads", "num_attention_heads", defaults.heads);
  spec.hidden = either(config, "d_model", "hidden_size", 512);
  spec.head_width = either(config, "d_kv", "head_dim", 64);
  spec.intermediate = config.count("d_ff", defaults.inner);
  spec.vocabulary = config.count("vocab_size", defaults.vocabulary);
  spec.max_positions = kUnlimitedPositions;
  spec.padding_id = -1;  // the table has no padding row
  spec.norm_eps = config.positive("layer_norm_epsilon", 1e-6);
  spec.initializer_range = config.positive("initializer_factor", 1);
  spec.norm_kind = NormKind::rms;
  spec.norm_place = NormPlace::before;
  spec.embedding_norm = false;
  spec.scale_scores = false;
  spec.query_key_value_bias = spec.output_bias = spec.mlp_bias = false;
  read_mlp(config, spec, defaults.mlp);
  read_buckets(config, spec);
  check_sizes(config, spec, "d_model", "num_heads", "num_layers");

  config.only("is_decoder", false, "the encoder is run");
  config.harmless(
      "is_encoder_decoder num_decoder_layers dropout_rate n_positions scale_decoder_outputs "
      "scalable_attention");
  return spec;
}

ArchitectureSpec read_t5(ConfigReader& config) {
  return read_encoder(config, {6, 8, 2048, 32128, "relu"});
}
ArchitectureSpec read_mt5(ConfigReader& config) {
  return read_encoder(config, {8, 6, 1024, 250112, "gated-gelu"});
}
ArchitectureSpec read_umt5(ConfigReader& config) {
  auto spec = read_mt5(config);
  spec.score_bias.own_tables = true;
  return spec;
}

/// The standard deviations that make up for the scores' missing scale (Mesh TensorFlow).
void set_starts(std::vector<WantedTensor>& tensors, const ArchitectureSpec& spec) {
  const double factor = spec.initializer_range;
  const auto over_root = [&](std::int64_t n) { return factor / std::sqrt(static_cast<double>(n)); };
  const auto h = spec.hidden;
  for (auto& tensor : tensors) {
    const auto& name = tensor.name;
    if (name == "embeddings.word" || name.ends_with("norm.weight"))
      tensor.start = factor;
    else if (name.ends_with(".q.weight"))
      tensor.start = over_root(h * spec.head_size());
    else if (name.ends_with(".o.weight"))
      tensor.start = over_root(spec.query_width());
    else if (name.ends_with(".down.weight"))
      tensor.start = over_root(spec.intermediate);
    else
      tensor.start = over_root(h);
  }
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out{
      {"embeddings.word", "shared.weight", {spec.vocabulary, spec.hidden}}};
  const std::string table = "layer.0.SelfAttention.relative_attention_bias.weight";
  const std::vector<std::int64_t> table_shape{spec.score_bias.buckets, spec.n_heads};
  LayerNames names{"layer.0.SelfAttention.q",
                   "layer.0.SelfAttention.k",
                   "layer.0.SelfAttention.v",
                   "layer.0.SelfAttention.o",
                   "layer.0.layer_norm",
                   spec.gated ? "layer.1.DenseReluDense.wi_1" : "layer.1.DenseReluDense.wi",
                   "layer.1.DenseReluDense.wo",
                   "layer.1.layer_norm",
                   "layer.1.DenseReluDense.wi_0"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    const auto place = "encoder.block." + std::to_string(i) + ".";
    add_layer(out, spec, i, place, names);
    if (spec.score_bias.own_tables)
      BlockTensors(out, spec, i, place).tensor("score_bias", table, table_shape);
    else if (i == 0)
      out.push_back({"score_bias", place + table, table_shape});
  }
  set_starts(out, spec);
  return out;
}

Family family_of(const char* model_type, const char* summary,
                 ArchitectureSpec (*read)(ConfigReader&)) {
  Family family;
  family.model_types = {model_type};
  family.summary = summary;
  family.options = {"feed_forward_proj: an activation, or gated- before it; gated-gelu is gelu_new",
                    "d_kv: any; relative_attention_num_buckets, relative_attention_max_distance: "
                    "any",
                    "the encoder alone; tensors of a decoder are passed over"};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "transformer.";
  family.expected_extras = {"decoder.", "lm_head.", "encoder.final_layer_norm.",
                            // The same as shared.weight.
                            "encoder.embed_tokens.", "classification_head.", "classifier.",
                            "qa_outputs."};
  return family;
}

}  // namespace

Family t5_family() {
  return family_of("t5", "encoder of T5 and FLAN-T5; relative buckets, RMSNorm before", read_t5);
}

Family mt5_family() { return family_of("mt5", "encoder; as t5, with a gated MLP", read_mt5); }

Family umt5_family() {
  return family_of("umt5", "encoder; as mt5, buckets of its own in every layer", read_umt5);
}

}  // namespace attnsweep::spec
