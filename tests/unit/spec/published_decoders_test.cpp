// Keys that published configurations of the LLaMA-likes carry, sizes made small: none is left over,
// and none that changes the forward pass goes by unseen.
#include <gtest/gtest.h>

#include "unit/spec/model_folder.hpp"

namespace attnsweep::spec {
namespace {

using nlohmann::json;
using test::ModelFolder;

constexpr const char* kCommon =
    R"("attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "hidden_size": 32,
       "initializer_range": 0.02, "intermediate_size": 16, "num_attention_heads": 4,
       "num_hidden_layers": 4, "num_key_value_heads": 2, "torch_dtype": "bfloat16",
       "transformers_version": "4.40.0", "use_cache": true, "vocab_size": 9, )";

ModelFiles published(const std::string& own) {
  ModelFolder folder("llama");
  folder.config = json::parse("{" + std::string(kCommon) + own + "}");
  return read_model_files(folder.write(), false);
}

TEST(PublishedDecoders, LeaveNoKeyOver) {
  for (const char* own : {
           R"("model_type": "llama", "max_sequence_length": 16384, "pretraining_tp": 1,
              "max_position_embeddings": 4096, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 4.0,
              "type": "linear"}, "tie_word_embeddings": false, "pad_token_id": 0)",
           R"("model_type": "llama", "attention_bias": false, "mlp_bias": false, "head_dim": 8,
              "max_position_embeddings": 131072, "rope_theta": 500000.0, "eos_token_id": [2, 3],
              "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
              "original_max_position_embeddings": 8192, "rope_type": "llama3"})",
           R"("model_type": "mistral", "sliding_window": null, "rope_theta": 1000000.0)",
           R"("model_type": "mixtral", "num_experts_per_tok": 2, "num_local_experts": 8,
              "output_router_logits": false, "router_aux_loss_coef": 0.02, "sliding_window": null)",
           R"("model_type": "qwen2", "max_window_layers": 21, "sliding_window": 32768,
              "use_mrope": false, "use_sliding_window": false)",
           R"("model_type": "qwen3", "attention_bias": false, "head_dim": 8,
              "max_window_layers": 28, "sliding_window": null, "use_sliding_window": false,
              "rope_scaling": null)",
           R"("model_type": "qwen2_moe", "decoder_sparse_step": 1, "max_window_layers": 21,
              "moe_intermediate_size": 8, "norm_topk_prob": false, "num_experts": 60,
              "num_experts_per_tok": 4, "output_router_logits": false,
              "router_aux_loss_coef": 0.001, "shared_expert_intermediate_size": 8,
              "sliding_window": 32768, "use_sliding_window": false)",
           R"("model_type": "qwen3_moe", "decoder_sparse_step": 1, "head_dim": 8,
              "max_window_layers": 48, "mlp_only_layers": [], "moe_intermediate_size": 8,
              "norm_topk_prob": true, "num_experts": 128, "num_experts_per_tok": 8,
              "output_router_logits": false, "router_aux_loss_coef": 0.001,
              "sliding_window": null, "use_sliding_window": false)",
           R"("model_type": "olmo", "clip_qkv": null, "pad_token_id": 1, "rope_scaling": null)",
           R"("model_type": "olmo2", "pad_token_id": 1, "rms_norm_eps": 1e-06)",
           R"("model_type": "olmoe", "clip_qkv": null, "norm_topk_prob": false, "num_experts": 64,
              "num_experts_per_tok": 8, "output_router_logits": false,
              "router_aux_loss_coef": 0.01)",
           R"("model_type": "gemma", "head_dim": 8, "hidden_act": "gelu",
              "hidden_activation": "gelu_pytorch_tanh", "pad_token_id": 0)",
           R"("model_type": "gemma2", "attn_logit_softcapping": 50.0, "cache_implementation":
              "hybrid", "final_logit_softcapping": 30.0, "head_dim": 8, "hidden_act":
              "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh",
              "query_pre_attn_scalar": 256, "sliding_window": 4096)",
           R"("model_type": "gemma3_text", "attn_logit_softcapping": null, "cache_implementation":
              "hybrid", "final_logit_softcapping": null, "head_dim": 8, "hidden_activation":
              "gelu_pytorch_tanh", "query_pre_attn_scalar": 256, "rope_local_base_freq": 10000,
              "rope_scaling": null, "sliding_window": 512, "sliding_window_pattern": 6)",
           R"("model_type": "granite", "attention_multiplier": 0.015625,
              "embedding_multiplier": 12.0, "logits_scaling": 8.0, "residual_multiplier": 0.22)",
           R"("model_type": "smollm3", "layer_types": ["full_attention", "full_attention",
              "full_attention", "full_attention"], "max_window_layers": 28,
              "no_rope_layer_interval": 4, "no_rope_layers": [1, 1, 1, 0], "pad_token_id": 0,
              "pretraining_tp": 2, "sliding_window": null, "use_sliding_window": false)",
           R"("model_type": "starcoder2", "attention_softmax_in_fp32": true,
              "embedding_dropout": 0.1, "layer_norm_epsilon": 1e-05, "mlp_type": "default",
              "norm_epsilon": 1e-05, "norm_type": "layer_norm", "residual_dropout": 0.1,
              "scale_attention_softmax_in_fp32": true, "scale_attn_weights": true,
              "sliding_window": 4096, "use_bias": true)",
           R"("model_type": "cohere", "layer_norm_eps": 1e-05, "logit_scale": 0.0625,
              "model_max_length": 131072, "pad_token_id": 0, "use_qk_norm": false)",
           R"("model_type": "phi3", "attention_bias": false, "auto_map": {}, "embd_pdrop": 0.0,
              "full_attn_mod": 1, "interpolate_factor": 1, "lm_head_bias": false, "mlp_bias": false,
              "max_position_embeddings": 131072, "original_max_position_embeddings": 4096,
              "pad_token_id": 0, "partial_rotary_factor": 0.75, "resid_pdrop": 0.0,
              "rope_scaling": {"long_factor": [1, 2, 3], "short_factor": [1, 1, 1],
              "type": "longrope"}, "sliding_window": 262144)",
       }) {
    EXPECT_EQ(published(own).unknown_keys, std::vector<std::string>{}) << own;
  }
}

TEST(PublishedDecoders, QuantizedWeightsAreRefusedByName) {
  ModelFolder folder("llama");
  folder.config["quantization_config"] = {{"quant_method", "gptq"}, {"bits", 4}};
  EXPECT_TRUE(
      test::problems_of(folder.write())
          .at(0)
          .ends_with("quantization_config: {\"bits\":4,\"quant_method\":\"gptq\"} is not supported "
                     "(weights of 16 bits or more)"));
}

}  // namespace
}  // namespace attnsweep::spec
