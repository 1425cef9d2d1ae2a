// ModernBERT: rotary positions, LayerNorm before, gated MLP; layers that see everything alternate
// with layers that see local_attention / 2 tokens to each side and turn at another speed.
#include <cmath>

#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

using nlohmann::json;

constexpr std::int64_t kGlobal = 0, kLocal = 1;  // places in ArchitectureSpec::rotations
const char* const kTypes[] = {"full_attention", "sliding_attention"};

/// One a layer: kGlobal or kLocal, from layer_types or from global_attn_every_n_layers.
std::vector<std::int64_t> read_layer_types(ConfigReader& config, std::int64_t n_layers) {
  const auto every = config.count("global_attn_every_n_layers", 3);
  const auto* value = config.find("layer_types");
  std::vector<std::int64_t> types;
  if (!value || value->is_null()) {
    for (std::int64_t i = 0; i < n_layers; ++i) types.push_back(i % every ? kLocal : kGlobal);
    return types;
  }
  if (!value->is_array() || value->size() != static_cast<std::size_t>(n_layers)) {
    config.unexpected("layer_types", *value,
                      "a list of num_hidden_layers " + std::to_string(n_layers) + " entries");
    return std::vector<std::int64_t>(static_cast<std::size_t>(n_layers), kGlobal);
  }
  for (const auto& one : *value) {
    if (one != kTypes[kGlobal] && one != kTypes[kLocal])
      config.unexpected("layer_types", one, "full_attention or sliding_attention");
    types.push_back(one == kTypes[kLocal] ? kLocal : kGlobal);
  }
  return types;
}

/// θ of the entry that rope_parameters has for a type of layers.
double read_theta(ConfigReader& config, const json& parameters, const char* type, double fallback) {
  const auto it = parameters.find(type);
  if (it == parameters.end() || it->is_null()) return fallback;
  const auto key = std::string("rope_parameters.") + type;
  if (!it->is_object()) {
    config.unexpected(key, *it, "an object");
    return fallback;
  }
  double theta = fallback;
  for (const auto& [name, value] : it->items()) {
    if (name == "rope_theta" && value.is_number() && value > json(0))
      theta = value.get<double>();
    else if (name == "rope_theta")
      config.unexpected(key + ".rope_theta", value, "a number > 0");
    else if (name != "rope_type")
      config.leave_over(key + "." + name);
    else if (value != "default")
      config.unexpected(key + ".rope_type", value, "default");
  }
  return theta;
}

void read_rotations(ConfigReader& config, ArchitectureSpec& spec) {
  double global = config.positive("rope_theta", config.positive("global_rope_theta", 160000));
  const auto* own = config.find("local_rope_theta");
  double local = own && own->is_null() ? global : config.positive("local_rope_theta", 10000);
  if (const auto* parameters = config.find("rope_parameters")) {
    if (!parameters->is_object() && !parameters->is_null())
      return config.unexpected("rope_parameters", *parameters, "an object");
    for (const auto& [name, value] : parameters->items())
      if (name != kTypes[kGlobal] && name != kTypes[kLocal])
        config.unexpected("rope_parameters", name, "entries full_attention and sliding_attention");
    global = read_theta(config, *parameters, kTypes[kGlobal], global);
    local = read_theta(config, *parameters, kTypes[kLocal], local);
  }
  config.must_be_empty("rope_scaling", "positions are not stretched in this family");
  if (!config.problems().empty()) return;
  const auto size = spec.head_size();
  if (size % 2 != 0)
    return config.problem("num_attention_heads", std::to_string(spec.n_heads) + " heads of " +
                                                     std::to_string(size) +
                                                     "; expected an even size of heads, whose "
                                                     "halves are rotated");
  for (const double theta : {global, local}) {
    Rotation rotation;
    rotation.base = theta;
    for (std::int64_t j = 0; 2 * j < size; ++j)
      rotation.speeds.push_back(
          std::pow(theta, -2 * static_cast<double>(j) / static_cast<double>(size)));
    spec.rotations.push_back(std::move(rotation));
  }
}

