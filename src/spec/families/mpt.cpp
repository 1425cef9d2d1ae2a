// MPT: ALiBi counted from the last token, no biases anywhere, attention's keys in attn_config.
#include <cmath>
#include <set>
#include <sstream>

#include "spec/families/older_decoders.hpp"

namespace attnsweep::spec {
namespace {

using nlohmann::json;

/// 2^(−steepest i / p) for i of 1 … p, the next power of two; where that is more than there are
/// heads, the even ones come first and then the odd ones.
std::vector<double> slopes_of(std::int64_t n_heads, double steepest) {
  std::int64_t power = 1;
  while (power < n_heads) power *= 2;
  std::vector<double> slopes;
  const auto add = [&](std::int64_t first, std::int64_t step) {
    for (auto i = first; i <= power && std::ssize(slopes) < n_heads; i += step)
      slopes.push_back(
          std::exp2(-static_cast<double>(i) * (steepest / static_cast<double>(power))));
  };
  if (power == n_heads) {
    add(1, 1);
  } else {
    add(2, 2);
    add(1, 2);
  }
  return slopes;
}

/// attn_config, entry by entry.
class AttentionKeys {
 public:
  AttentionKeys(ConfigReader& config, const json& object) : config_(config), object_(object) {}
  /// A number > 0, or the fallback where it is missing or null, or 0 where that is said to be one.
  double positive(const std::string& key, double fallback, bool zero_is_none = false) {
    const auto* value = find(key);
    if (!value || (zero_is_none && *value == 0)) return fallback;
    if (value->is_number() && std::isfinite(value->get<double>()) && value->get<double>() > 0)
      return value->get<double>();
    config_.unexpected("attn_config." + key, *value, "a number > 0 or null");
    return fallback;
  }
  void only(const std::string& key, const json& wanted, const std::string& why) {
    const auto* value = find(key);
    if (value && *value != wanted)
      config_.problem("attn_config." + key, value->dump() + " is not supported; expected " +
                                                wanted.dump() + " (" + why + ")");
  }
  void harmless(const std::string& keys) {
    std::istringstream words(keys);
    for (std::string key; words >> key;) seen_.insert(key);
  }
  void leave_over() const {
    for (const auto& [key, value] : object_.items())
      if (!seen_.contains(key)) config_.leave_over("attn_config." + key);
  }

 private:
  const json* find(const std::string& key) {
    seen_.insert(key);
    const auto it = object_.find(key);
    return it == object_.end() || it->is_null() ? nullptr : &*it;
  }
  ConfigReader& config_;
  const json& object_;
  std::set<std::string> seen_;
};

void read_attention(ConfigReader& config, ArchitectureSpec& spec) {
  const auto* value = config.find("attn_config");
  const json nothing = json::object();
  if (value && !value->is_null() && !value->is_object())
    return config.unexpected("attn_config", *value, "an object");
  AttentionKeys keys(config, value && value->is_object() ? *value : nothing);
  // The library takes 0 for "no clip", and a scale of 0 for 0.
  spec.query_key_value_clip = keys.positive("clip_qkv", 0, true);
  spec.score_factor = keys.positive("softmax_scale", 0);
  const auto steepest = keys.positive("alibi_bias_max", 8);
  keys.only("alibi", true, "ALiBi is always added, by the library too");
  keys.only("attn_type", "multihead_attention", "one key and value a query head");
  keys.only("prefix_lm", false, "causal");
  keys.only("rope", false, "ALiBi");
  keys.only("sliding_window_size", -1, "no window");
  // The library reads none of these; whether there are norms of q and k the tensors tell.
  keys.harmless("attn_pdrop attn_impl attn_uses_sequence_id qk_ln model_type transformers_version");
  // The library saves it like a configuration of its own.
  keys.harmless(ConfigReader::keys_everywhere() + " is_encoder_decoder");
  keys.leave_over();
  spec.score_bias.kind = ScoreBias::Kind::alibi;
  spec.score_bias.alibi_from_end = true;
  if (config.problems().empty()) spec.score_bias.slopes = slopes_of(spec.n_heads, steepest);
}

ArchitectureSpec read(ConfigReader& config) {
  auto spec = older_decoder(config);
  spec.n_layers = mapped_count(config, "n_layers", "num_hidden_layers", 24);
  spec.n_heads = mapped_count(config, "n_heads", "num_attention_heads", 16);
  spec.hidden = mapped_count(config, "d_model", "hidden_size", 2048);
  spec.intermediate = 4 * spec.hidden;
  spec.vocabulary = config.count("vocab_size", 50368);
  // Its table of biases ends there.
  spec.max_positions = config.count("max_seq_len", 2048);
  spec.norm_eps = config.positive("layer_norm_epsilon", 1e-5);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.norm_bias = false;
  spec.query_key_value_bias = spec.output_bias = spec.mlp_bias = false;
  check_sizes(config, spec, "d_model", "n_heads", "n_layers");
  read_attention(config, spec);
  const auto norm = config.text("norm_type", "low_precision_layernorm");
  if (norm != "low_precision_layernorm" && norm != "layernorm")
    config.unexpected("norm_type", norm, "low_precision_layernorm or layernorm");
  // The library reads none of expansion_ratio, no_bias and learned_pos_emb: its MLP is four times
  // as wide, it has no biases and no table of positions. Files with other tensors are refused.
  config.harmless(
      "expansion_ratio no_bias learned_pos_emb logit_scale embedding_fraction emb_pdrop "
      "resid_pdrop "
      "init_device init_config verbose tokenizer_name");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  const auto h = spec.hidden;
  std::vector<WantedTensor> out{{"embeddings.word", "wte.weight", {spec.vocabulary, h}}};
  const LayerNames names{"",      "", "", "attn.out_proj", "norm_1", "ffn.up_proj", "ffn.down_proj",
                         "norm_2"};
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    const auto family_layer = "blocks." + std::to_string(i) + ".";
    BlockTensors layer(out, spec, i, family_layer);
    layer.linear("q", "attn.Wqkv", h, h, false, {3 * h, {0}});
    layer.linear("k", "attn.Wqkv", h, h, false, {3 * h, {h}});
    layer.linear("v", "attn.Wqkv", h, h, false, {3 * h, {2 * h}});
    add_layer(out, spec, i, family_layer, names);
  }
  return out;
}

}  // namespace

Family mpt_family() {
  Family family;
  family.model_types = {"mpt"};
  family.summary = "decoder; ALiBi, LayerNorm before, no biases";
  family.options = {"attn_config.alibi_bias_max: any (the library itself always takes 8)",
                    "attn_config.clip_qkv, softmax_scale: any, null", "attn_config.alibi: true",
                    "attn_config.attn_type: multihead_attention"};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "transformer.";
  family.expected_extras = {"norm_f.", "lm_head.", "score.", "classifier.", "qa_outputs."};
  return family;
}

}  // namespace attnsweep::spec
