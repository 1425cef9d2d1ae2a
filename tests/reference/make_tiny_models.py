"""Makes tiny_models/: small random models, one a switch, with their attention in float64.

    python make_tiny_models.py

Made with transformers 4.57.1, torch 2.15.0, numpy 2.4.6, safetensors 0.8.0. Weights are drawn
wide (0.35), so that attention is far from uniform; LayerNorms and biases are drawn too. Each folder
holds config.json, the weights in one of the stored forms, and attention.safetensors: for sequence
k "k.ids", "k.types" where the model has token types, "k.p" (layers, heads, n, n) in float64, and
"float32_error", the largest difference of transformers' own float32. Lengths go beyond twice the
windows of 8 tokens; long.safetensors, where it is, holds one sequence of 300 tokens in part.

The float64 is float64 in every operation: RMSNorm, rotary angles and the softmax of decoders, which
the library computes in float32 whatever the model's type is, are made to follow (`Double`).
"""
import json
import shutil
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.overrides import TorchFunctionMode
from transformers import (AlbertConfig, AlbertForMaskedLM, AutoModel, BertConfig, BertForMaskedLM,
                          BertModel, DistilBertConfig, DistilBertForMaskedLM, DistilBertModel,
                          ElectraConfig, ElectraForPreTraining, ElectraModel, GPT2Config,
                          GPT2LMHeadModel, GPT2Model, LlamaConfig, LlamaForCausalLM, LlamaModel,
                          MistralConfig, MistralModel, Qwen2Config, Qwen2ForCausalLM, Qwen3Config,
                          Qwen3Model, RobertaConfig, RobertaForSequenceClassification,
                          RobertaModel)

from make_attention_reference import sample

ROOT = Path(__file__).with_name("tiny_models")
SIZE = dict(vocab_size=60, hidden_size=24, num_hidden_layers=3, num_attention_heads=3,
            intermediate_size=40, max_position_embeddings=40, initializer_range=0.35)
DISTIL = dict(vocab_size=60, dim=24, n_layers=3, n_heads=3, hidden_dim=40,
              max_position_embeddings=40, initializer_range=0.35)
GPT = dict(vocab_size=60, n_embd=24, n_layer=3, n_head=3, n_positions=40, initializer_range=0.35)
DECODER = {**SIZE, "num_attention_heads": 4, "num_key_value_heads": 2}
LONG = {**SIZE, "num_attention_heads": 2, "max_position_embeddings": 320}
LENGTHS = (8, 13, 21)
WITH_LONG = ("llama_llama3", "mistral_window")


def bert(**switches):
    return BertConfig(**SIZE, **switches)


