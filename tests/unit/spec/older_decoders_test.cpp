// What config.json and the tensors of the decoders from before LLaMA say.
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

ArchitectureSpec read(const std::string& model) {
  const auto files = read_model_files(tiny_model(model));
  EXPECT_EQ(files.unknown_keys, std::vector<std::string>{});
  return files.architecture;
}

/// Of a folder of this type whose config.json says nothing but `keys`; no weights.
ArchitectureSpec bare(const std::string& type, const json& keys = json::object()) {
  ModelFolder folder("gptj");
  folder.config = keys;
  folder.config["model_type"] = type;
  return read_model_files(folder.write(), false).architecture;
}

std::vector<std::string> problems_with(const std::string& model, const json& keys) {
  ModelFolder folder(model);
  folder.config.update(keys);
  auto problems = problems_of(folder.write());
  const auto start = (folder.path / "config.json").string() + ": ";
  for (auto& one : problems)
    if (one.starts_with(start)) one = one.substr(start.size());
  return problems;
}

TEST(OlderDecoders, MissingKeysAreTheLibrarysDefaults) {
  struct Sizes {
    std::int64_t layers, heads, kv_heads, hidden, intermediate, vocabulary, positions, rotated;
  };
  const std::map<std::string, Sizes> all{
      {"gpt_neo", {24, 16, 16, 2048, 8192, 50257, 2048, 0}},
      {"gpt_neox", {44, 64, 64, 6144, 24576, 50432, 2048, 24}},
      {"gptj", {28, 16, 16, 4096, 16384, 50400, 2048, 64}},
      {"opt", {12, 12, 12, 768, 3072, 50272, 2048, 0}},
      {"bloom", {2, 8, 8, 64, 256, 250880, kUnlimitedPositions, 0}},
      {"falcon", {32, 71, 1, 4544, 18176, 65024, 2048, 64}},
      {"mpt", {24, 16, 16, 2048, 8192, 50368, 2048, 0}},
      {"phi", {24, 32, 32, 2048, 8192, 51200, 2048, 32}},
      {"stablelm", {32, 32, 32, 2560, 6912, 50304, 4096, 20}},
  };
  for (const auto& [type, sizes] : all) {
    const auto a = bare(type);
    EXPECT_EQ(a.n_layers, sizes.layers) << type;
    EXPECT_EQ(a.n_heads, sizes.heads) << type;
    EXPECT_EQ(a.kv_heads(), sizes.kv_heads) << type;
    EXPECT_EQ(a.hidden, sizes.hidden) << type;
    EXPECT_EQ(a.intermediate, sizes.intermediate) << type;
    EXPECT_EQ(a.vocabulary, sizes.vocabulary) << type;
    EXPECT_EQ(a.max_positions, sizes.positions) << type;
    EXPECT_EQ(a.norm_eps, 1e-5) << type;
    const auto turned = a.rotations.empty() ? 0 : 2 * std::ssize(a.rotations[0].speeds);
    EXPECT_EQ(turned, sizes.rotated) << type;
  }
}

