// The keys of the encoders whose scores depend on distances, windows or both.
#include <gtest/gtest.h>

#include <algorithm>
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
  return read_model_files(tiny_model(model)).architecture;
}

/// The architecture of a small model's config.json with these keys changed (null: removed).
ArchitectureSpec changed(const std::string& model, const json& keys) {
  ModelFolder folder(model);
  for (const auto& [key, value] : keys.items()) {
    if (value.is_null())
      folder.config.erase(key);
    else
      folder.config[key] = value;
  }
  return read_model_files(folder.write(), false).architecture;
}

TEST(EncoderConfig, EverySmallModelIsUnderstoodWholly) {
  for (const char* model : {"bert_relative_key",
                            "bert_relative_key_query_head",
                            "roberta_relative_key",
                            "xlm_roberta_relative_key_query",
                            "electra_relative_key_query",
                            "mpnet",
                            "mpnet_head",
                            "deberta_v2_both",
                            "deberta_v2_buckets_head",
                            "deberta_v2_c2p_convolution",
                            "deberta_v2_p2c_projected_head",
                            "deberta_v2_none",
                            "deberta_v2_absolute_convolution",
                            "modernbert_head",
                            "modernbert_biases_v5",
                            "t5_head",
                            "t5_gated_gelu",
                            "mt5_gated_silu_buckets",
                            "umt5",
                            "longformer",
                            "longformer_windows_head",
                            "big_bird_full_head",
                            "big_bird_block_sparse"})
    EXPECT_EQ(read_model_files(tiny_model(model)).unknown_keys, std::vector<std::string>{})
        << model;
}

/// What is read of a config.json that is this text.
ModelFiles published(const std::string& text) {
  ModelFolder folder("mpnet");
  folder.config = json::parse(text);
  return read_model_files(folder.write(), false);
}

TEST(EncoderConfig, MissingSizesAreTheLibrarysDefaults) {
  struct Sizes {
    std::int64_t layers, heads, hidden, intermediate, vocabulary, positions;
  };
  const std::map<std::string, Sizes> all{
      {"mpnet", {12, 12, 768, 3072, 30527, 510}},
      {"deberta-v2", {24, 24, 1536, 6144, 128100, 512}},
      {"modernbert", {22, 12, 768, 1152, 50368, 8192}},
      {"t5", {6, 8, 512, 2048, 32128, kUnlimitedPositions}},
      {"mt5", {8, 6, 512, 1024, 250112, kUnlimitedPositions}},
      {"umt5", {8, 6, 512, 1024, 250112, kUnlimitedPositions}},
  };
  for (const auto& [type, sizes] : all) {
    const auto a = published(json{{"model_type", type}}.dump()).architecture;
    EXPECT_EQ(a.n_layers, sizes.layers) << type;
    EXPECT_EQ(a.n_heads, sizes.heads) << type;
    EXPECT_EQ(a.head_size(), 64) << type;
    EXPECT_EQ(a.hidden, sizes.hidden) << type;
    EXPECT_EQ(a.intermediate, sizes.intermediate) << type;
    EXPECT_EQ(a.vocabulary, sizes.vocabulary) << type;
    EXPECT_EQ(a.max_positions, sizes.positions) << type;
  }
}

