"""The decoders from before LLaMA, and those that took up their ways.

Where the library's eager attention is not the model that was trained, the reference is the model:

  falcon with ALiBi  its eager attention adds the bias twice, once with the scores and once with the
                     mask; its default (sdpa) adds it once, and so does eager attention that is
                     given a head mask. Here: a head mask of ones.
  mpt                the library reads attn_config.alibi_bias_max and passes it to nobody. Here it
                     is passed on.
"""
import math
from functools import partial

import torch
from transformers import (BloomConfig, BloomForCausalLM, BloomModel, FalconConfig,
                          FalconForCausalLM, FalconModel, GPTJConfig, GPTJForCausalLM, GPTJModel,
                          GPTNeoConfig, GPTNeoForCausalLM, GPTNeoModel, GPTNeoXConfig,
                          GPTNeoXForCausalLM, GPTNeoXModel, MptConfig, MptForCausalLM, MptModel,
                          OPTConfig, OPTForCausalLM, OPTModel, PhiConfig, PhiForCausalLM, PhiModel,
                          StableLmConfig, StableLmForCausalLM, StableLmModel)
from transformers.modeling_utils import no_init_weights
from transformers.models.gptj.modeling_gptj import create_sinusoidal_positions
from transformers.models.mpt.modeling_mpt import build_mpt_alibi_tensor

from .common import Model, in_double

SIZE = dict(vocab_size=40, hidden_size=24, num_hidden_layers=3, num_attention_heads=3,
            intermediate_size=28, max_position_embeddings=40, initializer_range=0.35)
NEO = dict(vocab_size=40, hidden_size=24, num_layers=3, num_heads=3, max_position_embeddings=40,
           initializer_range=0.35)
GPTJ = dict(vocab_size=40, n_embd=24, n_layer=3, n_head=3, n_positions=40, initializer_range=0.35)
OPT = dict(vocab_size=40, hidden_size=24, num_hidden_layers=3, num_attention_heads=3, ffn_dim=28,
           max_position_embeddings=40, init_std=0.35)
BLOOM = dict(vocab_size=40, n_layer=3, initializer_range=0.35)
FALCON = dict(vocab_size=40, hidden_size=16, num_hidden_layers=3, num_attention_heads=4,
              max_position_embeddings=40, initializer_range=0.35)
MPT = dict(vocab_size=40, n_layers=3, max_seq_len=40, initializer_range=0.35)
SHORT = (8, 13)
UNSCALED = 0.2  # the usual maps, where nothing divides the scores: 0.35 / (head size 8)^(1/4)
BF16 = torch.bfloat16


def uninitialised(kind):
    """The library cannot initialise norms without weight or bias."""
    def make(config):
        with no_init_weights():
            return kind(config)
    return make


def once(layers, heads):
    return {"head_mask": torch.ones(layers, heads, dtype=torch.float64)}


def widen_gptj(model):
    for block in model.h:
        attention = block.attn
        attention.scale_attn = torch.tensor(math.sqrt(attention.head_dim), dtype=torch.float64)
        with in_double():
            attention.embed_positions = create_sinusoidal_positions(
                model.config.n_positions, attention.rotary_dim)


def pass_on_bias_max(model):
    model.build_mpt_alibi_tensor = partial(
        build_mpt_alibi_tensor, alibi_bias_max=model.config.attn_config.alibi_bias_max)