// Keys that published checkpoints carry beside the sizes.
TEST(OlderDecoders, PublishedConfigurationsLeaveNoKeyOver) {
  const std::map<std::string, const char*> all{
      {"gpt_neo", R"({"attention_dropout": 0, "attention_types": [[["global", "local"], 12]],
         "bos_token_id": 50256, "embed_dropout": 0, "gradient_checkpointing": false,
         "intermediate_size": null, "resid_dropout": 0, "summary_activation": null,
         "summary_first_dropout": 0.1, "summary_proj_to_labels": true, "summary_type": "cls_index",
         "summary_use_proj": true, "window_size": 256, "use_cache": true})"},
      {"gpt_neox", R"({"attention_probs_dropout_prob": 0, "hidden_dropout_prob": 0,
         "rotary_emb_base": 10000, "rotary_pct": 0.25, "rope_theta": 10000,
         "partial_rotary_factor": 0.25, "rope_scaling": null, "is_decoder": false,
         "tie_word_embeddings": false, "classifier_dropout": 0.1})"},
      {"gptj", R"({"rotary": true, "rotary_dim": 64, "scale_attn_weights": true, "n_inner": null,
         "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0, "task_specific_params": {},
         "tokenizer_class": "GPT2Tokenizer"})"},
      {"opt", R"({"_remove_final_layer_norm": false, "activation_dropout": 0.0, "dropout": 0.1,
         "layerdrop": 0.0, "prefix": "</s>", "word_embed_proj_dim": 512,
         "do_layer_norm_before": false, "init_std": 0.02})"},
      {"bloom", R"({"n_embed": 64, "num_attention_heads": 8, "n_inner": null, "offset_alibi": 100,
         "pretraining_tp": 4, "seq_length": 2048, "skip_bias_add": true, "skip_bias_add_qkv": false,
         "attention_softmax_in_fp32": true, "bias_dropout_fusion": true, "unk_token_id": 0,
         "masked_softmax_fusion": true})"},
      {"falcon", R"({"apply_residual_connection_post_layernorm": false, "auto_map": {},
         "ff_factor": 4, "hidden_dropout": 0.0, "num_ln_in_parallel_attn": null,
         "num_kv_heads": 71, "rope_scaling": null})"},
      {"mpt", R"({"attn_config": {"alibi": true, "alibi_bias_max": 8, "attn_impl": "torch",
         "attn_pdrop": 0, "attn_type": "multihead_attention", "attn_uses_sequence_id": false,
         "clip_qkv": null, "prefix_lm": false, "qk_ln": false, "softmax_scale": null},
         "emb_pdrop": 0, "embedding_fraction": 1.0, "expansion_ratio": 4, "init_config": {},
         "init_device": "cpu", "learned_pos_emb": true, "logit_scale": null, "no_bias": true,
         "tokenizer_name": "gpt-neox", "verbose": 0})"},
      {"phi", R"({"embd_pdrop": 0.0, "resid_pdrop": 0.1, "attention_dropout": 0.0,
         "rope_scaling": null, "rope_theta": 10000.0, "partial_rotary_factor": 0.5})"},
      {"stablelm", R"({"rope_theta": 10000, "hidden_dropout": 0.0, "rope_scaling": null,
         "use_qkv_bias": true, "qk_layernorm": false})"}};
  for (const auto& [type, keys] : all) {
    ModelFolder folder("gptj");
    folder.config = json::parse(keys);
    folder.config["model_type"] = type;
    EXPECT_EQ(read_model_files(folder.write(), false).unknown_keys, std::vector<std::string>{})
        << type;
  }
}

TEST(OlderDecoders, WindowsOfGptNeo) {
  using Windows = std::vector<std::int64_t>;
  EXPECT_EQ(read("gpt_neo_windows").windows, (Windows{0, 5, 5}));
  const json keys{{"num_layers", 3}, {"window_size", 7}};
  auto types = keys;
  types["attention_types"] = json::parse(R"([[["local"], 1], [["global", "local"], 1]])");
  EXPECT_EQ(bare("gpt_neo", types).windows, (Windows{7, 0, 7}));
  types["attention_layers"] = {"global", "global", "local"};
  EXPECT_EQ(bare("gpt_neo", types).windows, (Windows{0, 0, 7}));
  Windows usual;
  for (int i = 0; i < 12; ++i) usual.insert(usual.end(), {0, 256});
  EXPECT_EQ(bare("gpt_neo").windows, usual);
}

