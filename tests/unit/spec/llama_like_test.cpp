// What config.json and the tensors of LLaMA and the families that follow it say.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "unit/spec/model_folder.hpp"

namespace attnsweep::spec {
namespace {

using nlohmann::json;
using test::ModelFolder;
using test::problems_of;
using test::tiny_model;
using Types = std::vector<std::string>;

ArchitectureSpec read(const std::string& model) {
  return read_model_files(tiny_model(model)).architecture;
}

/// The same folder with these keys put over its own.
ArchitectureSpec read_with(const std::string& model, const json& keys) {
  ModelFolder folder(model);
  folder.config.update(keys);
  return read_model_files(folder.write(), false).architecture;
}

/// Of a folder of this type whose config.json says nothing but `keys`; no weights.
ArchitectureSpec bare(const std::string& type, const json& keys = json::object()) {
  ModelFolder folder("llama");
  folder.config = keys;
  folder.config["model_type"] = type;
  return read_model_files(folder.write(), false).architecture;
}

struct Sizes {
  std::int64_t layers, heads, kv_heads, head, hidden, intermediate, vocabulary, positions, padding;
  double theta, eps;
};

TEST(LlamaLike, MissingKeysAreTheLibrarysDefaults) {
  const std::map<std::string, Sizes> all{
      {"llama", {32, 32, 32, 128, 4096, 11008, 32000, 2048, -1, 1e4, 1e-6}},
      {"mistral", {32, 32, 8, 128, 4096, 14336, 32000, 131072, -1, 1e4, 1e-6}},
      {"mixtral", {32, 32, 8, 128, 4096, 14336, 32000, 131072, -1, 1e6, 1e-5}},
      {"qwen2", {32, 32, 32, 128, 4096, 22016, 151936, 32768, -1, 1e4, 1e-6}},
      {"qwen3", {32, 32, 32, 128, 4096, 22016, 151936, 32768, -1, 1e4, 1e-6}},
      {"qwen2_moe", {24, 16, 16, 128, 2048, 5632, 151936, 32768, -1, 1e4, 1e-6}},
      {"qwen3_moe", {24, 32, 4, 64, 2048, 6144, 151936, 32768, -1, 1e4, 1e-6}},
      {"olmo", {32, 32, 32, 128, 4096, 11008, 50304, 2048, 1, 1e4, 1e-5}},
      {"olmo2", {32, 32, 32, 128, 4096, 11008, 50304, 2048, 1, 1e4, 1e-5}},
      {"olmoe", {16, 16, 16, 128, 2048, 2048, 50304, 4096, 1, 1e4, 1e-5}},
      {"gemma", {28, 16, 16, 256, 3072, 24576, 256000, 8192, 0, 1e4, 1e-6}},
      {"gemma2", {26, 8, 4, 256, 2304, 9216, 256000, 8192, 0, 1e4, 1e-6}},
      {"gemma3_text", {26, 8, 4, 256, 2304, 9216, 262208, 131072, 0, 1e6, 1e-6}},
      {"granite", {32, 32, 32, 128, 4096, 11008, 32000, 2048, -1, 1e4, 1e-6}},
      {"smollm3", {36, 16, 4, 128, 2048, 11008, 128256, 32768, 128004, 2e6, 1e-6}},
      {"starcoder2", {30, 24, 2, 128, 3072, 12288, 49152, 4096, -1, 1e4, 1e-5}},
      {"cohere", {40, 64, 64, 128, 8192, 22528, 256000, 8192, 0, 1e4, 1e-5}},
      {"phi3", {32, 32, 32, 96, 3072, 8192, 32064, 4096, 32000, 1e4, 1e-5}},
  };
  for (const auto& [type, sizes] : all) {
    const auto a = bare(type);
    EXPECT_EQ(a.n_layers, sizes.layers) << type;
    EXPECT_EQ(a.n_heads, sizes.heads) << type;
    EXPECT_EQ(a.kv_heads(), sizes.kv_heads) << type;
    EXPECT_EQ(a.head_size(), sizes.head) << type;
    EXPECT_EQ(a.hidden, sizes.hidden) << type;
    EXPECT_EQ(a.intermediate, sizes.intermediate) << type;
    EXPECT_EQ(a.vocabulary, sizes.vocabulary) << type;
    EXPECT_EQ(a.max_positions, sizes.positions) << type;
    EXPECT_EQ(a.padding_id, sizes.padding) << type;
    EXPECT_EQ(a.rotations.at(0).base, sizes.theta) << type;
    EXPECT_EQ(a.norm_eps, sizes.eps) << type;
    EXPECT_EQ(std::ssize(a.rotations.at(0).speeds), sizes.head / 2) << type;
  }
}

TEST(LlamaLike, MissingKeysOfMixtures) {
  struct Mixture {
    std::int64_t count, top, intermediate, shared;
    bool renormalise;
  };
  const std::map<std::string, Mixture> all{{"mixtral", {8, 2, 14336, 0, true}},
                                           {"qwen2_moe", {60, 4, 1408, 5632, false}},
                                           {"qwen3_moe", {128, 8, 768, 0, false}},
                                           {"olmoe", {64, 8, 2048, 0, false}}};
  for (const auto& [type, mixture] : all) {
    const auto e = bare(type).experts;
    EXPECT_EQ(e.count, mixture.count) << type;
    EXPECT_EQ(e.top, mixture.top) << type;
    EXPECT_EQ(e.intermediate, mixture.intermediate) << type;
    EXPECT_EQ(e.shared, mixture.shared) << type;
    EXPECT_EQ(e.renormalise, mixture.renormalise) << type;
  }
}

TEST(LlamaLike, BothNamesOfTheNumberOfExpertsAreOne) {
  for (const char* type : {"mixtral", "qwen2_moe", "qwen3_moe", "olmoe"}) {
    EXPECT_EQ(bare(type, {{"num_local_experts", 16}}), bare(type, {{"num_experts", 16}})) << type;
    EXPECT_EQ(bare(type, {{"num_local_experts", 16}}).experts.count, 16) << type;
  }
}

TEST(LlamaLike, ExpertsStandWhereTheKeysPutThem) {
  const auto a =
      bare("qwen3_moe",
           {{"num_hidden_layers", 6}, {"decoder_sparse_step", 2}, {"mlp_only_layers", {0, 3}}});
  EXPECT_EQ(a.experts.layers, (std::vector<bool>{false, true, false, false, false, true}));
  const auto none = bare("qwen2_moe", {{"num_experts", 0}});
  EXPECT_FALSE(none.sparse(0));
}

TEST(LlamaLike, DefaultWindows) {
  EXPECT_EQ(bare("mistral").layer_types, Types(32, "sliding:4096"));
  for (const char* type : {"mixtral", "starcoder2", "phi3", "qwen2", "qwen2_moe", "smollm3"})
    for (const auto& layer : bare(type).layer_types) EXPECT_EQ(layer, "full") << type;
  EXPECT_EQ(bare("gemma2", {{"num_hidden_layers", 4}}).layer_types,
            (Types{"sliding:4096", "full", "sliding:4096", "full"}));
  auto third = Types(12, "sliding:4096");
  third[5] = third[11] = "full";
  EXPECT_EQ(bare("gemma3_text", {{"num_hidden_layers", 12}}).layer_types, third);
}

TEST(LlamaLike, WindowsFollowTheirSwitches) {
  const json on{{"use_sliding_window", true}, {"sliding_window", 6}, {"num_hidden_layers", 4}};
  const auto with = [&](json keys) {
    keys.update(on);
    return keys;
  };
  EXPECT_EQ(bare("qwen2_moe", with({{"max_window_layers", 2}})).layer_types,
            (Types{"full", "full", "sliding:6", "sliding:6"}));
  // Its library's model has the window in every layer, whatever max_window_layers says.
  EXPECT_EQ(bare("qwen3_moe", with({{"max_window_layers", 2}})).layer_types, Types(4, "sliding:6"));
  EXPECT_EQ(bare("smollm3", with({{"no_rope_layer_interval", 2}})).layer_types,
            (Types{"full", "sliding:6", "full", "sliding:6"}));
  // Its file says 7; the library's bound is |i − j| < 7 / 2 + 1 in whole numbers.
  EXPECT_EQ(read("gemma3_bidirectional").windows, (std::vector<std::int64_t>{3, 0, 3}));
  EXPECT_FALSE(read("gemma3_bidirectional").causal);
}

TEST(LlamaLike, LayersWithoutRotationAreMarked) {
  using Which = std::vector<std::int64_t>;
  EXPECT_EQ(read("smollm3").rotation_of_layer, (Which{0, -1, 0}));
  EXPECT_EQ(bare("smollm3", {{"num_hidden_layers", 5}}).rotation_of_layer, (Which{0, 0, 0, -1, 0}));
  EXPECT_EQ(read("smollm3").rotation(1), nullptr);
}

TEST(LlamaLike, Gemma3TurnsItsLayersWithAWindowInAnotherWay) {
  const auto a = read("gemma3_linear");
  ASSERT_EQ(a.rotations.size(), 2u);
  EXPECT_EQ(a.rotation_of_layer, (std::vector<std::int64_t>{1, 1, 0, 1}));
  for (std::size_t j = 0; j < 3; ++j) {
    const auto share = static_cast<double>(j) / 3;
    EXPECT_DOUBLE_EQ(a.rotations[0].speeds[j], std::pow(3000.0, -share) / 2.5);
    EXPECT_DOUBLE_EQ(a.rotations[1].speeds[j], std::pow(70.0, -share));
  }
  // In transformers 5's spelling too.
  ModelFolder folder("gemma3_linear");
  for (const char* key : {"rope_theta", "rope_scaling", "rope_local_base_freq"})
    folder.config.erase(key);
  folder.config["rope_parameters"] = {
      {"full_attention", {{"rope_type", "linear"}, {"factor", 2.5}, {"rope_theta", 3000.0}}},
      {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 70.0}}}};
  EXPECT_EQ(read_model_files(folder.write()).architecture, a);
}

