"""Encoders whose scores depend on distances, windows or both.

The library looks distances up in float32 (T5 and MPNet by a logarithm, DeBERTa by another), and a
distance at the border of two buckets has the bucket that float32 gives: this stays so in the
float64 reference, as `by_float32` says. DeBERTa's divisor √(3 head size), a float32 number in the
library, does not: it is taken in the type of the scores.
"""
import functools

import torch
from torch.utils._python_dispatch import _disable_current_modes
from transformers import (BertConfig, BertForMaskedLM, BertModel, BigBirdConfig, BigBirdForMaskedLM,
                          BigBirdModel, CamembertConfig, CamembertForMaskedLM, DebertaV2Config,
                          DebertaV2ForMaskedLM, DebertaV2ForSequenceClassification, DebertaV2Model,
                          ElectraConfig, ElectraModel, LongformerConfig, LongformerForMaskedLM,
                          LongformerModel, ModernBertConfig, ModernBertForMaskedLM, ModernBertModel,
                          MPNetConfig, MPNetForMaskedLM, MPNetModel, MT5Config, MT5EncoderModel,
                          RobertaConfig, RobertaModel, T5Config, T5EncoderModel,
                          T5ForConditionalGeneration, UMT5Config, UMT5EncoderModel,
                          XLMRobertaConfig, XLMRobertaModel)
from transformers.models.deberta_v2 import modeling_deberta_v2

from .common import Model

SIZE = dict(vocab_size=60, hidden_size=18, num_hidden_layers=3, num_attention_heads=3,
            intermediate_size=28, max_position_embeddings=24, initializer_range=0.35)
# With one sequence of 300 tokens.
LONG = {**SIZE, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 24, "max_position_embeddings": 304}
DEBERTA = {**SIZE, "relative_attention": True, "pos_att_type": "c2p|p2c"}
MODERN = dict(vocab_size=60, hidden_size=16, num_hidden_layers=4, num_attention_heads=2,
              intermediate_size=20, max_position_embeddings=320, initializer_range=0.35,
              local_attention=8, pad_token_id=3, bos_token_id=1, eos_token_id=2, cls_token_id=1,
              sep_token_id=2, reference_compile=False)
T5 = dict(vocab_size=60, d_model=16, d_kv=6, d_ff=28, num_layers=3, num_heads=3,
          initializer_factor=0.5)


def by_float32(function):
    """In the library's own types, whatever the model's are."""

    @functools.wraps(function)
    def run(*args, **kwargs):
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float32)
        try:
            with torch._C.DisableTorchFunction(), _disable_current_modes():
                return function(*args, **kwargs)
        finally:
            torch.set_default_dtype(before)

    return run


def t5_buckets(model):
    for module in model.modules():
        if hasattr(module, "_relative_position_bucket"):
            module._relative_position_bucket = by_float32(module._relative_position_bucket)


def mpnet_buckets(model):
    model.encoder.relative_position_bucket = by_float32(model.encoder.relative_position_bucket)


def deberta_buckets(model):
    rows = by_float32(modeling_deberta_v2.build_relative_position)
    model.encoder.get_rel_pos = lambda states, *_: rows(
        states, states, bucket_size=model.encoder.position_buckets,
        max_position=model.encoder.max_relative_positions) if model.encoder.relative_attention \
        else None


def deberta_scale(model):
    modeling_deberta_v2.scaled_size_sqrt = lambda query, scale_factor: torch.sqrt(
        torch.tensor(query.size(-1), dtype=query.dtype) * scale_factor)


def from_bands(output, model, ids):
    """Longformer's maps: entry c of a token's band is the token at c - w from it."""
    n, layers = len(ids), []
    for band in output.attentions:
        w = band.shape[-1] // 2
        p = torch.zeros(*band.shape[1:3], n, dtype=band.dtype)
        for i in range(n):
            first, last = max(0, i - w), min(n, i + w + 1)
            p[:, i, first:last] = band[0, :, i, first - i + w:last - i + w]
        layers.append(p)
    return torch.stack(layers)


def deberta(kind, config, **switches):
    return Model(kind, config, adapt=deberta_scale, widen=deberta_buckets, **switches)


def t5(kind, config, base, **switches):
    return Model(kind, config, base=base, widen=t5_buckets, spread=0.25, **switches)


def longformer(kind, config, **switches):
    return Model(kind, config, to_p=from_bands, **switches)


def v5_spelling(settings):
    """As transformers 5 writes ModernBERT's layers and rotations."""
    every = settings.pop("global_attn_every_n_layers")
    settings["layer_types"] = ["sliding_attention" if i % every else "full_attention"
                               for i in range(settings["num_hidden_layers"])]
    scaling = settings.pop("rope_scaling")
    settings["rope_parameters"] = {
        "full_attention": {**scaling, "rope_theta": settings.pop("global_rope_theta")},
        "sliding_attention": {**scaling, "rope_theta": settings.pop("local_rope_theta")}}


