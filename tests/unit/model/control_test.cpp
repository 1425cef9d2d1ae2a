// Untrained controls: the same architecture, drawn as transformers draws it, keyed by tensor.
#include <gtest/gtest.h>

#include <cmath>

#include "base/philox.hpp"
#include "unit/model/attention_files.hpp"

namespace attnsweep::model {
namespace {

using test::ModelFolder;

constexpr std::uint64_t kSeed = 20251030;

std::unique_ptr<Evaluator> control(const std::filesystem::path& folder, std::uint64_t index,
                                   std::uint64_t seed = kSeed) {
  EvaluatorOptions options;
  options.random_seed_index = index;
  options.study_seed = seed;
  return load_evaluator(spec::read_model_files(folder, false), options);
}

std::vector<double> curve(Evaluator& evaluator) {
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 30; ++i) ids.push_back((i * 11) % 40);
  const std::vector<SequenceInput> pack{{ids, {}, {}}};
  return evaluator.measure(pack, {})[0].values[0];
}

bool contains(const std::string& name, const char* part) {
  return name.find(part) != std::string::npos;
}

bool is_norm(const std::string& name) {
  return contains(name, "LayerNorm") || contains(name, "_norm") || contains(name, "layernorm") ||
         contains(name, "ln_") || contains(name, "norm_");
}

/// The stored tensors of a model replaced by what its family's initialisation is, written out here
/// by hand: normals of initializer_range, norms 1 (Gemma's 0, which stand for 1) and biases 0, the
/// padding row of the words (and of RoBERTa's positions) 0, sinusoids where DistilBERT asks for
/// them, GPT-2's projections into the residual stream narrower.
void write_initial_weights(ModelFolder& folder, const std::string& prefix, std::uint64_t index) {
  const auto& config = folder.config;
  const auto type = config["model_type"].get<std::string>();
  for (auto& tensor : folder.tensors) {
    std::size_t entries = 1;
    for (const auto extent : tensor.shape) entries *= static_cast<std::size_t>(extent);
    std::vector<float> values(entries, 0.0F);
    auto name = tensor.name;
    if (name.starts_with(prefix)) name = name.substr(prefix.size());
    const auto clear_padding_row = [&] {
      if (!config.contains("pad_token_id") || config["pad_token_id"].is_null()) return;
      const auto row = config["pad_token_id"].get<std::int64_t>();
      std::fill_n(values.begin() + row * tensor.shape[1], tensor.shape[1], 0.0F);
    };
    if (is_norm(name) && name.ends_with("weight")) {
      std::fill(values.begin(), values.end(), type.starts_with("gemma") ? 0.0F : 1.0F);
    } else if (contains(name, "position_embeddings") &&
               config.value("sinusoidal_pos_embds", false)) {
      for (int p = 0; p < 40; ++p)
        for (int j = 0; j < 24; ++j) {
          const double angle = p / std::pow(10000.0, 2 * (j / 2) / 24.0);
          values[static_cast<std::size_t>(p * 24 + j)] =
              static_cast<float>(j % 2 ? std::cos(angle) : std::sin(angle));
        }
    } else if (!name.ends_with("bias")) {
      double deviation = config[type == "opt" ? "init_std" : "initializer_range"].get<double>();
      if (type == "gpt2" && name.ends_with("c_proj.weight"))
        deviation /= std::sqrt(2.0 * config["n_layer"].get<double>());
      keyed_normals(kSeed, index, name, deviation, values);
      if (contains(name, "word_embeddings") || contains(name, "embed_tokens")) clear_padding_row();
      if (contains(name, "position_embeddings") && type == "roberta") clear_padding_row();
    }
    tensor.dtype = "F32";
    tensor.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size() * 4);
  }
}

struct Case {
  const char* model;
  const char* prefix;
};

class Control : public testing::TestWithParam<Case> {};

TEST_P(Control, IsTheArchitecturesOwnInitialisation) {
  ModelFolder folder(GetParam().model);
  write_initial_weights(folder, GetParam().prefix, 2);
  const auto stored = curve(*test::evaluator_of(folder.write()));
  EXPECT_EQ(curve(*control(test::tiny_model(GetParam().model), 2)), stored);
}

INSTANTIATE_TEST_SUITE_P(
    Families, Control,
    testing::Values(Case{"bert_gelu", "bert."}, Case{"distilbert_head", "distilbert."},
                    Case{"distilbert_sinusoidal_relu", "distilbert."},
                    Case{"roberta_f64", "roberta."}, Case{"roberta_head_tanh", "roberta."},
                    Case{"electra_projected", "electra."}, Case{"albert_groups", "albert."},
                    Case{"gpt2_switches_head", "transformer."}, Case{"gpt_neox", "gpt_neox."},
                    Case{"opt_after_projected_head", "model."},
                    Case{"falcon_grouped", "transformer."}, Case{"mpt", "transformer."},
                    Case{"stablelm_parallel_normed_head", "model."},
                    Case{"llama_linear_biases_head", "model."}, Case{"qwen3_layer_types", "model."},
                    Case{"qwen2_moe_some_layers", "model."}, Case{"mixtral", "model."},
                    Case{"olmo_clip_biases_head", "model."}, Case{"olmo2", "model."},
                    Case{"gemma2", "model."}, Case{"gemma3_v5_head", "model."},
                    Case{"starcoder2", "model."}, Case{"smollm3", "model."},
                    Case{"cohere_qk_norm_biases_head", "model."}, Case{"phi3_partial", "model."}),
    [](const auto& one) { return std::string(one.param.model); });

TEST(ControlSeeds, EqualKeysAreEqualAndOthersDiffer) {
  const auto folder = test::tiny_model("bert_gelu");
  const auto one = curve(*control(folder, 0));
  EXPECT_EQ(one, curve(*control(folder, 0)));
  EXPECT_NE(one, curve(*control(folder, 1)));
  EXPECT_NE(one, curve(*control(folder, 0, kSeed + 1)));
}

}  // namespace
}  // namespace attnsweep::model
