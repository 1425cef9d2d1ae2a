// The keys of decoders and of the encoders with tables of their own width.
#include <gtest/gtest.h>

#include <cmath>

#include "unit/spec/model_folder.hpp"

namespace attnsweep::spec {
namespace {

using nlohmann::json;
using test::ModelFolder;
using test::problems_of;
using test::tiny_model;

ArchitectureSpec read(const std::string& model) {
  const auto files = read_model_files(tiny_model(model));
  EXPECT_EQ(files.unknown_keys, std::vector<std::string>{});
  return files.architecture;
}

TEST(DecoderConfig, EverySmallModelIsUnderstoodWithoutAWarning) {
  for (const auto& model : test::tiny_models()) read(model);
}

TEST(DecoderConfig, LayerTypesAreStored) {
  using Types = std::vector<std::string>;
  EXPECT_EQ(read("mistral_window").layer_types, Types(3, "sliding:8"));
  EXPECT_EQ(read("qwen2_some_windows_head").layer_types, (Types{"full", "sliding:8", "sliding:8"}));
  EXPECT_EQ(read("qwen3_layer_types").layer_types, (Types{"sliding:8", "full", "sliding:8"}));
  EXPECT_EQ(read("llama").layer_types, Types(3, "full"));
  ModelFolder folder("mistral_window");
  folder.config["sliding_window"] = nullptr;
  EXPECT_EQ(read_model_files(folder.write()).architecture.layer_types, Types(3, "full"));
}

TEST(DecoderConfig, InnerGroupsAreLayersOfTheirOwn) {
  const auto a = read("albert_groups");
  EXPECT_EQ(a.n_layers, 8);
  EXPECT_EQ(a.blocks, (std::vector<std::int64_t>{0, 1, 0, 1, 2, 3, 2, 3}));
  EXPECT_EQ(a.n_blocks(), 4);
  // The last block serves an earlier layer too, so that nothing of it is unread.
  EXPECT_TRUE(attention_depends_on(a, "layers.3.v.weight"));
  EXPECT_FALSE(attention_depends_on(read("bert_gelu"), "layers.2.v.weight"));
}

TEST(DecoderConfig, NormsBeforeAttentionAreReadInTheLastLayerToo) {
  const auto a = read("qwen3_layer_types");
  for (const char* part : {"q", "k", "attention_norm", "q_norm", "k_norm"})
    EXPECT_TRUE(attention_depends_on(a, std::string("layers.2.") + part + ".weight")) << part;
  for (const char* part : {"v", "o", "mlp_norm", "gate", "up", "down"})
    EXPECT_FALSE(attention_depends_on(a, std::string("layers.2.") + part + ".weight")) << part;
}

TEST(DecoderConfig, BothSpellingsOfTheRotationAreOne) {
  for (const char* model : {"llama", "llama_linear_biases_head", "llama_llama3", "llama_yarn"}) {
    ModelFolder folder(model);
    auto one = folder.config.value("rope_scaling", json());
    if (one.is_null()) one = {{"rope_type", "default"}};
    one["rope_theta"] = folder.config["rope_theta"];
    folder.config.erase("rope_theta");
    folder.config.erase("rope_scaling");
    folder.config["rope_parameters"] = one;
    EXPECT_EQ(read_model_files(folder.write()).architecture, read(model)) << model;
  }
}

TEST(DecoderConfig, RotationFollowsItsDefinition) {
  const auto plain = read("llama").rotations.at(0).speeds;
  ASSERT_EQ(plain.size(), 3u);
  for (std::size_t j = 0; j < 3; ++j)
    EXPECT_DOUBLE_EQ(plain[j], std::pow(10000.0, -static_cast<double>(j) / 3));
  const auto linear = read("llama_linear_biases_head").rotations.at(0).speeds;
  for (std::size_t j = 0; j < 5; ++j)
    EXPECT_DOUBLE_EQ(linear[j], std::pow(500.0, -static_cast<double>(j) / 5) / 4);
  // 0.1 ln 4 + 1, Peng et al. 2023, equation 22.
  EXPECT_DOUBLE_EQ(read("llama_yarn").rotations.at(0).factor, 0.1 * std::log(4.0) + 1);
}

TEST(DecoderConfig, EntriesOfTheRotationThatNobodyKnowsAreNamed) {
  ModelFolder folder("llama_llama3");
  folder.config["rope_scaling"]["twist"] = 3;
  EXPECT_EQ(read_model_files(folder.write()).unknown_keys,
            std::vector<std::string>{"rope_scaling.twist"});
}

TEST(DecoderConfig, MissingKeyValueHeadsMeanWhatTheLibrarysDefaultIs) {
  ModelFolder folder("llama");
  folder.config.erase("num_key_value_heads");
  EXPECT_EQ(read_model_files(folder.write(), false).architecture.kv_heads(), 4);
  ModelFolder mistral("mistral_window");
  mistral.config.erase("num_key_value_heads");
  EXPECT_TRUE(problems_of(mistral.write())
                  .at(0)
                  .ends_with("num_key_value_heads: 8 does not divide num_attention_heads 4"));
}

struct BadValue {
  const char* from;
  const char* key;
  json value;
  const char* message;  ///< after "…/config.json: "
};

TEST(DecoderConfig, UnsupportedAndImpossibleValuesAreNamed) {
  const std::vector<BadValue> all{
      {"electra_projected", "embedding_size", 0,
       "embedding_size: 0; expected a whole number from 1 to 2^30"},
      {"albert_head", "position_embedding_type", "relative_key",
       "position_embedding_type: \"relative_key\" is not supported; expected \"absolute\" (learned "
       "absolute positions)"},
      {"albert_groups", "num_hidden_groups", 5,
       "num_hidden_groups: 5 is more than num_hidden_layers 4"},
      {"albert_groups", "inner_group_num", 5000,
       "inner_group_num: 5000 × num_hidden_layers 4; expected at most 4096 layers"},
      {"gpt2", "add_cross_attention", true,
       "add_cross_attention: true is not supported; expected false (no second input)"},
      {"gpt2", "n_head", 5, "n_head: 5 does not divide n_embd 24"},
      {"gpt2", "scale_attn_weights", 1, "scale_attn_weights: 1; expected true or false"},
      {"gpt2", "activation_function", "mish",
       "activation_function: \"mish\" is not supported; expected one of gelu, gelu_accurate, "
       "gelu_fast, gelu_new, gelu_python, gelu_pytorch_tanh, quick_gelu, relu, relu2, silu, "
       "swish, tanh"},
      {"llama", "num_key_value_heads", 3,
       "num_key_value_heads: 3 does not divide num_attention_heads 4"},
      {"llama", "head_dim", 7, "head_dim: 7; expected an even number, whose halves are rotated"},
      {"llama", "partial_rotary_factor", 0.5,
       "partial_rotary_factor: 0.5 is not supported; expected 1.0 (whole heads are rotated)"},
      {"llama",
       "rope_scaling",
       {{"type", "linear"}},
       "rope_scaling.factor: null; expected a number > 0"},
      {"llama", "rope_scaling", "linear", "rope_scaling: \"linear\"; expected an object"},
      {"llama_llama3",
       "rope_parameters",
       {{"rope_type", "default"}},
       "rope_scaling: given beside rope_parameters; expected one of the two"},
      {"llama", "rope_theta", 0, "rope_theta: 0; expected a number > 0"},
      {"mistral_window", "sliding_window", 0,
       "sliding_window: 0; expected a whole number from 1 to 2^30"},
      {"qwen2_some_windows_head", "max_window_layers", -1,
       "max_window_layers: -1; expected a whole number from 0 to 2^30"},
      {"qwen3_layer_types",
       "layer_types",
       {"full_attention"},
       "layer_types: [\"full_attention\"]; expected a list of num_hidden_layers 3 entries"},
      {"qwen3_layer_types",
       "layer_types",
       {"full_attention", "full_attention", "chunked_attention"},
       "layer_types: \"chunked_attention\"; expected full_attention or sliding_attention"},
      {"qwen3_layer_types", "use_sliding_window", false,
       "layer_types: \"sliding_attention\"; expected full_attention: use_sliding_window is off or "
       "sliding_window null"},
  };
  for (const auto& bad : all) {
    ModelFolder folder(bad.from);
    folder.config[bad.key] = bad.value;
    const auto problems = problems_of(folder.write());
    ASSERT_EQ(problems.size(), 1u) << bad.message;
    EXPECT_EQ(problems[0], (folder.path / "config.json").string() + ": " + bad.message);
  }
}

TEST(DecoderConfig, PartsOfAFusedTensorAreOneProblem) {
  ModelFolder folder("gpt2");
  folder.tensor("h.1.attn.c_attn.weight").shape = {72, 24};
  folder.tensor("h.2.attn.c_attn.bias").name = "h.2.attn.bias";  // a buffer of old checkpoints
  const auto where = folder.weights().string();
  EXPECT_EQ(problems_of(folder.write()),
            (std::vector<std::string>{
                where + ": missing tensor 'h.2.attn.c_attn.bias' [72]",
                where + ": misfit: 'h.1.attn.c_attn.weight' is [72, 24], config.json asks for [24, "
                        "72]"}));
}

TEST(DecoderConfig, CostCountsWhatTheMasksLeave) {
  const auto window = read("mistral_window");
  auto full = window, encoder = window;
  full.windows.clear();
  encoder.windows.clear();
  encoder.causal = false;
  const MeasureSet what;
  // 12 tokens: 12 · 13 / 2 pairs; of those 4 · 5 / 2 lie before the window of 8. A pair costs a
  // product of the queries' width in every layer, one of the values' in all but the last, and the
  // softmax, 25 a head.
  const double pair = (3 + 2) * 2 * 24 + 3 * 25 * 4;
  EXPECT_DOUBLE_EQ(sequence_flops(encoder, 12, what) - sequence_flops(full, 12, what),
                   (144 - 78) * pair);
  EXPECT_DOUBLE_EQ(sequence_flops(full, 12, what) - sequence_flops(window, 12, what), 10 * pair);
}

}  // namespace
}  // namespace attnsweep::spec