ArchitectureSpec read(ConfigReader& config) {
  ArchitectureSpec spec;
  spec.n_layers = config.count("num_hidden_layers");
  spec.n_heads = config.count("num_attention_heads");
  spec.hidden = config.count("hidden_size");
  spec.intermediate = config.count("intermediate_size");
  spec.vocabulary = config.count("vocab_size");
  spec.max_positions = config.count("max_position_embeddings", 8192);
  spec.padding_id = -1;  // the row of padding is drawn like every other
  spec.norm_eps = config.positive("norm_eps", 1e-5);
  spec.norm_bias = config.flag("norm_bias", false);
  spec.norm_place = NormPlace::before;
  spec.first_norm = false;
  spec.gated = true;
  spec.activation = read_activation(config, "hidden_activation");
  spec.query_key_value_bias = spec.output_bias = config.flag("attention_bias", false);
  spec.mlp_bias = config.flag("mlp_bias", false);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  const auto* cutoff = config.find("initializer_cutoff_factor");
  spec.initializer_cutoff =
      cutoff && cutoff->is_null() ? 3 : config.positive("initializer_cutoff_factor", 2);
  spec.narrow_residual_start = true;
  check_sizes(config, spec, "hidden_size", "num_attention_heads", "num_hidden_layers");
  const auto width = config.count("local_attention", 128);
  if (width < 2) config.problem("local_attention", std::to_string(width) + "; expected at least 2");
  read_rotations(config, spec);
  if (config.problems().empty()) {
    spec.rotation_of_layer = read_layer_types(config, spec.n_layers);
    for (const auto type : spec.rotation_of_layer)
      spec.windows.push_back(type == kLocal ? width / 2 : 0);
  }
  config.harmless(
      "attention_dropout embedding_dropout mlp_dropout decoder_bias classifier_pooling "
      "classifier_bias classifier_activation deterministic_flash_attn sparse_prediction "
      "sparse_pred_ignore_index reference_compile repad_logits_with_grad position_embedding_type "
      "layer_types global_attn_every_n_layers");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  const auto h = spec.hidden, m = spec.intermediate;
  std::vector<WantedTensor> out{
      {"embeddings.word", "embeddings.tok_embeddings.weight", {spec.vocabulary, h}},
      {"embeddings.norm.weight", "embeddings.norm.weight", {h}}};
  if (spec.norm_bias) out.push_back({"embeddings.norm.bias", "embeddings.norm.bias", {h}});
  const LayerNames names{"", "", "", "attn.Wo", "attn_norm", "", "mlp.Wo", "mlp_norm"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    const auto place = "layers." + std::to_string(i) + ".";
    BlockTensors layer(out, spec, i, place);
    const char* const parts[] = {"q", "k", "v"};
    for (std::int64_t part = 0; part < 3; ++part)
      layer.linear(parts[part], "attn.Wqkv", h, h, spec.query_key_value_bias, {3 * h, {part * h}});
    // The first half is the one that goes through the activation.
    layer.linear("gate", "mlp.Wi", m, h, spec.mlp_bias, {2 * m, {0}});
    layer.linear("up", "mlp.Wi", m, h, spec.mlp_bias, {2 * m, {m}});
    add_layer(out, spec, i, place, names);
  }
  return out;
}

}  // namespace

Family modernbert_family() {
  Family family;
  family.model_types = {"modernbert"};
  family.summary = "encoder; rotary positions, LayerNorm before, global and local layers";
  family.options = {
      "global_attn_every_n_layers, or layer_types: full_attention, sliding_attention",
      "local_attention: from 2; half of it to each side",
      "global_rope_theta, local_rope_theta, or rope_parameters: default, one entry a layer type",
      "attention_bias, mlp_bias, norm_bias: true, false",
      "hidden_activation: gelu, gelu_new, gelu_pytorch_tanh, relu, silu"};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "model.";
  family.expected_extras = {"final_norm.", "head.", "decoder.", "classifier."};
  family.expected_endings = {".rotary_emb.inv_freq"};
  return family;
}

}  // namespace attnsweep::spec