// Keys that published checkpoints carry beside the sizes.
TEST(EncoderConfig, PublishedConfigurationsLeaveNoKeyOver) {
  for (const char* text :
       {R"({"model_type": "mpnet", "attention_probs_dropout_prob": 0.1, "bos_token_id": 0,
          "hidden_dropout_prob": 0.1, "layer_norm_eps": 1e-05, "max_position_embeddings": 514,
          "pad_token_id": 1, "relative_attention_num_buckets": 32})",
        R"({"model_type": "deberta-v2", "attention_head_size": 64, "conv_act": "gelu",
          "conv_kernel_size": 3, "layer_norm_eps": 1e-7, "legacy": true,
          "max_relative_positions": -1, "norm_rel_ebd": "layer_norm", "pooler_dropout": 0,
          "pooler_hidden_act": "gelu", "pooler_hidden_size": 1536, "pos_att_type": "p2c|c2p",
          "position_biased_input": false, "position_buckets": 256, "relative_attention": true,
          "share_att_key": true, "type_vocab_size": 0})",
        R"({"model_type": "modernbert", "classifier_pooling": "mean", "decoder_bias": true,
          "deterministic_flash_attn": false, "global_attn_every_n_layers": 3,
          "gradient_checkpointing": false, "initializer_cutoff_factor": 2.0,
          "layer_norm_eps": 1e-05, "norm_eps": 1e-05, "position_embedding_type": "absolute",
          "sparse_prediction": false, "sparse_pred_ignore_index": -100})",
        R"({"model_type": "t5", "decoder_start_token_id": 0, "dropout_rate": 0.1,
          "initializer_factor": 1.0, "is_encoder_decoder": true, "layer_norm_epsilon": 1e-06,
          "n_positions": 512, "num_decoder_layers": 6, "output_past": true,
          "relative_attention_max_distance": 128, "task_specific_params": {},
          "tie_word_embeddings": false, "use_cache": true})",
        R"({"model_type": "umt5", "classifier_dropout": 0.0, "dense_act_fn": "gelu_new",
          "is_encoder_decoder": true, "is_gated_act": true, "scalable_attention": true,
          "tokenizer_class": "T5Tokenizer"})",
        R"({"model_type": "longformer", "num_hidden_layers": 2, "num_attention_heads": 2,
          "hidden_size": 16, "intermediate_size": 16, "vocab_size": 9, "max_position_embeddings": 9,
          "attention_mode": "longformer", "attention_window": [512, 512],
          "ignore_attention_mask": false, "sep_token_id": 2, "type_vocab_size": 1})",
        R"({"model_type": "big_bird", "num_hidden_layers": 2, "num_attention_heads": 2,
          "hidden_size": 16, "intermediate_size": 16, "vocab_size": 9, "max_position_embeddings": 9,
          "attention_type": "block_sparse", "block_size": 64, "num_random_blocks": 3,
          "position_embedding_type": "absolute", "rescale_embeddings": false, "use_bias": true})"})
    EXPECT_EQ(published(text).unknown_keys, std::vector<std::string>{}) << text;
}

TEST(EncoderConfig, RelativePositionsReachAsFarAsTheirTable) {
  const auto bert = read("bert_relative_key_query_head");
  EXPECT_EQ(bert.score_bias.kind, ScoreBias::Kind::relative_key);
  EXPECT_TRUE(bert.score_bias.key_too);
  EXPECT_EQ(bert.position_rows, 0);
  EXPECT_EQ(bert.max_positions, 304);
  // Not 24 less the padding id: no table of positions is read.
  EXPECT_EQ(read("roberta_relative_key").max_positions, 24);
  EXPECT_FALSE(read("roberta_relative_key").score_bias.key_too);
}

TEST(EncoderConfig, MpnetsPaddingRowIsFixed) {
  const auto a = read("mpnet_head");  // whose pad_token_id is 5
  EXPECT_EQ(a.padding_id, 1);
  EXPECT_EQ(a.max_positions, 24 - 2);
  EXPECT_EQ(a.score_bias.buckets, 32);
}

TEST(EncoderConfig, DebertasScaleCountsTheKindsOfScores) {
  const double size = 6;
  EXPECT_DOUBLE_EQ(read("deberta_v2_both").score_factor, 1 / std::sqrt(3 * size));
  EXPECT_DOUBLE_EQ(read("deberta_v2_c2p_convolution").score_factor, 1 / std::sqrt(2 * size));
  EXPECT_DOUBLE_EQ(read("deberta_v2_none").score_factor, 1 / std::sqrt(size));
  // Also where no relative score is added.
  const auto absolute = read("deberta_v2_absolute_convolution");
  EXPECT_EQ(absolute.score_bias, ScoreBias{});
  EXPECT_DOUBLE_EQ(absolute.score_factor, 1 / std::sqrt(3 * size));
}

