"""Calibrates the rounding floor's constants c(norm) of src/measure/floor_constants.hpp.

Made with numpy 2.4, torch 2.15.0 (CPU, one thread) and transformers 4.57.1 (attn_implementation
"eager"). Per model: the attention of every layer in float32 and in float64 on the same ids, every
norm of every pair of neighbouring layers, and the ratio

    r = |d(float32) - d(float64)| / (epsilon (s_i + s_{i+1})),   epsilon = 2^-23

with s as measurement.md section 2 has it (s_i + s_{i+1} = 1 for tv, js and cosine). A cell is
(model, view, heads); c(norm) is the largest 99 % quantile of r over the cells, rounded up to two
digits. The table goes to floor_calibration.json, which a test holds floor_constants.hpp against.

    python calibrate_floor.py --model FOLDER --fortunes /usr/share/games/fortunes

FOLDER: all-MiniLM-L6-v2 in Hugging Face form (the one trained model of the set); the texts are
Debian's package fortunes. The other models are small, random and made here with an initializer
range large enough for their attention to be as uneven as a trained model's.
"""

import argparse
import json
import math
import pathlib
import random

import numpy as np
import torch
import transformers

NORMS = ["frobenius", "spectral", "nuclear", "l1", "linf", "max", "tv", "js", "cosine"]
EPSILON = 2.0**-23
HERE = pathlib.Path(__file__).resolve().parent


def js_rows(p, q):
    """Jensen-Shannon divergence of the rows in nats, free of cancellation where p is near q."""
    total = p + q
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(total > 0, np.abs(p - q) / total, 0.0)
        series = sum(x ** (2 * k) / (2 * k * (2 * k - 1)) for k in range(1, 12))
        low = np.where(x < 1, (1 - x) * np.log1p(-np.minimum(x, 1 - 2**-53)), 0.0)
        exact = 0.5 * ((1 + x) * np.log1p(x) + low)
    return (0.5 * total * np.where(x < 0.125, series, exact)).sum(axis=-1)


def sizes(a):
    """s of one matrix, per norm."""
    frobenius = float(np.sqrt((a * a).sum()))
    return {
        "frobenius": frobenius,
        "spectral": frobenius,
        "nuclear": math.sqrt(a.shape[0]) * frobenius,
        "l1": float(np.abs(a).sum(axis=0).max()),
        "linf": float(np.abs(a).sum(axis=1).max()),
        "max": float(np.abs(a).max()),
        "tv": 0.5,
        "js": 0.5,
        "cosine": 0.5,
    }


def differences(a, b):
    d = b - a
    sigma = np.linalg.svd(d, compute_uv=False)
    unit = a / np.sqrt((a * a).sum()) - b / np.sqrt((b * b).sum())
    return {
        "frobenius": float(np.sqrt((d * d).sum())),
        "spectral": float(sigma[0]),
        "nuclear": float(sigma.sum()),
        "l1": float(np.abs(d).sum(axis=0).max()),
        "linf": float(np.abs(d).sum(axis=1).max()),
        "max": float(np.abs(d).max()),
        "tv": float(0.5 * np.abs(d).sum(axis=1).mean()),
        "js": float(js_rows(a, b).mean()),
        "cosine": float(0.5 * (unit * unit).sum()),
    }


def attention(model, ids):
    with torch.no_grad():
        layers = model(torch.tensor([ids]), output_attentions=True).attentions
    return [p[0] for p in layers]  # heads x n x n


def dropped(a, special):
    """Without the special tokens, each row renormalised; None where that cannot be measured."""
    keep = np.flatnonzero(~special)
    if keep.size < 2:
        return None
    kept = a[np.ix_(keep, keep)]
    mass = kept.sum(axis=1, keepdims=True, dtype=np.float64)
    return None if (mass == 0).any() else (kept / mass).astype(a.dtype)


def matrices(layers, special):
    """(view, heads) -> list over heads of lists over layers, in the layers' own precision."""
    mean = [[p.mean(dim=0).numpy() for p in layers]]
    each = [[p[h].numpy() for p in layers] for h in range(layers[0].shape[0])]
    out = {}
    for heads, rows in (("mean", mean), ("each", each)):
        out["keep", heads] = rows
        if special.any():
            out["drop", heads] = [[dropped(a, special) for a in row] for row in rows]
    return out


def measure_text(single, double, ids, special, cells):
    low = matrices(attention(single, ids), special)
    high = matrices(attention(double, ids), special)
    for cell, rows in high.items():
        for row64, row32 in zip(rows, low[cell]):
            for i in range(len(row64) - 1):
                exact = row64[i], row64[i + 1]
                if any(m is None for m in exact):
                    continue
                assert exact[0].dtype == np.float64 and row32[i].dtype == np.float32
                # A softmax left in float32 would show here.
                assert abs(exact[0].sum(axis=1) - 1).max() < 1e-12
                rounded = [row32[k].astype(np.float64) for k in (i, i + 1)]
                d64, d32 = differences(*exact), differences(*rounded)
                s = [sizes(m) for m in exact]
                for norm in NORMS:
                    scale = EPSILON * (s[0][norm] + s[1][norm])
                    record = (abs(d32[norm] - d64[norm]), scale, d64[norm])
                    cells.setdefault(cell, {n: [] for n in NORMS})[norm].append(record)