TEST(LlamaLike, GemmasActivation) {
  EXPECT_EQ(bare("gemma").activation, Activation::gelu_tanh);
  EXPECT_EQ(bare("gemma", {{"hidden_act", "gelu"}}).activation, Activation::gelu_tanh);
  EXPECT_EQ(bare("gemma", {{"hidden_act", "silu"}}).activation, Activation::silu);
  EXPECT_EQ(bare("gemma", {{"hidden_act", "silu"}, {"hidden_activation", "gelu"}}).activation,
            Activation::gelu);
  EXPECT_EQ(bare("gemma2", {{"hidden_act", "silu"}}).activation, Activation::gelu_tanh);
}

TEST(LlamaLike, ScalesOfScores) {
  EXPECT_DOUBLE_EQ(bare("gemma2").score_factor, 1.0 / 16);
  EXPECT_EQ(bare("gemma2").score_cap, 50);
  EXPECT_EQ(bare("gemma2", {{"attn_logit_softcapping", nullptr}}).score_cap, 0);
  EXPECT_EQ(bare("gemma3_text").score_cap, 0);
  EXPECT_DOUBLE_EQ(bare("gemma").embedding_factor, std::sqrt(3072.0));
  EXPECT_EQ(bare("granite").score_factor, 1);  // not divided by √head size, then
  EXPECT_EQ(read("granite_head").embedding_factor, 3.5);
  EXPECT_EQ(read("granite_head").score_factor, 0.3);
  EXPECT_EQ(read("granite_head").residual_factor, 0.6);
}

