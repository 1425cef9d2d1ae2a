// config.json → ArchitectureSpec: what each family reads, and what it refuses by key and value.
#include <gtest/gtest.h>

#include <set>

#include "unit/spec/model_folder.hpp"

namespace attnsweep::spec {
namespace {

namespace fs = std::filesystem;
using test::ModelFolder;
using test::problems_of;
using test::tiny_model;

TEST(Config, BertIsRead) {
  const auto files = read_model_files(tiny_model("bert_gelu_new_head"));
  const auto& a = files.architecture;
  EXPECT_EQ(a.model_type, "bert");
  EXPECT_EQ(a.n_layers, 3);
  EXPECT_EQ(a.n_heads, 3);
  EXPECT_EQ(a.head_size(), 8);
  EXPECT_EQ(a.intermediate, 40);
  EXPECT_EQ(a.vocabulary, 60);
  EXPECT_EQ(a.types, 2);
  EXPECT_EQ(a.max_positions, 40);
  EXPECT_EQ(a.activation, Activation::gelu_tanh);
  EXPECT_DOUBLE_EQ(a.initializer_range, 0.35);
  EXPECT_EQ(a.layer_types, std::vector<std::string>(3, "full"));
  EXPECT_EQ(files.special_ids, std::vector<std::int32_t>{0});
  EXPECT_TRUE(files.unknown_keys.empty());
}

TEST(Config, DistilbertHasItsOwnKeys) {
  const auto files = read_model_files(tiny_model("distilbert_sinusoidal_relu"));
  const auto& a = files.architecture;
  EXPECT_EQ(a.hidden, 24);
  EXPECT_EQ(a.types, 0);
  EXPECT_EQ(a.activation, Activation::relu);
  EXPECT_EQ(a.position_start, PositionStart::sinusoidal);
  EXPECT_DOUBLE_EQ(a.norm_eps, 1e-12);
  EXPECT_TRUE(files.unknown_keys.empty());
}

TEST(Config, RobertaCountsPositionsFromThePaddingId) {
  const auto files = read_model_files(tiny_model("roberta_head_tanh"));
  const auto& a = files.architecture;
  EXPECT_EQ(a.position_rows, 40);
  EXPECT_EQ(a.padding_id, 3);
  EXPECT_EQ(a.max_positions, 40 - 3 - 1);
  EXPECT_EQ(a.position_rule, PositionRule::after_padding);
  EXPECT_EQ(files.special_ids, (std::vector<std::int32_t>{0, 2, 3}));
  EXPECT_TRUE(files.unknown_keys.empty());
}

TEST(Config, XlmRobertaAndCamembertAreRoberta) {
  for (const char* type : {"xlm-roberta", "camembert"}) {
    ModelFolder folder("roberta_head_tanh");
    folder.config["model_type"] = type;
    const auto files = read_model_files(folder.write());
    EXPECT_EQ(files.architecture.model_type, type);
    EXPECT_EQ(files.architecture.max_positions, 36);
  }
}

TEST(Config, UntrainedModelNeedsNoWeights) {
  ModelFolder folder("bert_gelu");
  fs::remove(folder.weights());
  const auto files = read_model_files(folder.path, false);
  EXPECT_TRUE(files.weight_files.empty());
  EXPECT_EQ(files.n_parameters, read_model_files(tiny_model("bert_gelu")).n_parameters);
}

struct BadValue {
  const char* from;
  const char* key;
  nlohmann::json value;
  std::string message;  ///< after "…/config.json: "
};

/// Every model_type, as the messages list them.
std::string known() {
  std::string names;
  for (const auto& family : families()) names += (names.empty() ? "" : ", ") + family.model_type;
  return names;
}

TEST(Config, UnsupportedAndImpossibleValuesAreNamed) {
  const std::vector<BadValue> all{
      {"bert_gelu", "position_embedding_type", "rotary",
       "position_embedding_type: \"rotary\" is not supported; expected absolute, relative_key or "
       "relative_key_query"},
      {"bert_gelu", "is_decoder", true,
       "is_decoder: true is not supported; expected false (causal BERT is not run)"},
      {"bert_gelu", "add_cross_attention", true,
       "add_cross_attention: true is not supported; expected false (no second input)"},
      {"bert_gelu", "is_encoder_decoder", true,
       "is_encoder_decoder: true is not supported; expected false (only encoders of one stack)"},
      {"bert_gelu",
       "pruned_heads",
       {{"1", {0}}},
       "pruned_heads: {\"1\":[0]} is not supported (layers of unequal width)"},
      {"bert_gelu", "hidden_act", "mish",
       "hidden_act: \"mish\" is not supported; expected one of gelu, gelu_accurate, "
       "gelu_fast, gelu_new, gelu_python, gelu_pytorch_tanh, quick_gelu, relu, relu2, silu, "
       "swish, tanh"},
      {"bert_gelu", "hidden_act", 3, "hidden_act: 3; expected a text"},
      {"bert_gelu", "num_attention_heads", 5,
       "num_attention_heads: 5 does not divide hidden_size 24"},
      {"bert_gelu", "num_hidden_layers", 1,
       "num_hidden_layers: 1; expected 2 to 4096: layers are compared with each other"},
      {"bert_gelu", "num_hidden_layers", 1 << 29,
       "num_hidden_layers: 536870912; expected 2 to 4096: layers are compared with each other"},
      {"bert_gelu", "hidden_size", "24",
       "hidden_size: \"24\"; expected a whole number from 1 to 2^30"},
      {"bert_gelu", "hidden_size", 24.5,
       "hidden_size: 24.5; expected a whole number from 1 to 2^30"},
      {"bert_gelu", "hidden_size", 0, "hidden_size: 0; expected a whole number from 1 to 2^30"},
      {"bert_gelu", "vocab_size", -1, "vocab_size: -1; expected a whole number from 1 to 2^30"},
      {"bert_gelu", "vocab_size", 18446744073709551615ULL,
       "vocab_size: 18446744073709551615; expected a whole number from 1 to 2^30"},
      {"bert_gelu", "layer_norm_eps", -1, "layer_norm_eps: -1; expected a number > 0"},
      {"bert_gelu", "initializer_range", "wide",
       "initializer_range: \"wide\"; expected a number > 0"},
      {"bert_gelu", "pad_token_id", 60, "pad_token_id: 60 is not below vocab_size 60"},
      {"bert_gelu", "eos_token_id", "</s>", "eos_token_id: \"</s>\"; expected a token id ≥ 0"},
      {"distilbert_head", "sinusoidal_pos_embds", "no",
       "sinusoidal_pos_embds: \"no\"; expected true or false"},
      {"distilbert_head", "activation", "mish",
       "activation: \"mish\" is not supported; expected one of gelu, gelu_accurate, "
       "gelu_fast, gelu_new, gelu_python, gelu_pytorch_tanh, quick_gelu, relu, relu2, silu, "
       "swish, tanh"},
      {"distilbert_head", "n_heads", 7, "n_heads: 7 does not divide dim 24"},
      {"roberta_f64", "max_position_embeddings", 2,
       "max_position_embeddings: 2 leaves no position after pad_token_id 1"},
      {"bert_gelu", "model_type", "bertt",
       "model_type: \"bertt\" is not understood; did you mean 'bert'? (known: " + known() + ")"},
      {"bert_gelu", "model_type", "transfo-xl",
       "model_type: \"transfo-xl\" is not understood (known: " + known() + ")"},
  };
  for (const auto& bad : all) {
    ModelFolder folder(bad.from);
    folder.config[bad.key] = bad.value;
    const auto problems = problems_of(folder.write());
    ASSERT_EQ(problems.size(), 1u) << bad.message;
    EXPECT_EQ(problems[0], (folder.path / "config.json").string() + ": " + bad.message);
  }
}

TEST(Config, MissingKeysAndWrongValuesComeTogether) {
  ModelFolder folder("bert_gelu");
  folder.config.erase("vocab_size");
  folder.config.erase("model_type");
  auto problems = problems_of(folder.write());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_TRUE(problems[0].ends_with("model_type: missing (known: " + known() + ")"));
  folder.config["model_type"] = "bert";
  folder.config["is_decoder"] = true;
  problems = problems_of(folder.write());
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_TRUE(problems[0].ends_with("vocab_size: missing; expected a whole number > 0"));
  EXPECT_NE(problems[1].find("is_decoder: true"), std::string::npos);
}

TEST(Config, KeysNeverSeenBeforeAreListed) {
  ModelFolder folder("bert_gelu");
  folder.config["rotary_dim"] = 4;
  folder.config["a_new_idea"] = true;
  const auto files = read_model_files(folder.write());
  EXPECT_EQ(files.unknown_keys, (std::vector<std::string>{"a_new_idea", "rotary_dim"}));
}

TEST(Config, SpecialIdsMayBeListsAndNull) {
  ModelFolder folder("bert_gelu");
  folder.config["eos_token_id"] = {7, 5};
  folder.config["bos_token_id"] = nullptr;
  folder.config["sep_token_id"] = 9;
  folder.config["cls_token_id"] = -1;  // a spelling of "none"
  EXPECT_EQ(read_model_files(folder.write()).special_ids, (std::vector<std::int32_t>{0, 5, 7, 9}));
}

TEST(Config, FilesThatAreNoConfiguration) {
  EXPECT_TRUE(
      problems_of(fs::path("no/such/model"))
          .at(0)
          .starts_with("no/such/model: no such folder; expected a Hugging Face model directory"));
  ModelFolder folder("bert_gelu");
  const auto file = folder.path / "config.json";
  std::ofstream(file) << "{\"model_type\": ";
  EXPECT_TRUE(problems_of(folder.path).at(0).starts_with(file.string() + ": not JSON: "));
  std::ofstream(file) << "[1]";
  EXPECT_EQ(problems_of(folder.path).at(0), file.string() + ": expected a JSON object, got array");
  fs::remove(file);
  EXPECT_NE(problems_of(folder.path).at(0).find("config.json"), std::string::npos);
}

TEST(Families, EveryModelTypeHasASummary) {
  std::set<std::string> types;
  for (const auto& family : families()) {
    EXPECT_TRUE(types.insert(family.model_type).second) << family.model_type << " twice";
    EXPECT_FALSE(family.summary.empty());
    EXPECT_FALSE(family.options.empty());
  }
  for (const char* type :
       {"bert",     "distilbert", "roberta",    "xlm-roberta", "camembert", "electra", "albert",
        "mpnet",    "deberta-v2", "modernbert", "t5",          "mt5",       "umt5",    "longformer",
        "big_bird", "gpt2",       "llama",      "mistral",     "qwen2",     "qwen3"})
    EXPECT_TRUE(types.contains(type)) << type;
}

}  // namespace
}  // namespace attnsweep::spec
