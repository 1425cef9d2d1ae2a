"""Makes tiny_models/: small random encoders, one a switch, with their attention in float64.

    python make_tiny_models.py

Made with transformers 4.57.1, torch 2.15.0, numpy 2.4.6, safetensors 0.8.0. Weights are drawn
wide (0.35), so that attention is far from uniform; LayerNorms and biases are drawn too. Each folder
holds config.json, the weights in one of the stored forms, and attention.safetensors: for sequence
k "k.ids", "k.types" where the model has token types, "k.p" (layers, heads, n, n) in float64, and
"float32_error", the largest difference of transformers' own float32.
"""
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import (AutoModel, BertConfig, BertForMaskedLM, BertModel, DistilBertConfig,
                          DistilBertForMaskedLM, DistilBertModel, RobertaConfig,
                          RobertaForSequenceClassification, RobertaModel)

ROOT = Path(__file__).with_name("tiny_models")
SIZE = dict(vocab_size=60, hidden_size=24, num_hidden_layers=3, num_attention_heads=3,
            intermediate_size=40, max_position_embeddings=40, initializer_range=0.35)
DISTIL = dict(vocab_size=60, dim=24, n_layers=3, n_heads=3, hidden_dim=40,
              max_position_embeddings=40, initializer_range=0.35)
LENGTHS = (8, 13, 21)


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
}


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name.lower():
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
        ids[n // 2] = config.pad_token_id
        types = None
        if getattr(config, "type_vocab_size", 0) > 1:
            types = (np.arange(n) >= n // 2).astype(np.int64)
        yield ids, types


def attention(model, ids, types, dtype):
    tokens = torch.tensor(ids)[None]
    extra = {} if types is None else {"token_type_ids": torch.tensor(types)[None]}
    with torch.inference_mode():
        layers = model.to(dtype)(tokens, attention_mask=torch.ones_like(tokens),
                                 output_attentions=True, **extra).attentions
    out = torch.stack([layer[0] for layer in layers])
    assert out.dtype == dtype
    return out


def references(folder, seed):
    rng = np.random.default_rng(seed)
    out, error = {}, 0.0
    load = lambda dtype: AutoModel.from_pretrained(
        folder, attn_implementation="eager", dtype=dtype).eval()
    exact_model, single_model = load(torch.float64), load(torch.float32)
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
