// BERT with tables of another width and a linear map from them to the hidden size.
#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

ArchitectureSpec read(ConfigReader& config) {
  auto spec = bert_family().read(config);
  spec.embedding_width = config.count("embedding_size", 128);
  // The library leaves the map out where it would be square.
  if (spec.embedding_width != spec.hidden) spec.projection = ProjectionPlace::after_norm;
  config.harmless(
      "summary_type summary_use_proj summary_activation summary_last_dropout generator_hidden_size "
      "generator_size discriminator_size");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  auto out = bert_family().tensors(spec);
  if (spec.projection != ProjectionPlace::none) {
    out.push_back({"embeddings.projection.weight",
                   "embeddings_project.weight",
                   {spec.hidden, spec.embedding_width}});
    out.push_back({"embeddings.projection.bias", "embeddings_project.bias", {spec.hidden}});
  }
  return out;
}

}  // namespace

Family electra_family() {
  Family family;
  family.model_types = {"electra"};
  family.summary = "encoder; as bert, the tables narrower than the layers";
  family.options = {"embedding_size: any; projected where it is not hidden_size",
                    "position_embedding_type: absolute, relative_key, relative_key_query",
                    activation_option("hidden_act")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "electra.";
  family.expected_extras = {"generator_predictions.",
                            "generator_lm_head.",
                            "discriminator_predictions.",
                            "classifier.",
                            "qa_outputs.",
                            "sequence_summary.",
                            "embeddings.position_ids",
                            "embeddings.token_type_ids",
                            "embeddings.position_embeddings."};
  return family;
}

}  // namespace attnsweep::spec