MODELS = {
    "gpt_neo_windows": Model(
        GPTNeoModel,
        GPTNeoConfig(**NEO, window_size=5, intermediate_size=28,
                     attention_types=[[["global", "local"], 1], [["local"], 1]]),
        spread=UNSCALED),
    "gpt_neo_global_head": Model(
        GPTNeoForCausalLM,
        GPTNeoConfig(**{**NEO, "hidden_size": 18}, attention_types=[[["global"], 3]],
                     activation_function="relu"),
        spread=UNSCALED),
    "gpt_neox": Model(GPTNeoXModel, GPTNeoXConfig(**SIZE, rotary_pct=0.5)),
    "gpt_neox_serial_head": Model(
        GPTNeoXForCausalLM,
        GPTNeoXConfig(**SIZE, rotary_pct=1.0, rotary_emb_base=500, use_parallel_residual=False,
                      attention_bias=False, hidden_act="gelu_new",
                      rope_scaling={"type": "linear", "factor": 2.0})),
    "gptj": Model(GPTJModel, GPTJConfig(**GPTJ, rotary_dim=4, n_inner=28), widen=widen_gptj),
    "gptj_whole_heads_head": Model(
        GPTJForCausalLM,
        GPTJConfig(**{**GPTJ, "n_embd": 18}, rotary_dim=6, activation_function="silu"),
        widen=widen_gptj),
    "opt": Model(OPTModel, OPTConfig(**OPT)),
    "opt_after_projected_head": Model(
        OPTForCausalLM, OPTConfig(**OPT, do_layer_norm_before=False, word_embed_proj_dim=16),
        lengths=SHORT),
    "opt_bare": Model(
        uninitialised(OPTModel),
        OPTConfig(**OPT, enable_bias=False, layer_norm_elementwise_affine=False,
                  activation_function="gelu")),
    "bloom": Model(BloomModel, BloomConfig(**BLOOM, hidden_size=18, n_head=3)),
    "bloom_residual_from_norm_head": Model(
        BloomForCausalLM,
        BloomConfig(**BLOOM, hidden_size=16, n_head=4,
                    apply_residual_connection_post_layernorm=True),
        lengths=SHORT,
        # As the first checkpoints spell it.
        edits={"n_embed": 16, "hidden_size": None, "num_attention_heads": 4, "n_head": None}),
    "falcon_one_key": Model(FalconModel, FalconConfig(**FALCON)),
    "falcon_alibi_serial_head": Model(
        FalconForCausalLM,
        FalconConfig(**{**FALCON, "hidden_size": 18, "num_attention_heads": 3}, alibi=True,
                     multi_query=False, parallel_attn=False, bias=True),
        long=True, lengths=SHORT, forward=once(3, 3), narrower=(BF16,)),
    "falcon_grouped": Model(
        FalconModel, FalconConfig(**FALCON, new_decoder_architecture=True, num_kv_heads=2,
                                  ffn_hidden_size=28)),
    "falcon_grouped_one_norm_alibi": Model(
        FalconModel,
        FalconConfig(**FALCON, new_decoder_architecture=True, num_kv_heads=2, alibi=True,
                     num_ln_in_parallel_attn=1, activation="relu"),
        forward=once(3, 4), narrower=(BF16,)),
    "mpt": Model(MptModel, MptConfig(**MPT, d_model=18, n_heads=3)),
    "mpt_switches_head": Model(
        MptForCausalLM,
        MptConfig(**MPT, d_model=16, n_heads=4,
                  attn_config={"clip_qkv": 0.8, "softmax_scale": 1.5, "alibi_bias_max": 16}),
        base=MptModel, adapt=pass_on_bias_max),
    "phi": Model(PhiModel, PhiConfig(**SIZE)),
    "phi_normed_grouped_head": Model(
        PhiForCausalLM,
        PhiConfig(**{**SIZE, "num_attention_heads": 4}, num_key_value_heads=2, qk_layernorm=True,
                  partial_rotary_factor=0.7, rope_theta=500.0),
        lengths=SHORT),
    "phi_wide_heads": Model(PhiModel, PhiConfig(**SIZE, head_dim=10, partial_rotary_factor=0.4),
                            lengths=SHORT),
    "stablelm": Model(
        StableLmModel,
        StableLmConfig(**{**SIZE, "num_attention_heads": 2}, num_key_value_heads=1,
                       partial_rotary_factor=0.5)),
    "stablelm_parallel_normed_head": Model(
        uninitialised(StableLmForCausalLM),
        StableLmConfig(**{**SIZE, "num_attention_heads": 4}, num_key_value_heads=2,
                       use_parallel_residual=True, qk_layernorm=True, use_qkv_bias=True,
                       partial_rotary_factor=0.4),
        lengths=SHORT),
}
