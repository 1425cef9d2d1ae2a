// Longformer without global attention: RoBERTa in which a token looks attention_window / 2 tokens
// to each side. Which tokens should be global is a question of the task, and the library has none
// unless it is told; the projections that such tokens would use are stored and not read.
// transformers returns the attention of a token as the band around it; here it is a row of n.
#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

using nlohmann::json;

/// attention_window, one number or one a layer; both sides together.
std::vector<std::int64_t> read_windows(ConfigReader& config, std::int64_t n_layers) {
  const json whole = 512;
  const auto* value = config.find("attention_window");
  if (!value) value = &whole;
  const auto list = value->is_array()
                        ? *value
                        : json(std::vector<json>(static_cast<std::size_t>(n_layers), *value));
  std::vector<std::int64_t> windows;
  bool good = list.size() == static_cast<std::size_t>(n_layers);
  for (const auto& one : list) {
    good = good && one.is_number_integer() && one > json(0) && one <= json(1 << 30) &&
           one.get<std::int64_t>() % 2 == 0;
    if (good) windows.push_back(one.get<std::int64_t>() / 2);
  }
  if (!good)
    config.unexpected("attention_window", *value,
                      "an even number > 0, or a list of num_hidden_layers " +
                          std::to_string(n_layers) + " of them");
  return windows;
}

ArchitectureSpec read(ConfigReader& config) {
  config.only("position_embedding_type", "absolute", "learned absolute positions");
  auto spec = roberta_family().read(config);
  if (config.problems().empty()) spec.windows = read_windows(config, spec.n_layers);
  config.harmless("attention_window onnx_export attention_mode ignore_attention_mask");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  return bert_family().tensors(spec);
}

}  // namespace

Family longformer_family() {
  Family family;
  family.model_types = {"longformer"};
  family.summary = "encoder; as roberta, with windows to both sides and no global attention";
  family.options = {"attention_window: even, one or one a layer; half of it to each side",
                    "no token has global attention", activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "longformer.";
  family.expected_extras = {"pooler.", "lm_head.", "classifier.", "qa_outputs.",
                            "embeddings.position_ids"};
  for (const char* part : {"query", "key", "value"})
    for (const char* kind : {"weight", "bias"})
      family.expected_endings.push_back(std::string(".attention.self.") + part + "_global." + kind);
  return family;
}

}  // namespace attnsweep::spec