TEST(OlderDecoders, SlopesOfAlibi) {
  // Press et al. 2022, section 3: from 2^(−8/n) on, each the same ratio smaller.
  const auto eight = bare("bloom").score_bias;
  ASSERT_EQ(eight.slopes.size(), 8u);
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(eight.slopes[static_cast<std::size_t>(i)], std::exp2(-i - 1));
  EXPECT_FALSE(eight.alibi_bfloat16 || eight.alibi_scaled || eight.alibi_from_end);
  EXPECT_EQ(read("bloom").score_bias.slopes,
            (std::vector<double>{std::exp2(-4), std::exp2(-8), std::exp2(-2)}));
  const auto falcon = read("falcon_alibi_serial_head").score_bias;
  EXPECT_EQ(falcon.slopes, read("bloom").score_bias.slopes);
  EXPECT_TRUE(falcon.alibi_bfloat16 && falcon.alibi_scaled && !falcon.alibi_from_end);
  // MPT takes the even ones of four first.
  const auto mpt = read("mpt").score_bias;
  EXPECT_EQ(mpt.slopes, (std::vector<double>{std::exp2(-4), std::exp2(-8), std::exp2(-2)}));
  EXPECT_TRUE(mpt.alibi_from_end && !mpt.alibi_scaled);
  EXPECT_EQ(read("mpt_switches_head").score_bias.slopes,
            (std::vector<double>{std::exp2(-4), std::exp2(-8), std::exp2(-12), std::exp2(-16)}));
}

TEST(OlderDecoders, FusedRowsOfGroupedKeys) {
  std::map<std::string, TensorBinding> bound;
  for (const auto& one : read_model_files(tiny_model("falcon_grouped")).tensors)
    bound[one.name] = one;
  // 4 heads of 4 columns, 2 keys: for each key its two queries, itself and its value.
  const auto expect_rows = [&](const std::string& part, std::int64_t first, std::int64_t run) {
    const auto& one = bound.at("layers.1." + part + ".weight");
    EXPECT_EQ(one.stored_name, "h.1.self_attention.query_key_value.weight");
    EXPECT_EQ(one.stored_shape, (std::vector<std::int64_t>{32, 16}));
    EXPECT_EQ(one.shape, (std::vector<std::int64_t>{2 * run, 16}));
    EXPECT_EQ(one.rows.first, first);
    EXPECT_EQ(one.rows.run, run);
    EXPECT_EQ(one.rows.stride, 16);
  };
  expect_rows("q", 0, 8);
  expect_rows("k", 8, 4);
  expect_rows("v", 12, 4);
}

TEST(OlderDecoders, PositionsWithoutAnEndAndWithOne) {
  EXPECT_EQ(read("falcon_alibi_serial_head").max_positions, kUnlimitedPositions);
  EXPECT_EQ(read("falcon_grouped").max_positions, 40);
  EXPECT_EQ(read("mpt").max_positions, 40);
  const auto opt = read("opt");
  EXPECT_EQ(opt.max_positions, 40);
  EXPECT_EQ(opt.position_rows, 42);
  EXPECT_EQ(opt.position_offset, 2);
}

TEST(OlderDecoders, BothSpellingsOfTheRotationAreOne) {
  for (const char* model : {"gpt_neox", "gpt_neox_serial_head", "phi_normed_grouped_head",
                            "stablelm", "falcon_grouped"}) {
    ModelFolder folder(model);
    auto& config = folder.config;
    auto one = config.value("rope_scaling", json());
    if (one.is_null()) one = {{"rope_type", "default"}};
    const bool neox = config["model_type"] == "gpt_neox";
    one["rope_theta"] = config[neox ? "rotary_emb_base" : "rope_theta"];
    const char* share = neox ? "rotary_pct" : "partial_rotary_factor";
    if (config.contains(share)) one["partial_rotary_factor"] = config[share];
    for (const char* key :
         {"rope_theta", "rotary_emb_base", "rope_scaling", "rotary_pct", "partial_rotary_factor"})
      config.erase(key);
    config["rope_parameters"] = one;
    const auto files = read_model_files(folder.write());
    EXPECT_EQ(files.unknown_keys, std::vector<std::string>{});
    EXPECT_EQ(files.architecture, read(model)) << model;
  }
}

