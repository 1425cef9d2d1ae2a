// BigBird with full attention. Its block-sparse attention is the full one up to
// (5 + 2 num_random_blocks) block_size tokens, where transformers changes over by itself, and such
// a model is run up to there. Beyond, its attention depends on blocks drawn at random, and the maps
// that transformers returns for it are not those it has used: neither is copied.
#include <algorithm>
#include <cmath>

#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read(ConfigReader& config) {
  config.only("position_embedding_type", "absolute", "learned absolute positions");
  auto spec = bert_family().read(config);
  const auto type = config.text("attention_type", "block_sparse");
  const auto block = config.count("block_size", 64);
  const auto random = config.from_zero("num_random_blocks", 3);
  if (type == "block_sparse")
    spec.max_positions = std::min(spec.max_positions, (5 + 2 * random) * block);
  else if (type != "original_full")
    config.problem("attention_type",
                   "\"" + type + "\" is not supported; expected original_full or block_sparse");
  spec.query_key_value_bias = config.flag("use_bias", true);
  if (config.flag("rescale_embeddings", false))
    spec.embedding_factor = std::sqrt(static_cast<double>(spec.hidden));
  if (config.problems().empty())
    spec.activation = read_activation(config, "hidden_act", "gelu_new");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  return bert_family().tensors(spec);
}

}  // namespace

Family big_bird_family() {
  Family family;
  family.model_types = {"big_bird"};
  family.summary = "encoder; as bert, with full attention";
  family.options = {
      "attention_type: original_full; block_sparse up to (5 + 2 num_random_blocks) block_size "
      "tokens, where it is full attention",
      "use_bias, rescale_embeddings: true, false", activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "bert.";
  family.expected_extras = {"pooler.",
                            "cls.",
                            "classifier.",
                            "qa_classifier.",
                            "embeddings.position_ids",
                            "embeddings.token_type_ids"};
  return family;
}

}  // namespace attnsweep::spec
