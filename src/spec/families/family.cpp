#include "spec/families/family.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace attnsweep::spec {

namespace {

const std::map<std::string, Activation>& activations() {
  static const std::map<std::string, Activation> known{
      {"gelu", Activation::gelu},
      {"gelu_python", Activation::gelu},
      {"gelu_new", Activation::gelu_tanh},
      {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"gelu_accurate", Activation::gelu_tanh},
      {"gelu_fast", Activation::gelu_tanh},
      {"quick_gelu", Activation::quick_gelu},
      {"relu2", Activation::relu2},
      {"tanh", Activation::tanh},
      {"relu", Activation::relu},
      {"silu", Activation::silu},
      {"swish", Activation::silu},
  };
  return known;
}

}  // namespace

std::string activation_names() {
  std::string names;
  for (const auto& [one, activation] : activations()) names += (names.empty() ? "" : ", ") + one;
  return names;
}

std::string activation_option(const std::string& key) { return key + ": any of the activations"; }

Activation activation_named(ConfigReader& config, const std::string& key, const std::string& name) {
  const auto it = activations().find(name);
  if (it != activations().end()) return it->second;
  config.problem(key, "\"" + name + "\" is not supported; expected one of " + activation_names());
  return Activation::gelu;
}

Activation read_activation(ConfigReader& config, const std::string& key,
                           const std::string& fallback) {
  return activation_named(config, key, config.text(key, fallback));
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

BlockTensors::BlockTensors(std::vector<WantedTensor>& out, const ArchitectureSpec& spec,
                           std::int64_t block, std::string family_layer)
    : out_(out),
      spec_(spec),
      engine_("layers." + std::to_string(block) + "."),
      family_(std::move(family_layer)) {}

void BlockTensors::linear(const std::string& part, const std::string& family, std::int64_t rows,
                          std::int64_t columns, bool bias, const Fused& fused, double start) {
  WantedTensor weight{engine_ + part + ".weight", family_ + family + ".weight", {rows, columns}};
  WantedTensor shift{engine_ + part + ".bias", family_ + family + ".bias", {rows}};
  weight.start = start;
  if (fused.stored_rows > 0) {
    weight.stored_shape = {fused.stored_rows, columns};
    shift.stored_shape = {fused.stored_rows};
    weight.rows = shift.rows = fused.rows;
  }
  out_.push_back(std::move(weight));
  if (bias) out_.push_back(std::move(shift));
}

void BlockTensors::norm(const std::string& part, const std::string& family, std::int64_t width) {
  if (!spec_.norm_weight) return;
  tensor(part + ".weight", family + ".weight", {width});
  if (spec_.norm_kind == NormKind::layer && spec_.norm_bias)
    tensor(part + ".bias", family + ".bias", {width});
}

void BlockTensors::tensor(const std::string& part, const std::string& family,
                          std::vector<std::int64_t> shape) {
  out_.push_back({engine_ + part, family_ + family, std::move(shape)});
}

void add_layer(std::vector<WantedTensor>& out, const ArchitectureSpec& spec, std::int64_t block,
               const std::string& family_layer, const LayerNames& names) {
  BlockTensors layer(out, spec, block, family_layer);
  const auto h = spec.hidden, m = spec.intermediate, d = spec.head_size();
  const auto linear = [&](const char* part, const std::string& name, std::int64_t rows,
                          std::int64_t columns, bool bias) {
    if (!name.empty()) layer.linear(part, name, rows, columns, bias);
  };
  const auto norm = [&](const char* part, const std::string& name) {
    if (!name.empty()) layer.norm(part, name, h);
  };
  linear("q", names.query, spec.query_width(), h, spec.query_key_value_bias);
  linear("k", names.key, spec.key_width(), h, spec.query_key_value_bias);
  linear("v", names.value, spec.key_width(), h, spec.query_key_value_bias);
  linear("o", names.output, h, spec.query_width(), spec.output_bias);
  if (block > 0 || spec.first_norm) norm("attention_norm", names.attention_norm);
  if (spec.gated) linear("gate", names.gate, m, h, spec.mlp_bias);
  linear("up", names.up, m, h, spec.mlp_bias);
  linear("down", names.down, h, m, spec.mlp_bias);
  if (spec.flow != LayerFlow::parallel) norm("mlp_norm", names.mlp_norm);
  norm("attention_after_norm", names.attention_after);
  norm("mlp_after_norm", names.mlp_after);
  if (spec.query_key_norm == QueryKeyNorm::none) return;
  const auto own = [&](const std::string& part, const std::string& family, std::int64_t heads) {
    std::vector<std::int64_t> shape{d};
    if (spec.query_key_norm == QueryKeyNorm::full) shape = {heads * d};
    if (spec.query_key_norm == QueryKeyNorm::own_head) shape = {heads, d};
    layer.tensor(part + ".weight", family + ".weight", shape);
    if (spec.query_key_norm_bias) layer.tensor(part + ".bias", family + ".bias", shape);
  };
  if (!names.query_norm.empty()) own("q_norm", names.query_norm, spec.n_heads);
  if (!names.key_norm.empty()) own("k_norm", names.key_norm, spec.kv_heads());
}

void add_bert_embeddings(std::vector<WantedTensor>& out, const ArchitectureSpec& spec) {
  const auto w = spec.table_width();
  out.push_back({"embeddings.word", "embeddings.word_embeddings.weight", {spec.vocabulary, w}});
  if (spec.position_rows > 0)
    out.push_back(
        {"embeddings.position", "embeddings.position_embeddings.weight", {spec.position_rows, w}});
  if (spec.types > 0)
    out.push_back({"embeddings.type", "embeddings.token_type_embeddings.weight", {spec.types, w}});
  const auto normed = spec.projection == ProjectionPlace::before_norm ? spec.hidden : w;
  out.push_back({"embeddings.norm.weight", "embeddings.LayerNorm.weight", {normed}});
  out.push_back({"embeddings.norm.bias", "embeddings.LayerNorm.bias", {normed}});
}

const Rotation* ArchitectureSpec::rotation(std::int64_t layer) const {
  if (rotations.empty()) return nullptr;
  if (rotation_of_layer.empty()) return &rotations.front();
  const auto which = rotation_of_layer[static_cast<std::size_t>(layer)];
  return which < 0 ? nullptr : &rotations[static_cast<std::size_t>(which)];
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
  const auto is = [&](const char* what) { return part.starts_with(what); };
  const bool before =
      architecture.norm_place == NormPlace::before || architecture.norm_place == NormPlace::around;
  return is("q.") || is("k.") || is("q_norm.") || is("k_norm.") || is("distance") || is("pos_q.") ||
         is("pos_k.") || is("score_bias") || (before && is("attention_norm."));
}

}  // namespace attnsweep::spec
