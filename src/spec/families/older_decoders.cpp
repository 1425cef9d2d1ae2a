#include "spec/families/older_decoders.hpp"

#include <cmath>

namespace attnsweep::spec {

std::int64_t mapped_count(ConfigReader& config, const std::string& own, const std::string& general,
                          std::int64_t fallback) {
  const auto* first = config.find(own);
  const auto* second = config.find(general);
  if (first && second && *first != *second)
    config.unexpected(general, *second, own + "'s " + first->dump() + ": they are one key");
  return config.count(second ? general : own, fallback);
}

std::int64_t count_or(ConfigReader& config, const std::string& key, std::int64_t fallback) {
  const auto* value = config.find(key);
  return value && !value->is_null() ? config.count(key) : fallback;
}

void check_groups(ConfigReader& config, const ArchitectureSpec& spec, const std::string& key) {
  if (config.problems().empty() && spec.n_heads % spec.kv_heads() != 0)
    config.problem(key, std::to_string(spec.kv_heads()) + " does not divide num_attention_heads " +
                            std::to_string(spec.n_heads));
}

ArchitectureSpec older_decoder(ConfigReader& config) {
  // Causal whatever it says.
  config.harmless("is_decoder");
  config.only("add_cross_attention", false, "no second input");
  ArchitectureSpec spec;
  spec.causal = true;
  spec.embedding_norm = false;
  spec.norm_place = NormPlace::before;
  spec.padding_id = -1;
  return spec;
}

std::vector<double> alibi_slopes(std::int64_t n_heads) {
  std::int64_t power = 1;
  while (2 * power <= n_heads) power *= 2;
  const auto slope = [](std::int64_t i, std::int64_t of) {
    return std::exp2(-8 * static_cast<double>(i) / static_cast<double>(of));
  };
  std::vector<double> slopes;
  for (std::int64_t i = 1; i <= power; ++i) slopes.push_back(slope(i, power));
  for (std::int64_t i = 0; i < n_heads - power; ++i) slopes.push_back(slope(2 * i + 1, 2 * power));
  return slopes;
}

void add_grouped_query_key_value(BlockTensors& layer, const ArchitectureSpec& spec,
                                 const std::string& family) {
  const auto h = spec.hidden, d = spec.head_size(), keys = spec.kv_heads();
  const auto group = spec.n_heads / keys;
  const auto stride = (group + 2) * d;
  const auto add = [&](const char* part, std::int64_t first, std::int64_t run) {
    layer.linear(part, family, keys * run, h, spec.query_key_value_bias,
                 {keys * stride, {first, run, stride}});
  };
  add("q", 0, group * d);
  add("k", group * d, d);
  add("v", (group + 1) * d, d);
}

}  // namespace attnsweep::spec