TEST(LlamaLike, DynamicRotationsReachBeyondThePositions) {
  const auto a = read("llama_dynamic");
  EXPECT_EQ(a.max_positions, 24);
  EXPECT_EQ(a.rotations.at(0).dynamic_factor, 2);
  EXPECT_EQ(a.rotations.at(0).dynamic_above, 12);
  EXPECT_EQ(a.rotations.at(0).base, 10000);
}

TEST(LlamaLike, LongropeHasTwoListsOfFactors) {
  const auto r = read("llama_longrope").rotations.at(0);
  EXPECT_EQ(r.long_above, 12);
  const double now[] = {1.0, 1.1, 1.3, 1.6}, beyond[] = {1.2, 2.0, 3.0, 3.5};
  ASSERT_EQ(r.speeds.size(), 4u);
  for (std::size_t j = 0; j < 4; ++j) {
    const double plain = std::pow(10000.0, -static_cast<double>(j) / 4);
    EXPECT_DOUBLE_EQ(r.speeds[j], plain / now[j]);
    EXPECT_DOUBLE_EQ(r.long_speeds[j], plain / beyond[j]);
  }
  // √(1 + ln(40 / 12) / ln 12), Ding et al. 2024.
  EXPECT_DOUBLE_EQ(r.factor, std::sqrt(1 + std::log(40.0 / 12) / std::log(12.0)));
  EXPECT_EQ(r.long_factor, r.factor);
  EXPECT_EQ(read("phi3_longrope_su_head").rotations.at(0).speeds, r.speeds);
  // The length of the first training stands beside rope_scaling or, in transformers 5, inside.
  ModelFolder inside("llama_longrope");
  inside.config["rope_scaling"]["original_max_position_embeddings"] = 12;
  inside.config.erase("original_max_position_embeddings");
  EXPECT_EQ(read_model_files(inside.write()).architecture, read("llama_longrope"));
  ModelFolder own("llama_longrope");
  own.config["rope_scaling"]["attention_factor"] = 1.25;
  EXPECT_EQ(read_model_files(own.write()).architecture.rotations.at(0).long_factor, 1.25);
}

