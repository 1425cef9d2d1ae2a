"""The models and sequences of calibrate_floor.py, each with its maps by transformers."""

import os
import pathlib
import random
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np
import torch
import transformers

from calibrate_floor import HERE

LENGTHS = [8, 11, 16, 23, 32, 45, 64, 90, 128, 181, 256] * 2
# How often the few lengths of a small model are drawn: a 99 % quantile needs a hundred values.
DRAWS = 25


@dataclass
class Sequence:
    ids: list
    special: np.ndarray
    types: Any = None


@dataclass
class Source:
    """A model: its folder, sequences, and maps(sequence) -> float32's, float64's by layers."""

    name: str
    folder: pathlib.Path
    sequences: list
    maps: Callable


def versions():
    return {"torch": torch.__version__.split("+")[0], "numpy": np.__version__,
            "transformers": transformers.__version__}


def maps_by(single, double):
    def attention(model, ids):
        with torch.no_grad():
            return [p[0] for p in model(torch.tensor([ids]), output_attentions=True).attentions]

    return lambda sequence: (attention(single, sequence.ids), attention(double, sequence.ids))


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
    sequences = []
    for text in texts:
        ids = tokenizer(text, truncation=True, max_length=512)["input_ids"]
        special = np.isin(ids, [tokenizer.cls_token_id, tokenizer.sep_token_id])
        sequences.append(Sequence(ids, special))
    return Source("all-MiniLM-L6-v2", pathlib.Path(folder), sequences,
                  maps_by(load(torch.float32), load(torch.float64)))


def ends(n):
    special = np.zeros(n, dtype=bool)
    special[[0, -1]] = True
    return special


def untrained(kind, spread, seed, scratch):
    """A random model of that family and random ids between the two that count as special."""
    shape = dict(vocab_size=1000, attn_implementation="eager", initializer_range=spread,
                 bos_token_id=3, eos_token_id=4)
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
    name = f"{kind}-random-{spread:.2f}"
    single.save_pretrained(scratch / name)
    draw = random.Random(seed)
    sequences = [Sequence([3, *(draw.randrange(5, 1000) for _ in range(n - 2)), 4], ends(n))
                 for n in LENGTHS]
    return Source(name, scratch / name, sequences, maps_by(single, double))


def small(name, entry, scratch):
    """One of tiny_models/; its first and last token count as special."""
    import json

    from tiny.common import attention, inputs, widen

    stored = HERE / "tiny_models" / name
    # config.json may be spelled as other versions of the library spell it; transformers gets its
    # own spelling, the program the stored one.
    for folder, config in ((scratch / f"{name}-own", None), (scratch / name, stored)):
        folder.mkdir()
        for file in stored.iterdir():
            if file.name not in ("config.json", "attention.safetensors", "long.safetensors"):
                os.symlink(file, folder / file.name)
        if config is None:
            entry.config.save_pretrained(folder)
        else:
            settings = json.loads((config / "config.json").read_text())
            settings |= {"bos_token_id": 3, "eos_token_id": 4}
            (folder / "config.json").write_text(json.dumps(settings))
    load = lambda dtype: entry.base.from_pretrained(
        scratch / f"{name}-own", attn_implementation="eager", dtype=dtype).eval()
    single, double = load(torch.float32), load(torch.float64)
    for model in (single, double):
        entry.adapt(model)
    widen(double)
    entry.widen(double)
    sequences = []
    for ids, types in inputs(double.config, entry.lengths * DRAWS, np.random.default_rng(23)):
        ids[0], ids[-1] = 3, 4
        sequences.append(Sequence(ids.tolist(), ends(len(ids)), types))
    maps = lambda s: tuple(attention(model, entry, np.array(s.ids), s.types, dtype)
                           for model, dtype in ((single, torch.float32), (double, torch.float64)))
    return Source(name, scratch / name, sequences, maps)


def sources(scratch, options):
    """Every source, made when its turn comes."""
    from tiny import all_models

    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    yield trained(options.model, fortunes(options.fortunes, options.texts))
    for seed, (kind, spread) in enumerate([("bert", 0.06), ("bert", 0.10), ("distilbert", 0.08),
                                           ("roberta", 0.08), ("gpt2", 0.08)]):
        yield untrained(kind, spread, seed, scratch)
    for name, entry in all_models().items():
        yield small(name, entry, scratch)
