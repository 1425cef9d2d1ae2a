// Mixtures of experts: their keys and tensors.
#include <algorithm>

#include "spec/families/decoder.hpp"

namespace attnsweep::spec {

void read_experts(ConfigReader& config, ArchitectureSpec& spec, std::int64_t count,
                  std::int64_t top) {
  // The library's versions spell it either way.
  const char* key = config.find("num_local_experts") ? "num_local_experts" : "num_experts";
  if (config.find("num_experts") && config.find("num_local_experts") &&
      *config.find("num_experts") != *config.find("num_local_experts"))
    config.unexpected("num_local_experts", *config.find("num_local_experts"),
                      "num_experts' own value, or none");
  spec.experts.count = config.from_zero(key, count);
  spec.experts.top = config.count("num_experts_per_tok", top);
  if (spec.experts.count > 0 && spec.experts.top > spec.experts.count)
    config.problem("num_experts_per_tok", std::to_string(spec.experts.top) + " of " + key + " " +
                                              std::to_string(spec.experts.count));
  config.harmless("output_router_logits router_aux_loss_coef router_jitter_noise");
}

void read_sparse_layers(ConfigReader& config, ArchitectureSpec& spec) {
  const auto step = config.count("decoder_sparse_step", 1);
  const auto* plain = config.find("mlp_only_layers");
  const bool given = plain && !plain->is_null();
  if (given && !(plain->is_array() &&
                 std::all_of(plain->begin(), plain->end(), [](const nlohmann::json& layer) {
                   return layer.is_number_integer();
                 })))
    return config.unexpected("mlp_only_layers", *plain, "a list of layers");
  if (!config.problems().empty() || spec.n_layers > 4096) return;
  for (std::int64_t i = 0; i < spec.n_layers; ++i)
    spec.experts.layers.push_back((i + 1) % step == 0 &&
                                  !(given && std::count(plain->begin(), plain->end(), i) > 0));
}

ExpertNames expert_names() {
  return {"mlp.gate",          "mlp.experts.",          "gate_proj", "up_proj", "down_proj",
          "mlp.shared_expert", "mlp.shared_expert_gate"};
}

void add_experts(std::vector<WantedTensor>& out, const ArchitectureSpec& spec, std::int64_t block,
                 const std::string& family_layer, const ExpertNames& names) {
  BlockTensors layer(out, spec, block, family_layer);
  const auto h = spec.hidden;
  const auto mlp = [&](const std::string& part, const std::string& family, std::int64_t width) {
    layer.linear(part + ".gate", family + "." + names.gate, width, h, false);
    layer.linear(part + ".up", family + "." + names.up, width, h, false);
    layer.linear(part + ".down", family + "." + names.down, h, width, false);
  };
  layer.linear("router", names.router, spec.experts.count, h, false);
  for (std::int64_t j = 0; j < spec.experts.count; ++j)
    mlp("experts." + std::to_string(j), names.experts + std::to_string(j),
        spec.experts.intermediate);
  if (spec.experts.shared == 0) return;
  mlp("shared", names.shared, spec.experts.shared);
  layer.linear("shared_gate", names.shared_gate, 1, h, false);
}

}  // namespace attnsweep::spec
