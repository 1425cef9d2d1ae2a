// The stored tensors: names in every spelling, and every way in which a file can be wrong.
#include <gtest/gtest.h>

#include <map>

#include "unit/spec/model_folder.hpp"

namespace attnsweep::spec {
namespace {

namespace fs = std::filesystem;
using test::ModelFolder;
using test::problems_of;
using test::tiny_model;

std::map<std::string, TensorBinding> by_name(const ModelFiles& files) {
  std::map<std::string, TensorBinding> out;
  for (const auto& binding : files.tensors) out[binding.name] = binding;
  return out;
}

TEST(Weights, NamesWithAndWithoutPrefixAndOldNorms) {
  const auto plain = by_name(read_model_files(tiny_model("bert_gelu")));
  EXPECT_EQ(plain.at("layers.1.q.weight").stored_name,
            "encoder.layer.1.attention.self.query.weight");
  EXPECT_EQ(plain.at("embeddings.norm.bias").stored_name, "embeddings.LayerNorm.bias");
  const auto head = by_name(read_model_files(tiny_model("bert_gelu_new_head")));
  EXPECT_EQ(head.at("layers.1.q.weight").stored_name,
            "bert.encoder.layer.1.attention.self.query.weight");
  EXPECT_EQ(head.at("embeddings.norm.bias").stored_name, "bert.embeddings.LayerNorm.beta");
  EXPECT_EQ(head.at("layers.2.mlp_norm.weight").stored_name,
            "bert.encoder.layer.2.output.LayerNorm.gamma");
  EXPECT_EQ(head.at("layers.2.up.weight").shape, (std::vector<std::int64_t>{40, 24}));
  EXPECT_EQ(plain.size(), 5u + 3 * 16);
}

TEST(Weights, StoredTypesAndShards) {
  EXPECT_EQ(by_name(read_model_files(tiny_model("bert_relu_f16"))).at("layers.0.k.bias").dtype,
            "F16");
  EXPECT_EQ(by_name(read_model_files(tiny_model("roberta_f64"))).at("layers.0.k.bias").dtype,
            "F64");
  const auto files = read_model_files(tiny_model("bert_silu_bf16_sharded"));
  EXPECT_EQ(files.weight_files.size(), 3u);
  const auto bindings = by_name(files);
  EXPECT_EQ(bindings.at("layers.0.k.bias").dtype, "BF16");
  EXPECT_NE(bindings.at("embeddings.word").file, bindings.at("layers.2.down.weight").file);
}

TEST(Weights, OffsetsPointAtTheStoredBytes) {
  ModelFolder folder("bert_gelu");
  const auto stored = folder.tensor("encoder.layer.1.output.dense.bias");
  const auto binding = by_name(read_model_files(folder.path)).at("layers.1.down.bias");
  const auto file = read_file(folder.weights());
  EXPECT_EQ(file.substr(binding.begin, binding.end - binding.begin), stored.bytes);
}

TEST(Weights, ParametersAreCountedWithoutHeads) {
  // 60·24 words, 40·24 positions, 2·24 types, a norm; 3 layers of 4 square products, two norms and
  // an MLP of 40.
  const std::int64_t expected =
      (60 + 40 + 2 + 2) * 24 + 3 * (4 * (24 * 24 + 24) + 2 * 2 * 24 + 24 * 40 + 40 + 40 * 24 + 24);
  EXPECT_EQ(read_model_files(tiny_model("bert_gelu")).n_parameters, expected);
  EXPECT_EQ(read_model_files(tiny_model("bert_gelu_new_head")).n_parameters, expected);
}

TEST(Weights, MissingUnexpectedAndMisshapedComeTogether) {
  ModelFolder folder("bert_gelu");
  folder.tensor("encoder.layer.1.output.dense.bias").name = "encoder.layer.1.output.dense.offset";
  folder.tensor("encoder.layer.0.attention.self.query.weight").shape = {12, 48};
  auto& key = folder.tensor("encoder.layer.0.attention.self.key.bias");
  key.dtype = "I32";
  EXPECT_EQ(
      problems_of(folder.write()),
      (std::vector<std::string>{
          folder.weights().string() + ": missing tensor 'encoder.layer.1.output.dense.bias' [24]",
          folder.weights().string() +
              ": unexpected tensor 'encoder.layer.1.output.dense.offset' [24]",
          folder.weights().string() +
              ": misfit: 'encoder.layer.0.attention.self.query.weight' is [12, 48], config.json "
              "asks for [24, 24]",
          folder.weights().string() +
              ": misfit: 'encoder.layer.0.attention.self.key.bias' is stored as I32, expected F32, "
              "F16, BF16 or F64"}));
}

TEST(Weights, LayerCountThatDoesNotMatchIsNoticed) {
  ModelFolder fewer("bert_gelu");
  fewer.config["num_hidden_layers"] = 2;
  const auto unexpected = problems_of(fewer.write());
  ASSERT_EQ(unexpected.size(), 16u);
  for (const auto& problem : unexpected)
    EXPECT_NE(problem.find("unexpected tensor 'encoder.layer.2."), std::string::npos) << problem;

  ModelFolder more("distilbert_head");
  more.config["n_layers"] = 5;
  const auto missing = problems_of(more.write());
  ASSERT_EQ(missing.size(), 21u);  // 20 by name, the other 12 as a number
  EXPECT_NE(missing[0].find("missing tensor 'transformer.layer.3."), std::string::npos);
  EXPECT_TRUE(missing[20].ends_with("missing tensor 12 more")) << missing[20];
}

TEST(Weights, OneTensorInTwoSpellings) {
  ModelFolder folder("bert_gelu");
  auto again = folder.tensor("embeddings.LayerNorm.weight");
  again.name = "bert.embeddings.LayerNorm.gamma";
  folder.tensors.push_back(again);
  const auto problems = problems_of(folder.write());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("is stored a second time as 'bert.embeddings.LayerNorm.gamma'"),
            std::string::npos)
      << problems[0];
}

TEST(Weights, MalformedFilesAreOneClearMessage) {
  ModelFolder folder("bert_gelu");
  const auto whole = read_file(folder.weights());
  const auto expect = [&](const std::string& message) {
    const auto problems = problems_of(folder.path);
    ASSERT_EQ(problems.size(), 1u) << message;
    EXPECT_TRUE(problems[0].starts_with(folder.weights().string() + ": ")) << problems[0];
    EXPECT_NE(problems[0].find(message), std::string::npos) << problems[0];
  };
  const auto write = [&](const std::string& bytes) {
    std::ofstream(folder.weights(), std::ios::binary) << bytes;
  };
  write(whole.substr(0, whole.size() - 100));
  expect("it is truncated");
  write(whole.substr(0, 100));
  expect("the file is truncated or no safetensors file");
  write("");
  expect("empty file");
  write("abc");
  expect("holds 3 bytes, too few for a safetensors file");
  test::write_raw(folder.weights(), std::uint64_t{1} << 60, whole.substr(8));
  expect("its header should have 1152921504606846976 bytes");
  const std::string overlapping = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                                  R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})";
  test::write_raw(folder.weights(), overlapping.size(), overlapping + std::string(12, '\0'));
  expect("tensors 'a' and 'b' overlap");
  const std::string unknown = R"({"a":{"dtype":"FLOAT","shape":[2],"data_offsets":[0,8]}})";
  test::write_raw(folder.weights(), unknown.size(), unknown + std::string(8, '\0'));
  expect("tensor 'a': dtype 'FLOAT' is unknown");
  fs::remove(folder.weights());
  fs::create_directory(folder.weights());
  expect("not a regular file");
}

