// ALBERT: layers share their weights by groups; a group may hold several layers of its own, each
// with its own attention, so that there are num_hidden_layers × inner_group_num matrices.
#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

/// The group of each turn, by the library's own division of floating-point numbers.
std::vector<std::int64_t> blocks_of(std::int64_t turns, std::int64_t groups, std::int64_t inner) {
  std::vector<std::int64_t> blocks;
  const double turns_per_group = static_cast<double>(turns) / static_cast<double>(groups);
  for (std::int64_t i = 0; i < turns; ++i) {
    const auto group = static_cast<std::int64_t>(static_cast<double>(i) / turns_per_group);
    for (std::int64_t j = 0; j < inner; ++j) blocks.push_back(group * inner + j);
  }
  return blocks;
}

ArchitectureSpec read(ConfigReader& config) {
  // Its relative ones are another thing than BERT's: what they add to the scores is not scaled.
  config.only("position_embedding_type", "absolute", "learned absolute positions");
  auto spec = bert_family().read(config);
  spec.embedding_width = config.count("embedding_size", 128);
  spec.projection = ProjectionPlace::after_norm;
  const auto groups = config.count("num_hidden_groups", 1);
  const auto inner = config.count("inner_group_num", 1);
  config.harmless(
      "classifier_dropout_prob gap_size net_structure_type num_memory_blocks down_scale_factor "
      "layers_to_keep");
  if (!config.problems().empty()) return spec;
  spec.activation = read_activation(config, "hidden_act", "gelu_new");
  if (groups > spec.n_layers) {
    config.problem("num_hidden_groups", std::to_string(groups) +
                                            " is more than num_hidden_layers " +
                                            std::to_string(spec.n_layers));
  } else if (inner * spec.n_layers > 4096) {
    config.problem("inner_group_num", std::to_string(inner) + " × num_hidden_layers " +
                                          std::to_string(spec.n_layers) +
                                          "; expected at most 4096 layers");
  } else {
    spec.blocks = blocks_of(spec.n_layers, groups, inner);
    spec.n_layers *= inner;
    spec.blocks_per_group = inner;
  }
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out;
  add_bert_embeddings(out, spec);
  out.push_back({"embeddings.projection.weight",
                 "encoder.embedding_hidden_mapping_in.weight",
                 {spec.hidden, spec.embedding_width}});
  out.push_back(
      {"embeddings.projection.bias", "encoder.embedding_hidden_mapping_in.bias", {spec.hidden}});
  const LayerNames names{"attention.query", "attention.key",        "attention.value",
                         "attention.dense", "attention.LayerNorm",  "ffn",
                         "ffn_output",      "full_layer_layer_norm"};
  const auto inner = spec.blocks_per_group;
  for (std::int64_t block = 0; block < spec.n_blocks(); ++block) {
    const auto place = "encoder.albert_layer_groups." + std::to_string(block / inner) +
                       ".albert_layers." + std::to_string(block % inner) + ".";
    add_layer(out, spec, block, place, names);
  }
  return out;
}

}  // namespace

Family albert_family() {
  Family family;
  family.model_types = {"albert"};
  family.summary = "encoder; as bert, narrow tables, layers that share their weights";
  family.options = {"num_hidden_groups, inner_group_num: any", "position_embedding_type: absolute",
                    activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "albert.";
  family.expected_extras = {"pooler.",
                            "predictions.",
                            "sop_classifier.",
                            "classifier.",
                            "qa_outputs.",
                            "embeddings.position_ids",
                            "embeddings.token_type_ids"};
  return family;
}

}  // namespace attnsweep::spec