TEST(OlderDecoders, TensorsAreFoundUnderEveryNameTheyWereSavedBy) {
  struct Spelling {
    const char* model;
    const char* prefix;  ///< under a head
    const char* buffer;  ///< a tensor that is passed over
  };
  for (const Spelling& one : std::vector<Spelling>{
           {"gpt_neo_windows", "transformer.", "h.0.attn.attention.bias"},
           {"gpt_neo_windows", "transformer.", "h.1.attn.attention.masked_bias"},
           {"gpt_neox", "gpt_neox.", "layers.2.attention.bias"},
           {"gpt_neox", "gpt_neox.", "layers.2.attention.masked_bias"},
           {"gpt_neox", "gpt_neox.", "layers.2.attention.rotary_emb.inv_freq"},
           {"gptj", "transformer.", "h.0.attn.masked_bias"},
           {"opt", "model.", "decoder.version"},
           {"bloom", "transformer.", "lm_head.weight"},
           {"falcon_one_key", "transformer.", "h.0.self_attention.rotary_emb.inv_freq"},
           {"mpt", "transformer.", "lm_head.weight"},
           {"phi", "model.", "layers.0.self_attn.rotary_emb.inv_freq"},
           {"stablelm", "model.", "layers.0.self_attn.rotary_emb.inv_freq"}}) {
    ModelFolder folder(one.model);
    const auto bound = read_model_files(folder.write()).tensors.size();
    for (auto& tensor : folder.tensors) tensor.name = one.prefix + tensor.name;
    folder.tensors.push_back({std::string(one.prefix) + one.buffer, "U8", {1}, "x"});
    EXPECT_EQ(read_model_files(folder.write()).tensors.size(), bound) << one.buffer;
  }
}

// The library's MPT reads neither key; a file that was written by another one is seen by its
// tensors.
TEST(OlderDecoders, TensorsThatTheLibrarysModelDoesNotHaveAreRefused) {
  ModelFolder folder("mpt");
  folder.config["no_bias"] = false;
  EXPECT_EQ(problems_of(folder.write()).size(), 0u);
  folder.tensors.push_back({"blocks.1.ffn.up_proj.bias", "F16", {1}, "xx"});
  EXPECT_EQ(problems_of(folder.write()),
            (std::vector<std::string>{folder.weights().string() +
                                      ": unexpected tensor 'blocks.1.ffn.up_proj.bias' [1]"}));
}

TEST(OlderDecoders, KeysInAttentionsConfigThatNobodyKnowsAreNamed) {
  ModelFolder folder("mpt");
  folder.config["attn_config"]["twist"] = 3;
  EXPECT_EQ(read_model_files(folder.write()).unknown_keys,
            std::vector<std::string>{"attn_config.twist"});
}

struct BadValue {
  const char* from;
  json keys;
  const char* message;  ///< after "…/config.json: "
};