TEST(EncoderConfig, DebertasSpellingsAreOne) {
  const auto both = read("deberta_v2_both");
  for (const json& types : {json("P2C | c2p"), json({"p2c", "c2p"})})
    EXPECT_EQ(changed("deberta_v2_both", {{"pos_att_type", types}}), both) << types;
  const auto none = read("deberta_v2_none");
  for (const json& types : {json(""), json::array()})
    EXPECT_EQ(changed("deberta_v2_none", {{"pos_att_type", types}}), none) << types;
  EXPECT_EQ(both.score_bias.span, 6);
  for (const json& length : {json(-1), json(0), json()})
    EXPECT_EQ(changed("deberta_v2_both", {{"max_relative_positions", length}}).score_bias.span, 24);
  EXPECT_EQ(changed("deberta_v2_both", {{"position_buckets", -1}}), both);
}

TEST(EncoderConfig, ModernBertsLayersAndRotationsHaveTwoSpellings) {
  const auto v5 = read("modernbert_biases_v5");
  const auto v4 =
      changed("modernbert_biases_v5", {{"layer_types", nullptr},
                                       {"rope_parameters", nullptr},
                                       {"global_attn_every_n_layers", 2},
                                       {"global_rope_theta", 500.0},
                                       {"local_rope_theta", 50.0},
                                       {"rope_scaling", {{"type", "linear"}, {"factor", 2.0}}}});
  EXPECT_EQ(v5, v4);
  EXPECT_EQ(v5.layer_types, (std::vector<std::string>{"full", "sliding:4", "full", "sliding:4"}));
  EXPECT_DOUBLE_EQ(v5.rotations.at(1).speeds.at(1), std::pow(50.0, -0.25) / 2);
  EXPECT_EQ(v5.rotation(0), &v5.rotations[0]);
  EXPECT_EQ(v5.rotation(3), &v5.rotations[1]);
}

TEST(EncoderConfig, ModernBertsDefaultsAreTheLibrarys) {
  const auto a = changed("modernbert_head", {{"global_attn_every_n_layers", nullptr},
                                             {"global_rope_theta", nullptr},
                                             {"local_rope_theta", nullptr},
                                             {"local_attention", nullptr},
                                             {"max_position_embeddings", nullptr},
                                             {"norm_eps", nullptr},
                                             {"initializer_cutoff_factor", nullptr}});
  EXPECT_EQ(a.windows, (std::vector<std::int64_t>{0, 64, 64, 0}));
  EXPECT_DOUBLE_EQ(a.rotations.at(0).base, 160000);
  EXPECT_DOUBLE_EQ(a.rotations.at(1).base, 10000);
  EXPECT_EQ(a.max_positions, 8192);
  EXPECT_DOUBLE_EQ(a.norm_eps, 1e-5);
  EXPECT_DOUBLE_EQ(a.initializer_cutoff, 2);
  EXPECT_FALSE(a.first_norm);
  // Null is not missing: one θ for all layers, and normals that end at three deviations.
  ModelFolder folder("modernbert_head");
  folder.config["local_rope_theta"] = folder.config["initializer_cutoff_factor"] = nullptr;
  const auto null = read_model_files(folder.write(), false).architecture;
  EXPECT_DOUBLE_EQ(null.rotations.at(1).base, 160000);
  EXPECT_DOUBLE_EQ(null.initializer_cutoff, 3);
}

TEST(EncoderConfig, T5SaysItsMlpInTwoWays) {
  const auto a = read("t5_gated_gelu");
  EXPECT_TRUE(a.gated);
  EXPECT_EQ(a.activation, Activation::gelu_tanh);  // what "gated-gelu" was trained with
  EXPECT_EQ(changed("t5_gated_gelu", {{"dense_act_fn", nullptr}, {"is_gated_act", nullptr}}), a);
  EXPECT_EQ(changed("t5_gated_gelu", {{"dense_act_fn", "gelu"}}).activation, Activation::gelu);
  EXPECT_EQ(read("t5_head").activation, Activation::relu);
  EXPECT_FALSE(read("t5_head").gated);
  const json none = {
      {"feed_forward_proj", nullptr}, {"dense_act_fn", nullptr}, {"is_gated_act", nullptr}};
  EXPECT_FALSE(changed("t5_head", none).gated);
  EXPECT_TRUE(changed("umt5", none).gated);
}

