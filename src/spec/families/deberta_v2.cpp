// DeBERTa-v2 and v3: scores of content to content, content to position and position to content, of
// which config.json may take any; a table of distances that all layers share; a convolution beside
// the first layer. He et al. 2021.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <sstream>

#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

using nlohmann::json;

/// Parts of "a|b" without blanks, in lower case.
std::set<std::string> parts_of(std::string text) {
  std::erase_if(text, [](unsigned char c) { return std::isspace(c); });
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::set<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, '|');)
    if (!part.empty()) parts.insert(part);
  return parts;
}

/// pos_att_type: a list, or a text with bars between.
std::set<std::string> position_attention(ConfigReader& config) {
  const auto* value = config.find("pos_att_type");
  if (!value || value->is_null()) return {};
  std::set<std::string> types;
  bool good = value->is_string() || value->is_array();
  if (value->is_string()) types = parts_of(value->get<std::string>());
  if (value->is_array())
    for (const auto& one : *value) {
      good = good && one.is_string();
      if (one.is_string()) types.insert(one.get<std::string>());
    }
  for (const auto& type : types) good = good && (type == "c2p" || type == "p2c");
  if (!good) config.unexpected("pos_att_type", *value, "c2p, p2c, both or none of them");
  return types;
}

/// A whole number of which everything below 1 means "not given".
std::int64_t if_positive(ConfigReader& config, const std::string& key, std::int64_t fallback) {
  const auto* value = config.find(key);
  if (!value || value->is_null()) return fallback;
  if (value->is_number_integer() && *value < json(1)) return fallback;
  return config.count(key);
}

void read_relative(ConfigReader& config, ArchitectureSpec& spec) {
  const auto types = position_attention(config);
  auto& bias = spec.score_bias;
  bias.content_to_position = types.contains("c2p");
  bias.position_to_content = types.contains("p2c");
  const bool relative = config.flag("relative_attention", false);
  bias.longest_distance = if_positive(config, "max_relative_positions", spec.max_positions);
  bias.log_buckets = if_positive(config, "position_buckets", 0);
  bias.span = bias.log_buckets > 0 ? bias.log_buckets : bias.longest_distance;
  bias.shared_projections = config.flag("share_att_key", false);
  const auto norm = config.text("norm_rel_ebd", "none");
  bias.table_norm = parts_of(norm).contains("layer_norm");
  for (const auto& part : parts_of(norm))
    if (part != "none" && part != "layer_norm")
      config.problem("norm_rel_ebd", "\"" + norm +
                                         "\" is not supported; expected none or "
                                         "layer_norm");
  // Every kind of score has the same variance: three kinds are divided by √(3 head size). This
  // follows from pos_att_type even where relative_attention is off.
  if (config.problems().empty())
    spec.score_factor = 1 / std::sqrt(static_cast<double>(spec.head_size()) *
                                      static_cast<double>(1 + types.size()));
  if (!relative) {
    bias = {};
    return;
  }
  bias.kind = ScoreBias::Kind::disentangled;
  const auto middle = bias.log_buckets / 2;
  if (bias.log_buckets > 0 && (middle < 1 || bias.longest_distance - 1 <= middle))
    config.problem("position_buckets", std::to_string(bias.log_buckets) +
                                           "; expected at least 2, and half of it below the "
                                           "longest distance, " +
                                           std::to_string(bias.longest_distance - 1));
}

void read_convolution(ConfigReader& config, ArchitectureSpec& spec) {
  auto& convolution = spec.convolution;
  convolution.width = if_positive(config, "conv_kernel_size", 0);
  convolution.groups = config.count("conv_groups", 1);
  convolution.activation = read_activation(config, "conv_act", "tanh");
  if (convolution.width == 0) {
    convolution = {};
    return;
  }
  if (convolution.width % 2 == 0)
    config.problem("conv_kernel_size",
                   std::to_string(convolution.width) +
                       "; expected an odd number, so that there is an output for every token");
  if (config.problems().empty() && spec.hidden % convolution.groups != 0)
    config.problem("conv_groups", std::to_string(convolution.groups) +
                                      " does not divide hidden_size " +
                                      std::to_string(spec.hidden));
}

