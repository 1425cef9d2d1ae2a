"""Makes minilm_attention.safetensors: MiniLM's attention by transformers' eager model in float64.

    python make_attention_reference.py MODEL

MODEL is the folder of all-MiniLM-L6-v2 (models/all-MiniLM-L6-v2 after jobs/setup.sh). Made with
transformers 4.57.1, tokenizers 0.22.2, torch 2.15.0, numpy 2.4.6, safetensors 0.8.0.

Sequence k of the file: "k.ids" (n), and up to 24 tokens "k.p" (layers, heads, n, n), every entry.
Longer ones: "k.at" (layers, heads, m), indices into n × n, and "k.p" (layers, heads, m): the m/2
largest entries of that layer and head and m/2 drawn at random. "float32_error" is the largest
difference of transformers' own float32 over all entries.
"""
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from hf_attention import attentions, load

WHOLE, SAMPLED = (8, 13, 24), (64, 128, 256, 512)
PER_HEAD = 80
TEXT = (
    "The harbour was quiet in the early morning, and the fishermen were mending their nets. "
    "A letter had arrived from the capital; nobody knew who had written it, or why. "
    "Two plus two is four, said the teacher, but what is four? "
    "Rain fell on the tin roofs all night long, while 1,024 small lamps burned below. "
    "She took the last train north with a suitcase of old photographs and no plan at all. "
    "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen. "
    "He said that he would never, ever, under any circumstances, eat another lemon. "
    "The committee's third report was shorter than its second and longer than its first. "
)


def token_ids(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    sentences = [s + "." for s in TEXT.split(". ") if s]
    rng = np.random.default_rng(20251030)
    text = " ".join(sentences[i] for _ in range(12) for i in rng.permutation(len(sentences)))
    plain = tokenizer.encode(text, add_special_tokens=False).ids
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    return [[cls] + plain[:n - 2] + [sep] for n in WHOLE + SAMPLED]


def sample(p, rng):
    flat = p.reshape(p.shape[0], p.shape[1], -1)
    largest = np.argsort(-flat, axis=-1, kind="stable")[..., : PER_HEAD // 2]
    drawn = rng.integers(0, flat.shape[-1], flat.shape[:2] + (PER_HEAD // 2,))
    at = np.concatenate([largest, drawn], axis=-1)
    return at.astype(np.int32), np.take_along_axis(flat, at, axis=-1)


def main():
    folder = Path(sys.argv[1])
    model = load(folder)
    rng = np.random.default_rng(7)
    out, error = {}, 0.0
    for k, ids in enumerate(token_ids(folder)):
        exact = attentions(model, ids, torch.float64)
        error = max(error, abs(attentions(model, ids, torch.float32) - exact).max())
        model = load(folder)  # float32 weights again, whatever a cast may have done
        out[f"{k}.ids"] = np.array(ids, np.int32)
        if len(ids) in WHOLE:
            out[f"{k}.p"] = exact
        else:
            out[f"{k}.at"], out[f"{k}.p"] = sample(exact, rng)
    out["float32_error"] = np.array([error])
    save_file(out, Path(__file__).with_name("minilm_attention.safetensors"))
    print(f"transformers' own float32 is within {error:.3g} of its float64")


if __name__ == "__main__":
    main()