TEST(EncoderConfig, T5sSizesMayHaveTheirGeneralNames) {
  const auto a = read("t5_gated_gelu");
  EXPECT_EQ(changed("t5_gated_gelu", {{"d_model", nullptr},
                                      {"hidden_size", 16},
                                      {"num_layers", nullptr},
                                      {"num_hidden_layers", 3},
                                      {"num_heads", nullptr},
                                      {"num_attention_heads", 3},
                                      {"d_kv", nullptr},
                                      {"head_dim", 6}}),
            a);
  EXPECT_EQ(a.query_width(), 18);  // not the hidden size
  EXPECT_EQ(a.max_positions, kUnlimitedPositions);
}

TEST(EncoderConfig, T5sTablesAreOneOrOneALayer) {
  const auto named = [](const std::string& model, const std::string& name) {
    const auto files = read_model_files(tiny_model(model));
    return std::any_of(files.tensors.begin(), files.tensors.end(),
                       [&](const TensorBinding& tensor) { return tensor.name == name; });
  };
  EXPECT_TRUE(named("t5_head", "score_bias"));
  EXPECT_FALSE(named("t5_head", "layers.1.score_bias"));
  EXPECT_TRUE(named("umt5", "layers.2.score_bias"));
  EXPECT_TRUE(attention_depends_on(read("umt5"), "layers.2.score_bias"));
}

TEST(EncoderConfig, LongformersWindowsAreHalvesOfItsNumbers) {
  EXPECT_EQ(read("longformer").windows, std::vector<std::int64_t>(2, 4));
  EXPECT_EQ(read("longformer_windows_head").windows, (std::vector<std::int64_t>{2, 4, 2}));
  EXPECT_EQ(changed("longformer", {{"attention_window", nullptr}}).windows,
            std::vector<std::int64_t>(2, 256));
}

TEST(EncoderConfig, BigBirdIsRunAsFarAsItsAttentionIsFull) {
  EXPECT_EQ(read("big_bird_block_sparse").max_positions, (5 + 2 * 1) * 2);
  EXPECT_EQ(read("big_bird_full_head").max_positions, 24);
  const auto keys = json{{"block_size", nullptr},
                         {"num_random_blocks", nullptr},
                         {"attention_type", nullptr},
                         {"max_position_embeddings", 4096}};
  EXPECT_EQ(changed("big_bird_block_sparse", keys).max_positions, (5 + 2 * 3) * 64);
  EXPECT_DOUBLE_EQ(read("big_bird_full_head").embedding_factor, std::sqrt(18.0));
  EXPECT_FALSE(read("big_bird_full_head").query_key_value_bias);
}

TEST(EncoderConfig, WeightsAreFoundUnderAHeadAndWithout) {
  const std::map<std::string, std::string> prefixes{
      {"t5_gated_gelu", "transformer."},       {"t5_head", "transformer."},
      {"modernbert_head", "model."},           {"modernbert_biases_v5", "model."},
      {"longformer", "longformer."},           {"mpnet_head", "mpnet."},
      {"deberta_v2_buckets_head", "deberta."}, {"deberta_v2_both", "deberta."},
      {"big_bird_full_head", "bert."},         {"big_bird_block_sparse", "bert."}};
  for (const auto& [model, prefix] : prefixes) {
    ModelFolder folder(model);
    for (auto& tensor : folder.tensors)
      tensor.name = tensor.name.starts_with(prefix) ? tensor.name.substr(prefix.size())
                                                    : prefix + tensor.name;
    EXPECT_EQ(read_model_files(folder.write()).n_parameters,
              read_model_files(tiny_model(model)).n_parameters)
        << model;
  }
}

struct BadValue {
  const char* from;
  const char* key;
  json value;
  const char* message;  ///< after "…/config.json: "
};

