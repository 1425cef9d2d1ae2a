// ModernBERT: rotary positions, LayerNorm before, gated MLP; layers that see everything alternate
// with layers that see local_attention / 2 tokens to each side and turn at another speed.
#include "spec/families/decoder.hpp"
#include "spec/families/rotary.hpp"

namespace attnsweep::spec {
namespace {

using nlohmann::json;

/// The rotation of the layers that see everything, then that of the others. Older versions of the
/// library spell them global_rope_theta and local_rope_theta beside a rope_scaling for both, newer
/// ones as two objects in rope_parameters.
void read_rotations(ConfigReader& config, ArchitectureSpec& spec) {
  const char* const types[] = {"full_attention", "sliding_attention"};
  const double global = config.positive("rope_theta", config.positive("global_rope_theta", 160000));
  const auto* own = config.find("local_rope_theta");
  const double local = own && own->is_null() ? global : config.positive("local_rope_theta", 10000);
  const auto given = [&](const char* key) {
    const auto* value = config.find(key);
    return value && !value->is_null() ? *value : json::object();
  };
  const auto scaling = given("rope_scaling"), parameters = given("rope_parameters");
  if (!scaling.is_object()) return config.unexpected("rope_scaling", scaling, "an object");
  if (!parameters.is_object()) return config.unexpected("rope_parameters", parameters, "an object");
  if (!scaling.empty() && !parameters.empty())
    return config.problem("rope_scaling", "given beside rope_parameters; expected one of the two");
  for (const auto& [name, value] : parameters.items())
    if (name != types[0] && name != types[1]) config.leave_over("rope_parameters." + name);
  for (int i = 0; i < 2; ++i) {
    const auto it = parameters.find(types[i]);
    const bool mine = it != parameters.end() && !it->is_null();
    const auto key = mine ? std::string("rope_parameters.") + types[i] : "rope_scaling";
    if (mine && !it->is_object()) return config.unexpected(key, *it, "an object");
    RotaryDefaults defaults;
    defaults.theta = i == 0 ? global : local;
    spec.rotations.push_back(read_rotation(config, spec, key, mine ? *it : scaling, defaults));
  }
  lengthen_positions(spec);
}

/// Layers in turn, each `every`-th of which sees everything, or as layer_types has them.
void read_layers(ConfigReader& config, ArchitectureSpec& spec) {
  const auto width = config.count("local_attention", 128);
  if (width < 2)
    return config.problem("local_attention", std::to_string(width) + "; expected at least 2");
  const auto every = config.count("global_attn_every_n_layers", 3);
  read_layer_types(config, spec, width / 2, "", [&](std::int64_t i) { return i % every != 0; });
  for (const auto window : spec.windows) spec.rotation_of_layer.push_back(window > 0 ? 1 : 0);
}

ArchitectureSpec read(ConfigReader& config) {
  ArchitectureSpec spec;
  spec.n_layers = config.count("num_hidden_layers", 22);
  spec.n_heads = config.count("num_attention_heads", 12);
  spec.hidden = config.count("hidden_size", 768);
  spec.intermediate = config.count("intermediate_size", 1152);
  spec.vocabulary = config.count("vocab_size", 50368);
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
  read_layers(config, spec);
  if (config.problems().empty()) read_rotations(config, spec);
  config.harmless(
      "layer_norm_eps attention_dropout embedding_dropout mlp_dropout decoder_bias "
      "classifier_pooling "
      "classifier_bias classifier_activation deterministic_flash_attn sparse_prediction "
      "sparse_pred_ignore_index reference_compile repad_logits_with_grad position_embedding_type");
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
      "global_rope_theta, local_rope_theta with rope_scaling, or rope_parameters by layer type: "
      "default, linear, dynamic, llama3, yarn, longrope",
      "attention_bias, mlp_bias, norm_bias: true, false", activation_option("hidden_activation")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "model.";
  family.expected_extras = {"final_norm.", "head.", "decoder.", "classifier."};
  family.expected_endings = {".rotary_emb.inv_freq"};
  return family;
}

}  // namespace attnsweep::spec
