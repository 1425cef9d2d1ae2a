#include "spec/families/family.hpp"

#include <map>

namespace attnsweep::spec {

Activation read_activation(ConfigReader& config, const std::string& key) {
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
  const auto name = config.text(key, "gelu");
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
  if (spec.hidden % spec.n_heads != 0)
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

void add_layer(std::vector<WantedTensor>& out, const ArchitectureSpec& spec, std::int64_t layer,
               const std::string& family_layer, const LayerNames& names) {
  const auto place = "layers." + std::to_string(layer) + ".";
  const auto add = [&](const char* engine, const std::string& family, std::int64_t rows,
                       std::int64_t columns) {
    std::vector<std::int64_t> shape{rows};
    if (columns > 0) shape.push_back(columns);
    out.push_back({place + engine + ".weight", family_layer + family + ".weight", shape});
    out.push_back({place + engine + ".bias", family_layer + family + ".bias", {rows}});
  };
  const auto h = spec.hidden, m = spec.intermediate;
  add("q", names.query, h, h);
  add("k", names.key, h, h);
  add("v", names.value, h, h);
  add("o", names.output, h, h);
  add("attention_norm", names.attention_norm, h, 0);
  add("up", names.up, m, h);
  add("down", names.down, h, m);
  add("mlp_norm", names.mlp_norm, h, 0);
}

bool attention_depends_on(const ArchitectureSpec& architecture, const std::string& name) {
  const auto last = "layers." + std::to_string(architecture.n_layers - 1) + ".";
  return !name.starts_with(last) || name.starts_with(last + "q.") || name.starts_with(last + "k.");
}

}  // namespace attnsweep::spec