TEST(LlamaLike, APartOfAHeadTurns) {
  const auto a = read("phi3_partial");
  EXPECT_EQ(a.head_size(), 8);
  EXPECT_EQ(a.rotations.at(0).speeds, (std::vector<double>{1, 0.01}));
  EXPECT_EQ(read_with("phi3_partial", {{"partial_rotary_factor", 1.0},
                                       {"rope_parameters", {{"partial_rotary_factor", 0.5}}}}),
            a);
}

TEST(LlamaLike, NormsStandWhereTheFamilyHasThem) {
  const auto olmo2 = read("olmo2");
  EXPECT_EQ(olmo2.norm_place, NormPlace::branch);
  EXPECT_EQ(olmo2.query_key_norm, QueryKeyNorm::full);
  EXPECT_FALSE(attention_depends_on(olmo2, "layers.2.attention_norm.weight"));
  EXPECT_TRUE(attention_depends_on(read("gemma2"), "layers.2.attention_norm.weight"));
  EXPECT_FALSE(attention_depends_on(read("gemma2"), "layers.2.attention_after_norm.weight"));
  EXPECT_FALSE(read("olmo").norm_weight);
  const auto cohere = read("cohere_qk_norm_biases_head");
  EXPECT_EQ(cohere.query_key_norm, QueryKeyNorm::own_head);
  EXPECT_EQ(cohere.flow, LayerFlow::parallel);
  EXPECT_TRUE(cohere.rotations.at(0).neighbours);
}

/// The engine's name → "file's name [rows × columns]", rows of a fused tensor.
std::map<std::string, std::string> bound(const std::string& model) {
  std::map<std::string, std::string> out;
  for (const auto& one : read_model_files(tiny_model(model)).tensors)
    out[one.name] = one.family_name + " " + std::to_string(one.rows.first);
  return out;
}

TEST(LlamaLike, ExpertsAreFoundUnderTheirNames) {
  auto names = bound("mixtral");
  EXPECT_EQ(names["layers.1.router.weight"], "layers.1.block_sparse_moe.gate.weight 0");
  EXPECT_EQ(names["layers.1.experts.3.gate.weight"],
            "layers.1.block_sparse_moe.experts.3.w1.weight 0");
  EXPECT_EQ(names["layers.1.experts.3.down.weight"],
            "layers.1.block_sparse_moe.experts.3.w2.weight 0");
  EXPECT_EQ(names["layers.1.experts.3.up.weight"],
            "layers.1.block_sparse_moe.experts.3.w3.weight 0");
  names = bound("qwen2_moe_some_layers");
  EXPECT_EQ(names["layers.1.shared.up.weight"], "layers.1.mlp.shared_expert.up_proj.weight 0");
  EXPECT_EQ(names["layers.1.shared_gate.weight"], "layers.1.mlp.shared_expert_gate.weight 0");
  EXPECT_EQ(names["layers.0.up.weight"], "layers.0.mlp.up_proj.weight 0");
  EXPECT_FALSE(names.contains("layers.1.up.weight"));
  EXPECT_FALSE(names.contains("layers.3.router.weight"));
}

TEST(LlamaLike, PhisFusedTensorsAreCut) {
  auto names = bound("phi3_partial");
  EXPECT_EQ(names["layers.0.q.weight"], "layers.0.self_attn.qkv_proj.weight 0");
  EXPECT_EQ(names["layers.0.k.weight"], "layers.0.self_attn.qkv_proj.weight 32");
  EXPECT_EQ(names["layers.0.v.weight"], "layers.0.self_attn.qkv_proj.weight 48");
  EXPECT_EQ(names["layers.0.gate.weight"], "layers.0.mlp.gate_up_proj.weight 0");
  EXPECT_EQ(names["layers.0.up.weight"], "layers.0.mlp.gate_up_proj.weight 28");
}