ArchitectureSpec read(ConfigReader& config) {
  ArchitectureSpec spec;
  spec.n_layers = config.count("num_hidden_layers", 24);
  spec.n_heads = config.count("num_attention_heads", 24);
  spec.hidden = config.count("hidden_size", 1536);
  spec.intermediate = config.count("intermediate_size", 6144);
  spec.vocabulary = config.count("vocab_size", 128100);
  spec.types = config.from_zero("type_vocab_size", 0);
  spec.max_positions = config.count("max_position_embeddings", 512);
  if (config.flag("position_biased_input", true)) spec.position_rows = spec.max_positions;
  spec.padding_id = config.id("pad_token_id", 0);
  spec.norm_eps = config.positive("layer_norm_eps", 1e-7);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "hidden_act");
  spec.embedding_width = config.count("embedding_size", spec.hidden);
  spec.projection_bias = false;
  if (spec.embedding_width != spec.hidden) spec.projection = ProjectionPlace::before_norm;
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  read_relative(config, spec);
  read_convolution(config, spec);
  const auto head_size = config.count("attention_head_size", spec.head_size());
  if (config.problems().empty() && head_size != spec.head_size())
    config.problem("attention_head_size",
                   std::to_string(head_size) + "; expected hidden_size / num_attention_heads, " +
                       std::to_string(spec.head_size()) + ", which the output projection takes");

  config.harmless(
      "hidden_dropout_prob attention_probs_dropout_prob pooler_dropout pooler_hidden_act "
      "pooler_hidden_size legacy cls_dropout mask_token_id padding_idx");
  return spec;
}

void add_convolution(std::vector<WantedTensor>& out, const ArchitectureSpec& spec) {
  out.push_back({"conv.weight",
                 "encoder.conv.conv.weight",
                 {spec.hidden, spec.hidden / spec.convolution.groups, spec.convolution.width}});
  out.push_back({"conv.bias", "encoder.conv.conv.bias", {spec.hidden}});
  out.push_back({"conv_norm.weight", "encoder.conv.LayerNorm.weight", {spec.hidden}});
  out.push_back({"conv_norm.bias", "encoder.conv.LayerNorm.bias", {spec.hidden}});
}

void add_relative(std::vector<WantedTensor>& out, const ArchitectureSpec& spec) {
  const auto h = spec.hidden;
  const auto& bias = spec.score_bias;
  out.push_back({"relative.table", "encoder.rel_embeddings.weight", {2 * bias.span, h}});
  if (bias.table_norm) {
    out.push_back({"relative.norm.weight", "encoder.LayerNorm.weight", {h}});
    out.push_back({"relative.norm.bias", "encoder.LayerNorm.bias", {h}});
  }
  if (bias.shared_projections) return;
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    BlockTensors layer(out, spec, i, "encoder.layer." + std::to_string(i) + ".attention.self.");
    if (bias.content_to_position) layer.linear("pos_k", "pos_key_proj", h, h, true);
    if (bias.position_to_content) layer.linear("pos_q", "pos_query_proj", h, h, true);
  }
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out;
  add_bert_embeddings(out, spec);
  if (spec.projection != ProjectionPlace::none)
    out.push_back({"embeddings.projection.weight",
                   "embeddings.embed_proj.weight",
                   {spec.hidden, spec.embedding_width}});
  const LayerNames names{"attention.self.query_proj",
                         "attention.self.key_proj",
                         "attention.self.value_proj",
                         "attention.output.dense",
                         "attention.output.LayerNorm",
                         "intermediate.dense",
                         "output.dense",
                         "output.LayerNorm"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i)
    add_layer(out, spec, i, "encoder.layer." + std::to_string(i) + ".", names);
  if (spec.score_bias.kind == ScoreBias::Kind::disentangled) add_relative(out, spec);
  if (spec.convolution.width > 0) add_convolution(out, spec);
  return out;
}

}  // namespace

Family deberta_v2_family() {
  Family family;
  family.model_types = {"deberta-v2"};
  family.summary = "encoder (v2 and v3); content and relative positions apart in the scores";
  family.options = {
      "relative_attention: true, false; pos_att_type: c2p, p2c, both, none",
      "position_buckets, max_relative_positions: any; share_att_key: true, false",
      "norm_rel_ebd: none, layer_norm; position_biased_input: true, false; type_vocab_size: any",
      "embedding_size: any; projected where it is not hidden_size",
      "conv_kernel_size: none, odd; conv_groups: any; conv_act: as hidden_act",
      activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "deberta.";
  family.expected_extras = {"pooler.", "cls.", "lm_predictions.", "mask_predictions.",
                            "classifier.", "qa_outputs.", "embeddings.position_ids",
                            // Stored, and not read, where config.json switches them off.
                            "embeddings.position_embeddings.", "encoder.LayerNorm.",
                            "encoder.rel_embeddings."};
  return family;
}

}  // namespace attnsweep::spec
