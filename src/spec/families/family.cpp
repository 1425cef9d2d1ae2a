#include "spec/families/family.hpp"

#include <algorithm>
#include <map>

namespace attnsweep::spec {

Activation read_activation(ConfigReader& config, const std::string& key,
                           const std::string& fallback) {
  static const std::map<std::string, Activation> known{
      {"gelu", Activation::gelu},
      {"gelu_python", Activation::gelu},
      {"gelu_new", Activation::gelu_tanh},
      {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"gelu_accurate", Activation::gelu_tanh},
      {"relu", Activation::relu},
      {"silu", Activation::silu},
      {"swish", Activation::silu},
  };
  const auto name = config.text(key, fallback);
  const auto it = known.find(name);
  if (it != known.end()) return it->second;
  std::string names;
  for (const auto& [one, activation] : known) names += (names.empty() ? "" : ", ") + one;
  config.problem(key, "\"" + name + "\" is not supported; expected one of " + names);
  return Activation::gelu;
}

void check_sizes(ConfigReader& config, const ArchitectureSpec& spec, const char* hidden_key,
                 const char* heads_key, const char* layers_key) {
  // A value that could not be read would only bring problems of its stand-in.
  if (!config.problems().empty()) return;
  if (spec.head_width == 0 && spec.hidden % spec.n_heads != 0)
    config.problem(heads_key, std::to_string(spec.n_heads) + " does not divide " + hidden_key +
                                  " " + std::to_string(spec.hidden));
  if (spec.padding_id >= spec.vocabulary)
    config.problem("pad_token_id", std::to_string(spec.padding_id) + " is not below vocab_size " +
                                       std::to_string(spec.vocabulary));
  // The upper end keeps a slip from asking for a billion tensors' names.
  if (spec.n_layers < 2 || spec.n_layers > 4096)
    config.problem(layers_key, std::to_string(spec.n_layers) +
                                   "; expected 2 to 4096: layers are compared with each other");
}

void add_layer(std::vector<WantedTensor>& out, const ArchitectureSpec& spec, std::int64_t block,
               const std::string& family_layer, const LayerNames& names) {
  const auto place = "layers." + std::to_string(block) + ".";
  const auto add = [&](const char* engine, const std::string& family, std::int64_t rows,
                       std::int64_t columns, bool bias) {
    std::vector<std::int64_t> shape{rows};
    if (columns > 0) shape.push_back(columns);
    out.push_back({place + engine + ".weight", family_layer + family + ".weight", shape});
    if (bias) out.push_back({place + engine + ".bias", family_layer + family + ".bias", {rows}});
  };
  const auto h = spec.hidden, m = spec.intermediate;
  const bool norm_bias = spec.norm_kind == NormKind::layer;
  add("q", names.query, spec.query_width(), h, spec.query_key_value_bias);
  add("k", names.key, spec.key_width(), h, spec.query_key_value_bias);
  add("v", names.value, spec.key_width(), h, spec.query_key_value_bias);
  add("o", names.output, h, spec.query_width(), spec.output_bias);
  add("attention_norm", names.attention_norm, h, 0, norm_bias);
  if (spec.gated) add("gate", names.gate, m, h, spec.mlp_bias);
  add("up", names.up, m, h, spec.mlp_bias);
  add("down", names.down, h, m, spec.mlp_bias);
  add("mlp_norm", names.mlp_norm, h, 0, norm_bias);
  if (spec.query_key_norm) {
    add("q_norm", names.query_norm, spec.head_size(), 0, false);
    add("k_norm", names.key_norm, spec.head_size(), 0, false);
  }
}

void add_bert_embeddings(std::vector<WantedTensor>& out, const ArchitectureSpec& spec) {
  const auto w = spec.table_width();
  out.push_back({"embeddings.word", "embeddings.word_embeddings.weight", {spec.vocabulary, w}});
  out.push_back(
      {"embeddings.position", "embeddings.position_embeddings.weight", {spec.position_rows, w}});
  out.push_back({"embeddings.type", "embeddings.token_type_embeddings.weight", {spec.types, w}});
  out.push_back({"embeddings.norm.weight", "embeddings.LayerNorm.weight", {w}});
  out.push_back({"embeddings.norm.bias", "embeddings.LayerNorm.bias", {w}});
}

std::int64_t ArchitectureSpec::n_blocks() const {
  return blocks.empty() ? n_layers : 1 + *std::max_element(blocks.begin(), blocks.end());
}

bool attention_depends_on(const ArchitectureSpec& architecture, const std::string& name) {
  const auto block = architecture.block(architecture.n_layers - 1);
  const auto last = "layers." + std::to_string(block) + ".";
  if (!name.starts_with(last)) return true;
  for (std::int64_t i = 0; i + 1 < architecture.n_layers; ++i)
    if (architecture.block(i) == block) return true;
  const auto part = name.substr(last.size());
  return part.starts_with("q.") || part.starts_with("k.") || part.starts_with("q_norm.") ||
         part.starts_with("k_norm.") ||
         (architecture.norm_place == NormPlace::before && part.starts_with("attention_norm."));
}

}  // namespace attnsweep::spec