MODELS = {
    "bert_relative_key": Model(
        BertModel, BertConfig(**LONG, position_embedding_type="relative_key"), long=True),
    "bert_relative_key_query_head": Model(
        BertForMaskedLM, BertConfig(**LONG, position_embedding_type="relative_key_query"),
        torch.bfloat16, long=True),
    "roberta_relative_key": Model(
        RobertaModel,
        RobertaConfig(**SIZE, type_vocab_size=1, position_embedding_type="relative_key")),
    "xlm_roberta_relative_key_query": Model(
        XLMRobertaModel,
        XLMRobertaConfig(**SIZE, type_vocab_size=1, position_embedding_type="relative_key_query")),
    "camembert_head": Model(CamembertForMaskedLM, CamembertConfig(**SIZE, type_vocab_size=1)),
    "electra_relative_key_query": Model(
        ElectraModel,
        ElectraConfig(**SIZE, embedding_size=12, position_embedding_type="relative_key_query")),
    "mpnet": Model(MPNetModel, MPNetConfig(**LONG), widen=mpnet_buckets, long=True),
    "mpnet_head": Model(
        MPNetForMaskedLM, MPNetConfig(**SIZE, hidden_act="gelu_new", pad_token_id=5),
        widen=mpnet_buckets),
    "deberta_v2_both": deberta(
        DebertaV2Model, DebertaV2Config(**DEBERTA, max_relative_positions=6, type_vocab_size=2)),
    "deberta_v2_buckets_head": deberta(
        DebertaV2ForMaskedLM,
        DebertaV2Config(**{**DEBERTA, **LONG}, position_buckets=16, share_att_key=True,
                        norm_rel_ebd="layer_norm", position_biased_input=False),
        long=True),
    "deberta_v2_c2p_convolution": deberta(
        DebertaV2Model,
        DebertaV2Config(**{**DEBERTA, "pos_att_type": ["c2p"]}, position_buckets=6,
                        max_relative_positions=16, conv_kernel_size=3, conv_groups=2,
                        conv_act="gelu", position_biased_input=False)),
    "deberta_v2_p2c_projected_head": deberta(
        DebertaV2ForSequenceClassification,
        DebertaV2Config(**{**DEBERTA, "pos_att_type": "p2c"}, embedding_size=12,
                        position_buckets=9, type_vocab_size=1)),
    "deberta_v2_none": deberta(
        DebertaV2Model,
        DebertaV2Config(**{**DEBERTA, "pos_att_type": None}, norm_rel_ebd="layer_norm",
                        share_att_key=True)),
    "deberta_v2_absolute_convolution": deberta(
        DebertaV2Model,
        DebertaV2Config(**{**DEBERTA, "relative_attention": False}, norm_rel_ebd="layer_norm",
                        conv_kernel_size=5)),
    "modernbert_head": Model(ModernBertForMaskedLM, ModernBertConfig(**MODERN), long=True,
                             lengths=(11, 17)),
    "modernbert_biases_v5": Model(
        ModernBertModel,
        ModernBertConfig(**MODERN, attention_bias=True, mlp_bias=True, norm_bias=True,
                         global_attn_every_n_layers=2, global_rope_theta=500.0,
                         local_rope_theta=50.0, hidden_activation="silu",
                         rope_scaling={"rope_type": "linear", "factor": 2.0}),
        lengths=(11, 17), edits=v5_spelling),
    "t5_head": t5(T5ForConditionalGeneration, T5Config(**T5, num_decoder_layers=1), T5EncoderModel),
    "t5_gated_gelu": t5(
        T5EncoderModel, T5Config(**T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False),
        T5EncoderModel, long=True),
    "mt5_gated_silu_buckets": t5(
        MT5EncoderModel,
        MT5Config(**T5, feed_forward_proj="gated-silu", relative_attention_num_buckets=11,
                  relative_attention_max_distance=9),
        MT5EncoderModel),
    "umt5": t5(UMT5EncoderModel, UMT5Config(**T5), UMT5EncoderModel, dtype=torch.bfloat16),
    "longformer": longformer(LongformerModel, LongformerConfig(**LONG, attention_window=8),
                             long=True, lengths=(11, 17)),
    "longformer_windows_head": longformer(
        LongformerForMaskedLM,
        LongformerConfig(**{**SIZE, "num_attention_heads": 2}, attention_window=[4, 8, 4],
                         type_vocab_size=1, hidden_act="gelu_new"),
        lengths=(11, 17)),
    "big_bird_full_head": Model(
        BigBirdForMaskedLM,
        BigBirdConfig(**SIZE, attention_type="original_full", use_bias=False,
                      rescale_embeddings=True)),
    "big_bird_block_sparse": Model(
        BigBirdModel, BigBirdConfig(**SIZE, block_size=2, num_random_blocks=1), lengths=(11, 14)),
}
