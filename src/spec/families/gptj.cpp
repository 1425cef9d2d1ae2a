// GPT-J: the first columns of each head turned in neighbouring pairs; attention and MLP side by
// side behind one norm.
#include <cmath>
#include <utility>

#include "spec/families/older_decoders.hpp"

namespace attnsweep::spec {
namespace {

void read_rotation(ConfigReader& config, ArchitectureSpec& spec) {
  // The library accepts null and then fails on every model with more than one head.
  const auto width = config.count("rotary_dim", 64);
  if (!config.problems().empty()) return;
  if (width % 2 != 0 || width > spec.head_size())
    return config.unexpected(
        "rotary_dim", width,
        "an even number up to n_embd / n_head = " + std::to_string(spec.head_size()));
  Rotation rotation;
  rotation.neighbours = true;
  for (std::int64_t j = 0; 2 * j < width; ++j)
    rotation.speeds.push_back(
        std::pow(rotation.base, -2 * static_cast<double>(j) / static_cast<double>(width)));
  spec.rotations.push_back(std::move(rotation));
}

ArchitectureSpec read(ConfigReader& config) {
  auto spec = older_decoder(config);
  spec.n_layers = mapped_count(config, "n_layer", "num_hidden_layers", 28);
  spec.n_heads = mapped_count(config, "n_head", "num_attention_heads", 16);
  spec.hidden = mapped_count(config, "n_embd", "hidden_size", 4096);
  spec.intermediate = count_or(config, "n_inner", 4 * spec.hidden);
  spec.vocabulary = config.count("vocab_size", 50400);
  spec.max_positions = mapped_count(config, "n_positions", "max_position_embeddings", 2048);
  spec.norm_eps = config.positive("layer_norm_epsilon", 1e-5);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.activation = read_activation(config, "activation_function", "gelu_new");
  spec.flow = LayerFlow::parallel;
  spec.query_key_value_bias = spec.output_bias = false;
  check_sizes(config, spec, "n_embd", "n_head", "n_layer");
  read_rotation(config, spec);
  // Its attention always scales scores and knows no rotary switch, whatever old files say.
  config.only("scale_attn_weights", true, "scores are always scaled");
  config.only("rotary", true, "always rotated");
  config.harmless(
      "resid_pdrop embd_pdrop attn_pdrop n_ctx summary_type summary_use_proj summary_activation "
      "summary_proj_to_labels summary_first_dropout");
  return spec;
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  std::vector<WantedTensor> out{{"embeddings.word", "wte.weight", {spec.vocabulary, spec.hidden}}};
  const LayerNames names{"attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.out_proj",
                         "ln_1",        "mlp.fc_in",   "mlp.fc_out",  ""};
  for (std::int64_t i = 0; i < spec.n_layers; ++i)
    add_layer(out, spec, i, "h." + std::to_string(i) + ".", names);
  return out;
}

}  // namespace

Family gptj_family() {
  Family family;
  family.model_types = {"gptj"};
  family.summary = "decoder; neighbouring columns rotated, attention and MLP parallel, one norm";
  family.options = {"rotary_dim: even, up to the head size", "n_inner: any",
                    activation_option("activation_function")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "transformer.";
  family.expected_extras = {"ln_f.", "lm_head.", "score.", "qa_outputs."};
  family.expected_endings = {".attn.bias", ".attn.masked_bias"};
  return family;
}

}  // namespace attnsweep::spec
