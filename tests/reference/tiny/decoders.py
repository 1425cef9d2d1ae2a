"""GPT-2, LLaMA and the decoders that follow LLaMA's names.

What transformers 4.57.1 does otherwise than its own words, so that no reference here rests on it:
Qwen2-MoE's eager attention gives every layer the window, whatever max_window_layers says; SmolLM3's
gives a layer of the type sliding_attention a window although use_sliding_window is off (refused);
Gemma takes hidden_act "gelu" literally; Gemma 3 passes over attn_logit_softcapping (refused); a
dynamic rotation remembers longer sequences from before (each is run by a model of its own).
"""
import torch
from transformers import (CohereConfig, CohereForCausalLM, CohereModel, GPT2Config, GPT2LMHeadModel,
                          GPT2Model, Gemma2Config, Gemma2ForCausalLM, Gemma2Model,
                          Gemma3ForCausalLM, Gemma3TextConfig, Gemma3TextModel, GemmaConfig,
                          GemmaForCausalLM, GraniteConfig, GraniteForCausalLM, LlamaConfig,
                          LlamaForCausalLM, LlamaModel, MistralConfig, MistralForCausalLM,
                          MistralModel, MixtralConfig, MixtralForCausalLM, MixtralModel,
                          Olmo2Config, Olmo2ForCausalLM, Olmo2Model, OlmoConfig, OlmoForCausalLM,
                          OlmoModel, OlmoeConfig, OlmoeForCausalLM, OlmoeModel, Phi3Config,
                          Phi3ForCausalLM, Phi3Model, Qwen2Config, Qwen2ForCausalLM,
                          Qwen2MoeConfig, Qwen2MoeForCausalLM, Qwen2MoeModel, Qwen3Config,
                          Qwen3ForCausalLM, Qwen3Model, Qwen3MoeConfig, Qwen3MoeForCausalLM,
                          Qwen3MoeModel, SmolLM3Config, SmolLM3ForCausalLM, SmolLM3Model,
                          Starcoder2Config, Starcoder2ForCausalLM, Starcoder2Model)

from .common import Model

GPT = dict(vocab_size=60, n_embd=24, n_layer=3, n_head=3, n_positions=40, initializer_range=0.35)
SIZE = dict(vocab_size=60, hidden_size=24, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, intermediate_size=28, max_position_embeddings=40,
            initializer_range=0.35)
LONG = {**SIZE, "num_attention_heads": 2, "max_position_embeddings": 320}
BF16 = torch.bfloat16
GROUPLESS = {**SIZE, "num_attention_heads": 3, "num_key_value_heads": 3}
MIXTURE = {**SIZE, "intermediate_size": 12}
# Shorter than the longer of the sequences, longer than the other.
SHORT = {**GROUPLESS, "max_position_embeddings": 12}
# Older files have no layer_types: the layers follow from other keys.
WITHOUT_TYPES = {"layer_types": None}
SLIDING, FULL = "sliding_attention", "full_attention"


def version5(settings):
    """Transformers 5's spelling of the rotation, the weights' type and the number of experts."""
    settings["dtype"] = settings.pop("torch_dtype", None) or settings["dtype"]
    scaling = settings.pop("rope_scaling", None) or {"rope_type": "default"}
    theta = settings.pop("rope_theta")
    if "rope_local_base_freq" in settings:
        settings["rope_parameters"] = {
            FULL: {**scaling, "rope_theta": theta},
            SLIDING: {"rope_type": "default", "rope_theta": settings.pop("rope_local_base_freq")}}
    else:
        settings["rope_parameters"] = {**scaling, "rope_theta": theta}
    if "num_experts" in settings:
        settings["num_local_experts"] = settings.pop("num_experts")


def phi3_su(settings):
    """The spelling of Phi-3's first checkpoints."""
    scaling = settings["rope_scaling"]
    settings["rope_scaling"] = {**scaling, "type": "su"}
    settings["rope_scaling"].pop("rope_type", None)


