"""GPT-2, LLaMA and the decoders that follow LLaMA's names."""
import torch
from transformers import (GPT2Config, GPT2LMHeadModel, GPT2Model, LlamaConfig, LlamaForCausalLM,
                          LlamaModel, MistralConfig, MistralModel, Qwen2Config, Qwen2ForCausalLM,
                          Qwen3Config, Qwen3Model)

from .common import Model

GPT = dict(vocab_size=60, n_embd=24, n_layer=3, n_head=3, n_positions=40, initializer_range=0.35)
SIZE = dict(vocab_size=60, hidden_size=24, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, intermediate_size=28, max_position_embeddings=40,
            initializer_range=0.35)
LONG = {**SIZE, "num_attention_heads": 2, "max_position_embeddings": 320}
BF16 = torch.bfloat16

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
    "mistral_window": Model(
        MistralModel, MistralConfig(**{**SIZE, "max_position_embeddings": 320}, sliding_window=8),
        long=True, lengths=(11, 21)),
    "qwen2_some_windows_head": Model(
        Qwen2ForCausalLM,
        Qwen2Config(**SIZE, use_sliding_window=True, sliding_window=8, max_window_layers=1),
        lengths=(11, 21)),
    "qwen3_layer_types": Model(
        Qwen3Model,
        Qwen3Config(**SIZE, head_dim=8, use_sliding_window=True, sliding_window=8,
                    layer_types=["sliding_attention", "full_attention", "sliding_attention"]),
        lengths=(11, 21)),
}
