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
Family big_bird_family();
Family bloom_family();
Family cohere_family();
Family deberta_v2_family();
Family distilbert_family();
Family electra_family();
Family falcon_family();
Family gemma2_family();
Family gemma3_family();
Family gemma_family();
Family gpt2_family();
Family gpt_neo_family();
Family gpt_neox_family();
Family gptj_family();
Family granite_family();
Family llama_family();
Family longformer_family();
Family mistral_family();
Family mixtral_family();
Family modernbert_family();
Family mpnet_family();
Family mpt_family();
Family mt5_family();
Family olmo2_family();
Family olmo_family();
Family olmoe_family();
Family opt_family();
Family phi3_family();
Family phi_family();
Family qwen2_family();
Family qwen2_moe_family();
Family qwen3_family();
Family qwen3_moe_family();
Family roberta_family();
Family smollm3_family();
Family stablelm_family();
Family starcoder2_family();
Family t5_family();
Family umt5_family();

/// The family that understands this model_type, or nullptr.
const Family* find_family(const std::string& model_type);
/// Every model_type understood.
std::vector<std::string> known_model_types();

/// The line of Family::options about the key of an activation.
std::string activation_option(const std::string& key);
/// The key's activation; a name outside Activation is a problem.
Activation read_activation(ConfigReader& config, const std::string& key,
                           const std::string& fallback = "gelu");
/// The same for a name that was found in the value of `key`.
Activation activation_named(ConfigReader& config, const std::string& key, const std::string& name);
/// Checks that go across keys: heads divide the hidden size, there are two layers to compare.
void check_sizes(ConfigReader& config, const ArchitectureSpec& spec, const char* hidden_key,
                 const char* heads_key, const char* layers_key);

/// A wanted tensor's place in a stored one of `stored_rows` rows that holds several.
struct Fused {
  std::int64_t stored_rows = 0;
  RowSelection rows;
};

/// Appends the tensors of one block of weights: "layers.<block>.<part>" for the engine, the
/// family's names below `family_layer`.
class BlockTensors {
 public:
  BlockTensors(std::vector<WantedTensor>& out, const ArchitectureSpec& spec, std::int64_t block,
               std::string family_layer);
  /// A linear map, rows × columns; `fused`: it is stored as a part of another.
  void linear(const std::string& part, const std::string& family, std::int64_t rows,
              std::int64_t columns, bool bias, const Fused& fused = {}, double start = -1);
  /// Weight and bias as the architecture has them.
  void norm(const std::string& part, const std::string& family, std::int64_t width);
  /// A tensor under the family's full name.
  void tensor(const std::string& part, const std::string& family, std::vector<std::int64_t> shape);

 private:
  std::vector<WantedTensor>& out_;
  const ArchitectureSpec& spec_;
  const std::string engine_, family_;
};

/// Names that the tensors of one layer carry in a family. An empty name: the tensor is added by the
/// family itself.
struct LayerNames {
  std::string query, key, value, output, attention_norm, up, down, mlp_norm;
  std::string gate = {}, query_norm = {}, key_norm = {};  ///< used where the architecture has them
  std::string attention_after = {}, mlp_after = {};
};
/// The parts that most families have: q, k, v, o, attention_norm, up, down, mlp_norm, and as the
/// architecture has them gate, q_norm, k_norm, attention_after_norm, mlp_after_norm.
void add_layer(std::vector<WantedTensor>& out, const ArchitectureSpec& spec, std::int64_t block,
               const std::string& family_layer, const LayerNames& names);
/// BERT's tables: embeddings.{word,position,token_type}_embeddings, of which the last two may be
/// missing, and embeddings.LayerNorm.
void add_bert_embeddings(std::vector<WantedTensor>& out, const ArchitectureSpec& spec);
/// position_embedding_type of BERT and its kin: absolute leaves the table of positions, and each
/// relative one puts a table of distances into every layer instead.
void read_bert_positions(ConfigReader& config, ArchitectureSpec& spec);
/// A layer of BERT: everything below encoder.layer.<i>.
void add_bert_layer(std::vector<WantedTensor>& out, const ArchitectureSpec& spec,
                    std::int64_t layer);

}  // namespace attnsweep::spec