TEST(OlderDecoders, UnsupportedAndImpossibleValuesAreNamed) {
  const auto attention = [](const char* key, const json& value) {
    return json{{"attn_config", {{key, value}}}};
  };
  const std::vector<BadValue> all{
      {"gpt_neo_windows",
       {{"attention_layers", {"global", "local"}}},
       "attention_layers: [\"global\",\"local\"]; expected \"global\" or \"local\" for each of "
       "num_layers 3 layers"},
      {"gpt_neo_windows",
       {{"attention_layers", {"global", "local", "near"}}},
       "attention_layers: \"near\"; expected \"global\" or \"local\""},
      {"gpt_neo_windows",
       {{"attention_layers", nullptr}, {"attention_types", "local"}},
       "attention_types: \"local\"; expected \"global\" or \"local\" for each of num_layers 3 "
       "layers"},
      {"gpt_neo_windows",
       {{"window_size", 0}},
       "window_size: 0; expected a whole number from 1 to 2^30"},
      {"gpt_neo_windows",
       {{"num_attention_heads", 4}},
       "num_attention_heads: 4; expected num_heads's 3: they are one key"},
      {"gpt_neox",
       {{"rotary_pct", 0.4}},
       "rotary_pct: 0.400000 of heads of 8 turns 3 columns; expected an even number from 2 to 8"},
      {"gptj",
       {{"rotary_dim", 12}},
       "rotary_dim: 12; expected an even number up to n_embd / n_head = 8"},
      {"gptj",
       {{"rotary_dim", nullptr}},
       "rotary_dim: null; expected a whole number from 1 to 2^30"},
      {"opt",
       {{"word_embed_proj_dim", 0}},
       "word_embed_proj_dim: 0; expected a whole number from 1 "
       "to 2^30"},
      {"opt", {{"enable_bias", "no"}}, "enable_bias: \"no\"; expected true or false"},
      {"bloom",
       {{"slow_but_exact", true}, {"pretraining_tp", 2}},
       "slow_but_exact: true is not supported; expected false (sums of pretraining_tp slices)"},
      {"bloom", {{"n_embed", 20}}, "n_head: 3 does not divide hidden_size 20"},
      {"falcon_grouped",
       {{"parallel_attn", false}},
       "parallel_attn: false is not supported; expected true (with new_decoder_architecture)"},
      {"falcon_grouped",
       {{"num_ln_in_parallel_attn", 3}},
       "num_ln_in_parallel_attn: 3; expected 1 or 2"},
      {"falcon_one_key",
       {{"num_ln_in_parallel_attn", 2}},
       "num_ln_in_parallel_attn: 2; expected 1 (2 needs new_decoder_architecture)"},
      {"falcon_grouped",
       {{"num_kv_heads", 3}},
       "num_kv_heads: 3 does not divide num_attention_heads 4"},
      {"falcon_alibi_serial_head",
       {{"num_kv_heads", 1}},
       "num_kv_heads: 1; expected num_attention_heads 3 (neither multi_query nor "
       "new_decoder_architecture)"},
      {"mpt",
       {{"norm_type", "rmsnorm"}},
       "norm_type: \"rmsnorm\"; expected "
       "low_precision_layernorm or layernorm"},
      {"mpt", {{"attn_config", 3}}, "attn_config: 3; expected an object"},
      {"mpt", attention("clip_qkv", -1), "attn_config.clip_qkv: -1; expected a number > 0 or null"},
      {"mpt", attention("softmax_scale", 0),
       "attn_config.softmax_scale: 0; expected a number > 0 or null"},
      {"mpt", attention("alibi", false),
       "attn_config.alibi: false is not supported; expected true (ALiBi is always added, by the "
       "library too)"},
      {"mpt", attention("attn_type", "multiquery_attention"),
       "attn_config.attn_type: \"multiquery_attention\" is not supported; expected "
       "\"multihead_attention\" (one key and value a query head)"},
      {"mpt", attention("prefix_lm", true),
       "attn_config.prefix_lm: true is not supported; expected false (causal)"},
      {"phi",
       {{"num_key_value_heads", 2}},
       "num_key_value_heads: 2 does not divide num_attention_heads 3"},
      {"phi", {{"hidden_act", "selu"}}, nullptr},
      {"stablelm",
       {{"partial_rotary_factor", 1.5}},
       "partial_rotary_factor: 1.500000 of heads of 12 turns 18 columns; expected an even number "
       "from 2 to 12"},
      {"stablelm",
       {{"add_cross_attention", true}},
       "add_cross_attention: true is not supported; expected false (no second input)"},
  };
  for (const auto& bad : all) {
    const auto problems = problems_with(bad.from, bad.keys);
    ASSERT_EQ(problems.size(), 1u) << bad.from << " " << bad.keys;
    if (bad.message)
      EXPECT_EQ(problems[0], bad.message);
    else
      EXPECT_TRUE(
          problems[0].starts_with("hidden_act: \"selu\" is not supported; expected one of"));
  }
}

TEST(OlderDecoders, ZeroMeansNoClipToTheLibrary) {
  EXPECT_EQ(bare("mpt", {{"attn_config", {{"clip_qkv", 0}}}}).query_key_value_clip, 0);
  EXPECT_EQ(bare("mpt", {{"attn_config", {{"clip_qkv", 6}}}}).query_key_value_clip, 6);
}

}  // namespace
}  // namespace attnsweep::spec
