#pragma once
// Private to src/spec.
#include <string>
#include <vector>

#include "spec/architecture.hpp"
#include "spec/config_reader.hpp"
#include "spec/model_files.hpp"

namespace attnsweep::spec {

/// A family as data: how its config.json becomes an ArchitectureSpec, and what its tensors are
/// called. To add one: a file here with a function that returns this, a line in registry.cpp and
/// in CMakeLists.txt, and a reference in tests/reference.
struct Family {
  std::vector<std::string> model_types;
  std::string summary;
  std::vector<std::string> options;
  /// Consumes the keys; problems stay in the reader.
  ArchitectureSpec (*read)(ConfigReader&) = nullptr;
  std::vector<WantedTensor> (*tensors)(const ArchitectureSpec&) = nullptr;
  /// What stands before a tensor's name where the model was saved under a head ("bert.").
  std::string prefix;
  /// Beginnings of names, without prefix, of tensors that attention does not depend on: heads,
  /// poolers, buffers.
  std::vector<std::string> expected_extras;
  /// The same by their endings: buffers of single layers.
  std::vector<std::string> expected_endings;
};

Family albert_family();
Family bert_family();
Family distilbert_family();
Family electra_family();
Family gpt2_family();
Family llama_family();
Family mistral_family();
Family qwen2_family();
Family qwen3_family();
Family roberta_family();

/// The family that understands this model_type, or nullptr.
const Family* find_family(const std::string& model_type);
/// Every model_type understood.
std::vector<std::string> known_model_types();

/// The key's activation; a name outside Activation is a problem.
Activation read_activation(ConfigReader& config, const std::string& key,
                           const std::string& fallback = "gelu");
/// Checks that go across keys: heads divide the hidden size, there are two layers to compare.
void check_sizes(ConfigReader& config, const ArchitectureSpec& spec, const char* hidden_key,
                 const char* heads_key, const char* layers_key);

/// Names that the tensors of one layer carry in a family; each gets ".weight" and, where the
/// architecture has it, ".bias".
struct LayerNames {
  std::string query, key, value, output, attention_norm, up, down, mlp_norm;
  std::string gate = {}, query_norm = {}, key_norm = {};  ///< used where the architecture has them
};
/// Engine names and shapes of a block of weights:
/// layers.<block>.{q,k,v,o,attention_norm,up,down,mlp_norm}, gate, q_norm, k_norm.
void add_layer(std::vector<WantedTensor>& out, const ArchitectureSpec& spec, std::int64_t block,
               const std::string& family_layer, const LayerNames& names);
/// BERT's tables: embeddings.{word,position,type}_embeddings and embeddings.LayerNorm.
void add_bert_embeddings(std::vector<WantedTensor>& out, const ArchitectureSpec& spec);

}  // namespace attnsweep::spec