struct BadValue {
  const char* from;
  const char* key;
  json value;
  const char* message;  ///< after "…/config.json: "
};

TEST(LlamaLike, UnsupportedAndImpossibleValuesAreNamed) {
  const std::vector<BadValue> all{
      {"llama",
       "rope_scaling",
       {{"rope_type", "mrope"}},
       "rope_scaling.rope_type: \"mrope\" is not supported; expected default, linear, dynamic, "
       "llama3, yarn or longrope"},
      {"llama",
       "rope_scaling",
       {{"type", "su"}},
       "rope_scaling.rope_type: \"su\" is not supported; expected default, linear, dynamic, "
       "llama3, yarn or longrope"},
      {"llama_longrope",
       "rope_scaling",
       {{"type", "longrope"}, {"short_factor", {1, 2, 3, 4}}, {"long_factor", {1, 2, 3}}},
       "rope_scaling.long_factor: [1,2,3]; expected a list of 4 numbers > 0, one a rotated pair"},
      {"llama_longrope",
       "rope_scaling",
       {{"type", "longrope"},
        {"short_factor", {1, 2, 3, 4}},
        {"long_factor", {1, 2, 3, 4}},
        {"original_max_position_embeddings", 20}},
       "rope_scaling.original_max_position_embeddings: 20; expected "
       "original_max_position_embeddings' own value, or none"},
      {"llama",
       "rope_parameters",
       {{"partial_rotary_factor", 0.5}},
       "rope_parameters.partial_rotary_factor: 0.5; expected 1.0: whole heads are rotated"},
      {"phi3_partial", "partial_rotary_factor", 0.4,
       "partial_rotary_factor: 0.400000 of heads of 8 turns 3 columns; expected an even number "
       "from 2 to 8"},
      {"mistral_window",
       "layer_types",
       {"sliding_attention", "full_attention", "sliding_attention"},
       "layer_types: full_attention beside sliding_window 8, which this family has in every layer "
       "or in none"},
      {"phi3_partial",
       "layer_types",
       {"sliding_attention", "full_attention", "full_attention"},
       "layer_types: \"sliding_attention\"; expected full_attention: sliding_window is null"},
      {"gemma3_linear", "attn_logit_softcapping", 50.0,
       "attn_logit_softcapping: 50.0 is not supported; expected null (the library passes over it "
       "in this family)"},
      {"gemma3_bidirectional", "sliding_window", 1,
       "sliding_window: 1 leaves each token itself alone; expected 2 or more"},
      {"gemma2", "query_pre_attn_scalar", 0, "query_pre_attn_scalar: 0; expected a number > 0"},
      {"olmo", "clip_qkv", -1, "clip_qkv: -1; expected a number > 0"},
      {"smollm3",
       "no_rope_layers",
       {1, 0},
       "no_rope_layers: [1,0]; expected a list of num_hidden_layers 3 entries, 1 where a layer is "
       "rotated and 0 where it is not"},
      {"smollm3",
       "no_rope_layers",
       {1, 2, 1},
       "no_rope_layers: 2; expected a list of num_hidden_layers 3 entries, 1 where a layer is "
       "rotated and 0 where it is not"},
      {"mixtral", "num_local_experts", 0, "num_local_experts: 0; expected 1 or more"},
      {"mixtral", "num_experts", 5,
       "num_local_experts: 4; expected num_experts' own value, or none"},
      {"mixtral", "num_experts_per_tok", 5, "num_experts_per_tok: 5 of num_local_experts 4"},
      {"qwen2_moe", "mlp_only_layers", "all",
       "mlp_only_layers: \"all\"; expected a list of layers"},
      {"qwen2_moe", "decoder_sparse_step", 0,
       "decoder_sparse_step: 0; expected a whole number from 1 to 2^30"},
      {"cohere", "use_qk_norm", "yes", "use_qk_norm: \"yes\"; expected true or false"},
  };
  for (const auto& bad : all) {
    ModelFolder folder(bad.from);
    folder.config[bad.key] = bad.value;
    const auto problems = problems_of(folder.write());
    ASSERT_EQ(problems.size(), 1u) << bad.message;
    EXPECT_EQ(problems[0], (folder.path / "config.json").string() + ": " + bad.message);
  }
}

}  // namespace
}  // namespace attnsweep::spec