MODELS = {
    "gpt2": Model(GPT2Model, GPT2Config(**GPT), BF16),
    "gpt2_switches_head": Model(
        GPT2LMHeadModel,
        GPT2Config(**GPT, n_inner=40, scale_attn_by_inverse_layer_idx=True,
                   reorder_and_upcast_attn=True, activation_function="relu")),
    "gpt2_unscaled": Model(
        GPT2Model, GPT2Config(**{**GPT, "n_layer": 2}, n_inner=40, scale_attn_weights=False)),
    "llama": Model(LlamaModel, LlamaConfig(**SIZE), torch.float32),
    "llama_linear_biases_head": Model(
        LlamaForCausalLM,
        LlamaConfig(**{**SIZE, "num_attention_heads": 3, "num_key_value_heads": 3},
                    attention_bias=True, mlp_bias=True, rope_theta=500.0, head_dim=10,
                    rope_scaling={"rope_type": "linear", "factor": 4.0}, tie_word_embeddings=True)),
    "llama_llama3": Model(
        LlamaModel,
        LlamaConfig(**LONG,
                    rope_scaling={"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0,
                                  "high_freq_factor": 4.0,
                                  "original_max_position_embeddings": 80}),
        BF16, long=True),
    "llama_yarn": Model(
        LlamaModel,
        LlamaConfig(**LONG,
                    rope_scaling={"type": "yarn", "factor": 4.0, "beta_fast": 8.0,
                                  "original_max_position_embeddings": 80}),
        BF16),
    "llama_yarn_mscale_v5": Model(
        LlamaForCausalLM,
        LlamaConfig(**{**SIZE, "max_position_embeddings": 400}, rope_theta=2000.0, head_dim=16,
                    rope_scaling={"rope_type": "yarn", "factor": 4.0, "mscale": 0.8,
                                  "mscale_all_dim": 0.5, "truncate": False, "beta_fast": 4.0,
                                  "beta_slow": 0.5, "original_max_position_embeddings": 100}),
        edits=version5),
    "llama_dynamic": Model(
        LlamaModel, LlamaConfig(**SHORT, rope_scaling={"rope_type": "dynamic", "factor": 2.0}),
        lengths=(11, 20)),
    "llama_longrope": Model(
        LlamaModel,
        LlamaConfig(**GROUPLESS, original_max_position_embeddings=12,
                    rope_scaling={"rope_type": "longrope", "short_factor": [1.0, 1.1, 1.3, 1.6],
                                  "long_factor": [1.2, 2.0, 3.0, 3.5]})),
    "mistral_full_head": Model(
        MistralForCausalLM, MistralConfig(**SIZE, sliding_window=None, head_dim=8)),
    "mistral_window": Model(
        MistralModel, MistralConfig(**{**SIZE, "max_position_embeddings": 320}, sliding_window=8),
        long=True, lengths=(11, 21)),
    "qwen2_some_windows_head": Model(
        Qwen2ForCausalLM,
        Qwen2Config(**SIZE, use_sliding_window=True, sliding_window=8, max_window_layers=1),
        lengths=(11, 21), edits=WITHOUT_TYPES),
    "qwen3_layer_types": Model(
        Qwen3Model,
        Qwen3Config(**SIZE, head_dim=8, use_sliding_window=True, sliding_window=8,
                    layer_types=["sliding_attention", "full_attention", "sliding_attention"]),
        lengths=(11, 21)),
    "qwen3_biases_head": Model(
        Qwen3ForCausalLM, Qwen3Config(**SIZE, head_dim=8, attention_bias=True)),
    "mixtral": Model(MixtralModel, MixtralConfig(**MIXTURE, num_local_experts=4)),
    "mixtral_window_v5_head": Model(
        MixtralForCausalLM,
        MixtralConfig(**MIXTURE, num_local_experts=3, num_experts_per_tok=1, sliding_window=6,
                      hidden_act="gelu"),
        edits=version5),
    "qwen2_moe": Model(
        Qwen2MoeModel,
        Qwen2MoeConfig(**GROUPLESS, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=12,
                       shared_expert_intermediate_size=20)),
    # Eager attention gives every layer the window, whatever max_window_layers says; here it says so
    # too.
    "qwen2_moe_window_v5_head": Model(
        Qwen2MoeForCausalLM,
        Qwen2MoeConfig(**SIZE, num_experts=3, num_experts_per_tok=2, moe_intermediate_size=12,
                       shared_expert_intermediate_size=8, norm_topk_prob=True, qkv_bias=False,
                       use_sliding_window=True, sliding_window=6, max_window_layers=0),
        edits=version5),
    "qwen2_moe_some_layers": Model(
        Qwen2MoeModel,
        Qwen2MoeConfig(**{**GROUPLESS, "num_hidden_layers": 4, "hidden_size": 18}, num_experts=3,
                       num_experts_per_tok=1, moe_intermediate_size=8, decoder_sparse_step=2,
                       shared_expert_intermediate_size=8, mlp_only_layers=[3])),
    "qwen3_moe": Model(
        Qwen3MoeModel,
        Qwen3MoeConfig(**SIZE, head_dim=8, num_experts=4, num_experts_per_tok=2,
                       moe_intermediate_size=12)),
    "qwen3_moe_window_biases_head": Model(
        Qwen3MoeForCausalLM,
        Qwen3MoeConfig(**SIZE, num_experts=3, num_experts_per_tok=2, moe_intermediate_size=12,
                       norm_topk_prob=True, attention_bias=True, use_sliding_window=True,
                       sliding_window=6, mlp_only_layers=[0])),
    "olmo": Model(OlmoModel, OlmoConfig(**SIZE)),
    "olmo_clip_biases_head": Model(
        OlmoForCausalLM, OlmoConfig(**GROUPLESS, clip_qkv=0.8, attention_bias=True)),
    "olmo2": Model(Olmo2Model, Olmo2Config(**GROUPLESS)),
    "olmo2_biases_head": Model(Olmo2ForCausalLM, Olmo2Config(**SIZE, attention_bias=True)),
    "olmoe": Model(OlmoeModel, OlmoeConfig(**MIXTURE, num_experts=4, num_experts_per_tok=2)),
    "olmoe_clip_biases_head": Model(
        OlmoeForCausalLM,
        OlmoeConfig(**{**MIXTURE, "num_key_value_heads": 4}, num_experts=3, num_experts_per_tok=2,
                    norm_topk_prob=True, clip_qkv=1.6, attention_bias=True)),
    # What the first checkpoints call gelu is its approximation.
    "gemma_head": Model(
        GemmaForCausalLM, GemmaConfig(**SIZE, head_dim=8, attention_bias=True), norm_start=0,
        edits={"hidden_act": "gelu"}),
    "gemma2": Model(
        Gemma2Model,
        Gemma2Config(**{**LONG, "num_key_value_heads": 1}, head_dim=10, query_pre_attn_scalar=20,
                     sliding_window=6, attn_logit_softcapping=1.5),
        norm_start=0, long=True, edits=WITHOUT_TYPES),
    "gemma2_uncapped_layer_types_head": Model(
        Gemma2ForCausalLM,
        Gemma2Config(**SIZE, head_dim=6, query_pre_attn_scalar=5, sliding_window=6,
                     attn_logit_softcapping=None, attention_bias=True, hidden_activation="silu",
                     layer_types=[FULL, SLIDING, SLIDING]),
        norm_start=0),
    "gemma3_linear": Model(
        Gemma3TextModel,
        Gemma3TextConfig(**{**GROUPLESS, "num_hidden_layers": 4}, head_dim=6, sliding_window=6,
                         query_pre_attn_scalar=9, rope_theta=3000.0, rope_local_base_freq=70.0,
                         sliding_window_pattern=3,
                         rope_scaling={"rope_type": "linear", "factor": 2.5}),
        norm_start=0, edits=WITHOUT_TYPES),
    "gemma3_v5_head": Model(
        Gemma3ForCausalLM,
        Gemma3TextConfig(**SIZE, head_dim=8, sliding_window=6, query_pre_attn_scalar=4,
                         rope_theta=900.0, rope_local_base_freq=50.0, attention_bias=True,
                         layer_types=[SLIDING, FULL, SLIDING]),
        norm_start=0, edits=version5, base=Gemma3ForCausalLM),
    "gemma3_bidirectional": Model(
        Gemma3TextModel,
        Gemma3TextConfig(**GROUPLESS, head_dim=6, sliding_window=13, query_pre_attn_scalar=9,
                         use_bidirectional_attention=True, layer_types=[SLIDING, FULL, SLIDING]),
        norm_start=0),
    "granite_head": Model(
        GraniteForCausalLM,
        GraniteConfig(**SIZE, embedding_multiplier=3.5, attention_multiplier=0.3,
                      residual_multiplier=0.6, logits_scaling=2.0, attention_bias=True,
                      mlp_bias=True)),
    "smollm3": Model(
        SmolLM3Model, SmolLM3Config(**SIZE, pad_token_id=3, no_rope_layers=[1, 0, 1])),
    "smollm3_windows_biases_head": Model(
        SmolLM3ForCausalLM,
        SmolLM3Config(**GROUPLESS, pad_token_id=None, no_rope_layer_interval=2,
                      use_sliding_window=True, sliding_window=6, attention_bias=True,
                      mlp_bias=True),
        edits={**WITHOUT_TYPES, "no_rope_layers": None}),
    "starcoder2": Model(Starcoder2Model, Starcoder2Config(**SIZE)),
    "starcoder2_window_no_biases_head": Model(
        Starcoder2ForCausalLM, Starcoder2Config(**SIZE, use_bias=False, sliding_window=6)),
    "cohere": Model(CohereModel, CohereConfig(**SIZE)),
    "cohere_qk_norm_biases_head": Model(
        CohereForCausalLM, CohereConfig(**SIZE, use_qk_norm=True, attention_bias=True)),
    "phi3_partial": Model(
        Phi3Model, Phi3Config(**{**SIZE, "hidden_size": 32}, partial_rotary_factor=0.5,
                              pad_token_id=4)),
    "phi3_longrope_su_head": Model(
        Phi3ForCausalLM,
        Phi3Config(**GROUPLESS, original_max_position_embeddings=12, pad_token_id=None,
                   sliding_window=6,
                   rope_scaling={"type": "su", "short_factor": [1.0, 1.1, 1.3, 1.6],
                                 "long_factor": [1.2, 2.0, 3.0, 3.5]}),
        edits=phi3_su),
}