# name: class, configuration, stored dtype, form
MODELS = {
    "bert_gelu": (BertModel, bert(), torch.float32, "plain"),
    "bert_gelu_new_head": (BertForMaskedLM, bert(hidden_act="gelu_new"), torch.float32, "gamma"),
    "bert_relu_f16": (BertModel, bert(hidden_act="relu"), torch.float16, "plain"),
    "bert_silu_bf16_sharded": (BertModel, bert(hidden_act="silu"), torch.bfloat16, "sharded"),
    "distilbert_head": (DistilBertForMaskedLM, DistilBertConfig(**DISTIL), torch.float32, "plain"),
    "distilbert_sinusoidal_relu": (
        DistilBertModel,
        DistilBertConfig(**DISTIL, activation="relu", sinusoidal_pos_embds=True),
        torch.float32, "plain"),
    "roberta_f64": (RobertaModel, RobertaConfig(**SIZE, type_vocab_size=1, layer_norm_eps=1e-5),
                    torch.float64, "plain"),
    "roberta_head_tanh": (
        RobertaForSequenceClassification,
        RobertaConfig(**SIZE, type_vocab_size=1, hidden_act="gelu_pytorch_tanh", pad_token_id=3),
        torch.float32, "plain"),
    "electra_projected": (
        ElectraModel, ElectraConfig(**SIZE, embedding_size=16), torch.float16, "plain"),
    "electra_square_head": (
        ElectraForPreTraining, ElectraConfig(**SIZE, embedding_size=24), torch.float16, "plain"),
    "gpt2": (GPT2Model, GPT2Config(**GPT), torch.bfloat16, "plain"),
    "gpt2_switches_head": (
        GPT2LMHeadModel,
        GPT2Config(**GPT, n_inner=40, scale_attn_by_inverse_layer_idx=True,
                   reorder_and_upcast_attn=True, activation_function="relu"),
        torch.float16, "plain"),
    "gpt2_unscaled": (
        GPT2Model, GPT2Config(**{**GPT, "n_layer": 2}, n_inner=40, scale_attn_weights=False),
        torch.float16, "plain"),
    "llama": (LlamaModel, LlamaConfig(**DECODER), torch.float32, "plain"),
    "llama_linear_biases_head": (
        LlamaForCausalLM,
        LlamaConfig(**SIZE, attention_bias=True, mlp_bias=True, rope_theta=500.0, head_dim=10,
                    rope_scaling={"rope_type": "linear", "factor": 4.0}, tie_word_embeddings=True),
        torch.float16, "plain"),
    "llama_llama3": (
        LlamaModel,
        LlamaConfig(**LONG,
                    rope_scaling={"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0,
                                  "high_freq_factor": 4.0,
                                  "original_max_position_embeddings": 80}),
        torch.bfloat16, "plain"),
    "llama_yarn": (
        LlamaModel,
        LlamaConfig(**LONG,
                    rope_scaling={"type": "yarn", "factor": 4.0, "beta_fast": 8.0,
                                  "original_max_position_embeddings": 80}),
        torch.bfloat16, "plain"),
    "mistral_window": (
        MistralModel,
        MistralConfig(**{**DECODER, "max_position_embeddings": 320}, sliding_window=8),
        torch.float16, "plain"),
    "qwen2_some_windows_head": (
        Qwen2ForCausalLM,
        Qwen2Config(**DECODER, use_sliding_window=True, sliding_window=8, max_window_layers=1),
        torch.float16, "plain"),
    "qwen3_layer_types": (
        Qwen3Model,
        Qwen3Config(**DECODER, head_dim=8, use_sliding_window=True, sliding_window=8,
                    layer_types=["sliding_attention", "full_attention", "sliding_attention"]),
        torch.float16, "plain"),
    "albert_head": (AlbertForMaskedLM, AlbertConfig(**SIZE, embedding_size=16), torch.float16,
                    "plain"),
    "albert_groups": (
        AlbertForMaskedLM,
        AlbertConfig(**{**SIZE, "num_hidden_layers": 4, "num_attention_heads": 2},
                     embedding_size=24, num_hidden_groups=2, inner_group_num=2, hidden_act="gelu"),
        torch.float16, "plain"),
}


class Double(TorchFunctionMode):
    """Every float32 that code asks for by name is float64."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        wider = lambda x: torch.float64 if x is torch.float32 else x
        args = tuple(wider(x) for x in args)
        kwargs = {name: wider(x) for name, x in (kwargs or {}).items()}
        if func is torch.Tensor.float:
            func = torch.Tensor.double
        return func(*args, **kwargs)


def widen(model):
    """What a model in float64 computed in float32 when it was made."""
    for module in model.modules():
        if hasattr(module, "rope_init_fn"):
            with Double():
                module.inv_freq, module.attention_scaling = module.rope_init_fn(module.config, None)
            assert module.inv_freq.dtype == torch.float64
        # The other order of the same products insists on float32.
        if hasattr(module, "reorder_and_upcast_attn"):
            module.reorder_and_upcast_attn = False
    return model


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name.lower() or ".ln_" in name or name.startswith("ln_"):
            parameter.data = 0.2 * noise + (1 if name.endswith("weight") else 0)
        elif name.endswith("bias"):
            parameter.data = 0.2 * noise
        elif "position_embeddings" not in name or not getattr(
                model.config, "sinusoidal_pos_embds", False):
            parameter.data = 0.35 * noise


def respell(folder):
    """LayerNorm's tensors as the first checkpoints spelled them."""
    file = folder / "model.safetensors"
    tensors = load_file(file)
    old = {
        n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"):
        t for n, t in tensors.items()
    }
    save_file(old, file, metadata={"format": "pt"})


