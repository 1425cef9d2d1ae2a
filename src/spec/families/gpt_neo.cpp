// GPT-Neo: scores without a scale, some layers with a window.
#include "spec/families/older_decoders.hpp"

namespace attnsweep::spec {
namespace {

using nlohmann::json;

constexpr int kMostRepeats = 4096;  // as many layers as a model may have

/// [[["global", "local"], 12], …] written out; empty where it is not of that form.
std::vector<std::string> written_out(const json& types, std::int64_t most) {
  std::vector<std::string> layers;
  if (!types.is_array()) return {};
  for (const auto& item : types) {
    if (!item.is_array() || item.size() != 2 || !item[0].is_array() ||
        !item[1].is_number_integer() || item[1] < 0 || item[1] > kMostRepeats)
      return {};
    for (auto left = item[1].get<int>(); left > 0; --left)
      for (const auto& type : item[0]) {
        // One more than fits is enough to be refused.
        if (!type.is_string() || std::ssize(layers) > most) return {};
        layers.push_back(type.get<std::string>());
      }
  }
  return layers;
}

/// attention_layers, one name a layer, wins over the shorter attention_types, as in the library.
void read_windows(ConfigReader& config, ArchitectureSpec& spec) {
  const auto width = config.count("window_size", 256);
  const auto* layers = config.find("attention_layers");
  const auto* types = config.find("attention_types");
  if (!config.problems().empty()) return;
  const json usual = json::array({json::array({json::array({"global", "local"}), 12})});
  const bool named = layers && !layers->is_null();
  std::vector<std::string> names;
  if (named && layers->is_array())
    for (const auto& one : *layers) names.push_back(one.is_string() ? one.get<std::string>() : "");
  if (!named) names = written_out(types ? *types : usual, spec.n_layers);
  const std::string key = named ? "attention_layers" : "attention_types";
  const auto& value = named ? *layers : types ? *types : usual;
  if (std::ssize(names) != spec.n_layers)
    return config.unexpected(key, value,
                             "\"global\" or \"local\" for each of num_layers " +
                                 std::to_string(spec.n_layers) + " layers");
  for (const auto& name : names) {
    if (name != "global" && name != "local")
      return config.unexpected(key, name, "\"global\" or \"local\"");
    spec.windows.push_back(name == "local" ? width : 0);
  }
}

ArchitectureSpec read(ConfigReader& config) {
  auto spec = older_decoder(config);
  spec.n_layers = mapped_count(config, "num_layers", "num_hidden_layers", 24);
  spec.n_heads = mapped_count(config, "num_heads", "num_attention_heads", 16);
  spec.hidden = config.count("hidden_size", 2048);
  spec.intermediate = count_or(config, "intermediate_size", 4 * spec.hidden);
  spec.vocabulary = config.count("vocab_size", 50257);
  spec.max_positions = spec.position_rows = config.count("max_position_embeddings", 2048);
  spec.norm_eps = config.positive("layer_norm_epsilon", 1e-5);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "activation_function", "gelu_new");
  spec.scale_scores = false;
  spec.query_key_value_bias = false;
  check_sizes(config, spec, "hidden_size", "num_heads", "num_layers");
  read_windows(config, spec);
  config.harmless(
      "resid_dropout embed_dropout attention_dropout summary_type summary_use_proj "
      "summary_activation summary_proj_to_labels summary_first_dropout");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  const auto h = spec.hidden;
  std::vector<WantedTensor> out{{"embeddings.word", "wte.weight", {spec.vocabulary, h}},
                                {"embeddings.position", "wpe.weight", {spec.position_rows, h}}};
  const LayerNames names{"attn.attention.q_proj",
                         "attn.attention.k_proj",
                         "attn.attention.v_proj",
                         "attn.attention.out_proj",
                         "ln_1",
                         "mlp.c_fc",
                         "mlp.c_proj",
                         "ln_2"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i)
    add_layer(out, spec, i, "h." + std::to_string(i) + ".", names);
  return out;
}

}  // namespace

Family gpt_neo_family() {
  Family family;
  family.model_types = {"gpt_neo"};
  family.summary = "decoder; as gpt2, scores not scaled, layers global or with a window";
  family.options = {"attention_types, attention_layers: global, local", "window_size: any",
                    "intermediate_size: any", activation_option("activation_function")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "transformer.";
  family.expected_extras = {"ln_f.", "lm_head.", "score.", "classifier.", "qa_outputs."};
  family.expected_endings = {".attn.attention.bias", ".attn.attention.masked_bias"};
  return family;
}

}  // namespace attnsweep::spec
