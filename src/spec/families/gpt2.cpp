#include "spec/families/family.hpp"

namespace attnsweep::spec {
namespace {

/// A size under its own name, else under the name that the library maps to it.
std::int64_t either(ConfigReader& config, const char* own, const char* mapped) {
  if (!config.find(own) && config.find(mapped)) return config.count(mapped);
  config.harmless(mapped);
  return config.count(own);
}

ArchitectureSpec read(ConfigReader& config) {
  ArchitectureSpec spec;
  spec.n_layers = either(config, "n_layer", "num_hidden_layers");
  spec.n_heads = either(config, "n_head", "num_attention_heads");
  spec.hidden = either(config, "n_embd", "hidden_size");
  const auto* inner = config.find("n_inner");
  spec.intermediate = inner && !inner->is_null() ? config.count("n_inner") : 4 * spec.hidden;
  spec.vocabulary = config.count("vocab_size");
  spec.max_positions = spec.position_rows =
      either(config, "n_positions", "max_position_embeddings");
  spec.padding_id = -1;  // its tables have no padding row
  spec.norm_eps = config.positive("layer_norm_epsilon", 1e-5);
  spec.initializer_range = config.positive("initializer_range", 0.02);
  spec.narrow_residual_start = true;
  spec.activation = read_activation(config, "activation_function", "gelu_new");
  spec.embedding_norm = false;
  spec.norm_place = NormPlace::before;
  spec.causal = true;
  spec.scale_scores = config.flag("scale_attn_weights", true);
  spec.scale_by_layer = config.flag("scale_attn_by_inverse_layer_idx", false);
  // Another order of the same products: scores are always scaled in float32 at least here.
  config.flag("reorder_and_upcast_attn", false);
  check_sizes(config, spec, "n_embd", "n_head", "n_layer");

  config.only("add_cross_attention", false, "no second input");
  config.must_be_empty("pruned_heads", "layers of unequal width");
  config.harmless(
      "resid_pdrop embd_pdrop attn_pdrop summary_type summary_use_proj summary_activation "
      "summary_proj_to_labels summary_first_dropout n_ctx");
  return spec;
}

/// The library's Conv1D: y = x · W + b, W stored in × out.
void add_conv(std::vector<WantedTensor>& out, const std::string& engine, const std::string& family,
              std::int64_t rows, std::int64_t columns, std::int64_t part, std::int64_t parts) {
  const auto all = parts * rows, first = part * rows;
  out.push_back(
      {engine + ".weight", family + ".weight", {rows, columns}, {columns, all}, true, {first}});
  out.push_back({engine + ".bias", family + ".bias", {rows}, {all}, false, {first}});
}

std::vector<WantedTensor> tensors(const ArchitectureSpec& spec) {
  const auto h = spec.hidden, m = spec.intermediate;
  std::vector<WantedTensor> out{{"embeddings.word", "wte.weight", {spec.vocabulary, h}},
                                {"embeddings.position", "wpe.weight", {spec.position_rows, h}}};
  for (std::int64_t i = 0; i < spec.n_layers; ++i) {
    const auto engine = "layers." + std::to_string(i) + ".",
               family = "h." + std::to_string(i) + ".";
    const auto norm = [&](const char* ours, const char* theirs) {
      out.push_back({engine + ours + ".weight", family + theirs + ".weight", {h}});
      out.push_back({engine + ours + ".bias", family + theirs + ".bias", {h}});
    };
    norm("attention_norm", "ln_1");
    add_conv(out, engine + "q", family + "attn.c_attn", h, h, 0, 3);
    add_conv(out, engine + "k", family + "attn.c_attn", h, h, 1, 3);
    add_conv(out, engine + "v", family + "attn.c_attn", h, h, 2, 3);
    add_conv(out, engine + "o", family + "attn.c_proj", h, h, 0, 1);
    norm("mlp_norm", "ln_2");
    add_conv(out, engine + "up", family + "mlp.c_fc", m, h, 0, 1);
    add_conv(out, engine + "down", family + "mlp.c_proj", h, m, 0, 1);
  }
  return out;
}

}  // namespace

Family gpt2_family() {
  Family family;
  family.model_types = {"gpt2"};
  family.summary = "decoder; learned positions, LayerNorm before attention and MLP";
  family.options = {"scale_attn_weights, scale_attn_by_inverse_layer_idx: true, false",
                    "reorder_and_upcast_attn: true, false (the same numbers)",
                    activation_option("activation_function")};
  family.read = read;
  family.tensors = tensors;
  family.prefix = "transformer.";
  // The final norm stands behind the last attention.
  family.expected_extras = {"ln_f.", "lm_head.", "score.", "classifier.", "multiple_choice_head."};
  family.expected_endings = {".attn.bias", ".attn.masked_bias"};
  return family;
}

}  // namespace attnsweep::spec