TEST(Weights, FoldersWithoutSafetensors) {
  ModelFolder folder("bert_gelu");
  fs::remove(folder.weights());
  EXPECT_EQ(
      problems_of(folder.path),
      std::vector<std::string>{folder.path.string() + ": no weights: expected model.safetensors or "
                                                      "model.safetensors.index.json"});
  std::ofstream(folder.path / "pytorch_model.bin") << "PK";
  const auto problems = problems_of(folder.path);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("pytorch_model.bin: pickled weights are not read"), std::string::npos);
  EXPECT_NE(problems[0].find("safe_serialization=True"), std::string::npos);
}

TEST(Weights, IndexAndShardsMustAgree) {
  ModelFolder folder("bert_silu_bf16_sharded");
  const auto index = folder.path / "model.safetensors.index.json";
  const auto shard = folder.path / "model-00002-of-00003.safetensors";
  const auto good = nlohmann::json::parse(read_file(index));

  auto json = good;
  json["weight_map"]["embeddings.ghost"] = "model-00001-of-00003.safetensors";
  json["weight_map"].erase("encoder.layer.2.output.dense.bias");
  std::ofstream(index) << json;
  auto problems = problems_of(folder.path);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_NE(problems[0].find("model-00001-of-00003.safetensors: lacks tensor 'embeddings.ghost'"),
            std::string::npos);
  EXPECT_NE(problems[1].find("holds tensor 'encoder.layer.2.output.dense.bias', which"),
            std::string::npos);

  for (const char* name : {"../other.safetensors", "", "a/b.safetensors"}) {
    json = good;
    json["weight_map"]["embeddings.ghost"] = name;
    std::ofstream(index) << json;
    EXPECT_TRUE(
        problems_of(folder.path).at(0).ends_with("expected the name of a file in this folder"));
  }
  std::ofstream(index) << "{}";
  EXPECT_TRUE(
      problems_of(folder.path)
          .at(0)
          .ends_with("weight_map: missing or not an object; expected tensor name → file name"));
  std::ofstream(index) << good;
  fs::remove(shard);
  EXPECT_TRUE(problems_of(folder.path).at(0).starts_with(shard.string() + ": no such file; "));
}

}  // namespace
}  // namespace attnsweep::spec