def inputs(config, rng):
    for n in LENGTHS:
        ids = rng.integers(0, config.vocab_size, n)
        # RoBERTa counts positions over tokens that are not padding: one inside shows it.
        if config.pad_token_id is not None:
            ids[n // 2] = config.pad_token_id
        types = None
        if getattr(config, "type_vocab_size", 0) > 1:
            types = (np.arange(n) >= n // 2).astype(np.int64)
        yield ids, types


def attention(model, ids, types, dtype):
    tokens = torch.tensor(ids)[None]
    extra = {} if types is None else {"token_type_ids": torch.tensor(types)[None]}
    with torch.inference_mode(), Double() if dtype == torch.float64 else nullcontext():
        layers = model(tokens, attention_mask=torch.ones_like(tokens),
                                 output_attentions=True, **extra).attentions
    out = torch.stack([layer[0] for layer in layers])
    assert out.dtype == dtype
    return out


def long_reference(folder, exact_model, single_model, rng):
    """One sequence of 300 tokens in the same form, of 80 entries of each map, as `k.at` says."""
    ids = rng.integers(0, exact_model.config.vocab_size, 300)
    exact = attention(exact_model, ids, None, torch.float64)
    single = attention(single_model, ids, None, torch.float32)
    at, p = sample(exact.numpy(), rng)
    save_file({"0.ids": torch.tensor(ids, dtype=torch.int32), "0.at": torch.tensor(at),
               "0.p": torch.tensor(p),
               "float32_error": torch.tensor([(single - exact).abs().max().item()],
                                             dtype=torch.float64)},
              folder / "long.safetensors")


def references(folder, seed):
    rng = np.random.default_rng(seed)
    out, error = {}, 0.0
    load = lambda dtype: AutoModel.from_pretrained(
        folder, attn_implementation="eager", dtype=dtype).eval()
    exact_model, single_model = widen(load(torch.float64)), load(torch.float32)
    if folder.name in WITH_LONG:
        long_reference(folder, exact_model, single_model, np.random.default_rng(seed + 1000))
    for k, (ids, types) in enumerate(inputs(exact_model.config, rng)):
        exact = attention(exact_model, ids, types, torch.float64)
        assert (exact.sum(-1) - 1).abs().max() < 1e-14
        single = attention(single_model, ids, types, torch.float32)
        error = max(error, (single - exact).abs().max().item())
        out[f"{k}.ids"] = torch.tensor(ids, dtype=torch.int32)
        if types is not None:
            out[f"{k}.types"] = torch.tensor(types, dtype=torch.int32)
        out[f"{k}.p"] = exact.contiguous()
    out["float32_error"] = torch.tensor([error], dtype=torch.float64)
    save_file(out, folder / "attention.safetensors")
    print(f"{folder.name:30s} transformers' float32 within {error:.3g} of float64")


def main():
    shutil.rmtree(ROOT, ignore_errors=True)
    for seed, (name, (kind, config, dtype, form)) in enumerate(MODELS.items()):
        folder = ROOT / name
        model = kind(config)
        randomise(model, seed)
        model.to(dtype).save_pretrained(
            folder, max_shard_size="12KB" if form == "sharded" else "1GB")
        (folder / "generation_config.json").unlink(missing_ok=True)
        if form == "gamma":
            respell(folder)
        # Written by the library's version and nothing else.
        config_file = folder / "config.json"
        settings = json.loads(config_file.read_text())
        config_file.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")
        references(folder, seed)


if __name__ == "__main__":
    main()