TEST(EncoderConfig, UnsupportedAndImpossibleValuesAreNamed) {
  const std::vector<BadValue> all{
      {"roberta_relative_key", "position_embedding_type", "rotary",
       "position_embedding_type: \"rotary\" is not supported; expected absolute, relative_key or "
       "relative_key_query"},
      {"mpnet", "relative_attention_num_buckets", 64,
       "relative_attention_num_buckets: 64 is not supported; expected 32 (the library looks up 32 "
       "whatever this says)"},
      {"mpnet", "max_position_embeddings", 2,
       "max_position_embeddings: 2; expected at least 3: positions count from 2"},
      {"deberta_v2_both", "pos_att_type", "c2p|p2p",
       "pos_att_type: \"c2p|p2p\"; expected c2p, p2c, both or none of them"},
      {"deberta_v2_both", "pos_att_type", 3,
       "pos_att_type: 3; expected c2p, p2c, both or none of them"},
      {"deberta_v2_both", "norm_rel_ebd", "rms_norm",
       "norm_rel_ebd: \"rms_norm\" is not supported; expected none or layer_norm"},
      {"deberta_v2_both", "position_buckets", 1,
       "position_buckets: 1; expected at least 2, and half of it below the longest distance, 5"},
      {"deberta_v2_both", "position_buckets", 10,
       "position_buckets: 10; expected at least 2, and half of it below the longest distance, 5"},
      {"deberta_v2_both", "max_relative_positions", 1.5,
       "max_relative_positions: 1.5; expected a whole number from 1 to 2^30"},
      {"deberta_v2_both", "attention_head_size", 8,
       "attention_head_size: 8; expected hidden_size / num_attention_heads, 6, which the output "
       "projection takes"},
      {"deberta_v2_c2p_convolution", "conv_kernel_size", 4,
       "conv_kernel_size: 4; expected an odd number, so that there is an output for every token"},
      {"deberta_v2_c2p_convolution", "conv_groups", 4,
       "conv_groups: 4 does not divide hidden_size 18"},
      {"modernbert_head", "local_attention", 1, "local_attention: 1; expected at least 2"},
      {"modernbert_biases_v5",
       "layer_types",
       {"full_attention"},
       "layer_types: [\"full_attention\"]; expected a list of num_hidden_layers 4 entries"},
      {"modernbert_biases_v5",
       "rope_scaling",
       {{"rope_type", "linear"}, {"factor", 2.0}},
       "rope_scaling: given beside rope_parameters; expected one of the two"},
      {"modernbert_biases_v5",
       "rope_parameters",
       {{"full_attention", 3}},
       "rope_parameters.full_attention: 3; expected an object"},
      {"t5_head", "feed_forward_proj", "gated-gelu-tanh",
       "feed_forward_proj: \"gated-gelu-tanh\"; expected an activation, or gated-<activation>"},
      {"t5_head", "is_decoder", true,
       "is_decoder: true is not supported; expected false (the encoder is run)"},
      {"t5_head", "relative_attention_num_buckets", 3,
       "relative_attention_num_buckets: 3; expected at least 4"},
      {"t5_head", "relative_attention_max_distance", 8,
       "relative_attention_max_distance: 8; expected more than a quarter of "
       "relative_attention_num_buckets 32"},
      {"longformer", "attention_window", 7,
       "attention_window: 7; expected an even number > 0, or a list of num_hidden_layers 2 of "
       "them"},
      {"longformer",
       "attention_window",
       {8},
       "attention_window: [8]; expected an even number > 0, or a list of num_hidden_layers 2 of "
       "them"},
      {"longformer",
       "attention_window",
       {8, 0},
       "attention_window: [8,0]; expected an even number > 0, or a list of num_hidden_layers 2 of "
       "them"},
      {"big_bird_full_head", "attention_type", "sparse",
       "attention_type: \"sparse\" is not supported; expected original_full or block_sparse"},
      {"big_bird_full_head", "is_encoder_decoder", true,
       "is_encoder_decoder: true is not supported; expected false (only encoders of one stack)"},
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
