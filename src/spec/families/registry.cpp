#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

const std::vector<Family>& registry() {
  static const std::vector<Family> all{
      bert_family(),     distilbert_family(), roberta_family(),    electra_family(),
      albert_family(),   mpnet_family(),      deberta_v2_family(), modernbert_family(),
      t5_family(),       mt5_family(),        umt5_family(),       longformer_family(),
      big_bird_family(), gpt2_family(),       gpt_neo_family(),    gpt_neox_family(),
      gptj_family(),     opt_family(),        bloom_family(),      falcon_family(),
      mpt_family(),      phi_family(),        stablelm_family(),   llama_family(),
      mistral_family(),  mixtral_family(),    qwen2_family(),      qwen2_moe_family(),
      qwen3_family(),    qwen3_moe_family(),  olmo_family(),       olmo2_family(),
      olmoe_family(),    gemma_family(),      gemma2_family(),     gemma3_family(),
      granite_family(),  smollm3_family(),    starcoder2_family(), cohere_family(),
      phi3_family()};
  return all;
}

}  // namespace

const Family* find_family(const std::string& model_type) {
  for (const auto& family : registry())
    for (const auto& type : family.model_types)
      if (type == model_type) return &family;
  return nullptr;
}

std::vector<std::string> known_model_types() {
  std::vector<std::string> all;
  for (const auto& family : registry())
    all.insert(all.end(), family.model_types.begin(), family.model_types.end());
  return all;
}

std::vector<FamilyDescription> families() {
  std::vector<FamilyDescription> all;
  for (const auto& family : registry())
    for (const auto& type : family.model_types)
      all.push_back({type, family.summary, family.options});
  return all;
}

}  // namespace attnsweep::spec