def fortunes(folder, count):
    texts = []
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.suffix or not path.is_file():
            continue
        for text in path.read_text(encoding="utf-8", errors="replace").split("\n%\n"):
            if len(text) >= 40:
                texts.append(text.strip())
    return random.Random(20251030).sample(texts, count)


def trained(folder, texts):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    load = lambda dtype: transformers.AutoModel.from_pretrained(
        folder, attn_implementation="eager", dtype=dtype, add_pooling_layer=False).eval()
    inputs = []
    for text in texts:
        ids = tokenizer(text, truncation=True, max_length=512)["input_ids"]
        inputs.append((ids, np.isin(ids, [tokenizer.cls_token_id, tokenizer.sep_token_id])))
    return load(torch.float32), load(torch.float64), inputs


def untrained(kind, spread, seed):
    """A random model of that family and random ids whose first and last count as special."""
    shape = dict(vocab_size=1000, attn_implementation="eager", initializer_range=spread)
    common = dict(hidden_size=192, num_hidden_layers=6, num_attention_heads=6,
                  intermediate_size=768, max_position_embeddings=260, **shape)
    config = {
        "bert": lambda: transformers.BertConfig(**common),
        "roberta": lambda: transformers.RobertaConfig(**common),
        "distilbert": lambda: transformers.DistilBertConfig(
            dim=192, n_layers=6, n_heads=6, hidden_dim=768, max_position_embeddings=260, **shape),
        "gpt2": lambda: transformers.GPT2Config(
            n_embd=192, n_layer=6, n_head=6, n_positions=260, **shape),
    }[kind]()
    torch.manual_seed(seed)
    single = transformers.AutoModel.from_config(config, attn_implementation="eager").eval()
    double = transformers.AutoModel.from_config(config, attn_implementation="eager").double().eval()
    double.load_state_dict(single.state_dict())
    draw = random.Random(seed)
    inputs = []
    for n in [8, 11, 16, 23, 32, 45, 64, 90, 128, 181, 256] * 2:
        special = np.zeros(n, dtype=bool)
        special[[0, -1]] = True
        inputs.append(([draw.randrange(5, 1000) for _ in range(n)], special))
    return single, double, inputs


def quantile(records):
    return float(np.quantile([error / scale for error, scale, _ in records], 0.99))


def summary(records):
    error, scale, value = (np.array(column) for column in zip(*records))
    return {
        "n": len(records),
        "ratio_q50": float(np.quantile(error / scale, 0.50)),
        "ratio_q99": quantile(records),
        "ratio_max": float((error / scale).max()),
        "error_q99": float(np.quantile(error, 0.99)),
        "error_max": float(error.max()),
        "value_median": float(np.median(value)),
    }


def round_up(x):
    unit = 10.0 ** (math.floor(math.log10(x)) - 1)
    return float(f"{math.ceil(x / unit) * unit:.1e}")


def write(path, versions, constants, cells):
    """JSON with one line a cell and norm, three digits a number."""
    short = lambda values: {k: float(f"{x:.3g}") if k != "n" else x for k, x in values.items()}
    blocks = [
        f' {json.dumps(cell)}: {{\n' + ",\n".join(
            f"  {json.dumps(norm)}: {json.dumps(short(values))}" for norm, values in norms.items())
        + "}" for cell, norms in cells.items()]
    path.write_text(f'{{"epsilon": {EPSILON!r}, "versions": {json.dumps(versions)},\n'
                    f'"constants": {json.dumps(constants)},\n'
                    '"cells": {\n' + ",\n".join(blocks) + "}}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--fortunes", required=True)
    parser.add_argument("--texts", type=int, default=60)
    parser.add_argument("--output", default=str(HERE / "floor_calibration.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)

    sources = {"all-MiniLM-L6-v2": lambda: trained(
        options.model, fortunes(options.fortunes, options.texts))}
    for seed, (kind, spread) in enumerate(
            [("bert", 0.06), ("bert", 0.10), ("distilbert", 0.08), ("roberta", 0.08),
             ("gpt2", 0.08)]):
        sources[f"{kind}-random-{spread:.2f}"] = lambda k=kind, s=spread, n=seed: untrained(k, s, n)

    cells = {}
    for name, load in sources.items():
        single, double, inputs = load()
        of_model = {}
        for ids, special in inputs:
            measure_text(single, double, ids, special, of_model)
        for (view, heads), norms in of_model.items():
            cells[f"{name}/{view}/{heads}"] = {n: summary(norms[n]) for n in NORMS}

    constants = {}
    print(f"{'cell':40}" + "".join(f"{n:>10}" for n in NORMS))
    for cell, norms in cells.items():
        print(f"{cell:40}" + "".join(f"{norms[n]['ratio_q99']:10.3g}" for n in NORMS))
    for norm in NORMS:
        constants[norm] = round_up(max(norms[norm]["ratio_q99"] for norms in cells.values()))
    print(f"{'c':40}" + "".join(f"{constants[n]:10.3g}" for n in NORMS))
    versions = {"torch": torch.__version__.split("+")[0], "numpy": np.__version__,
                "transformers": transformers.__version__}
    write(pathlib.Path(options.output), versions, constants, cells)


if __name__ == "__main__":
    main()
