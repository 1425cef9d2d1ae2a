"""Compares EVERY attention probability of a model with transformers' eager attention in float64.

    python check_attention_full.py MODEL_TOOL MODEL [IDS]

MODEL_TOOL is the program tests/model_tool of a build, MODEL a Hugging Face folder, IDS a file of
token ids, one sequence a line (default: random ids, 8 to 512 tokens). Prints the largest
difference of our float32 and float64 and of transformers' own float32, and fails when ours is
beyond 1e-5 and 1e-10. For transformers 4.57.1, torch 2.x, numpy 2.x.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from hf_attention import attentions, load

LENGTHS = (8, 13, 16, 24, 31, 44, 64, 100, 128, 200, 256, 333, 384, 511, 512)
BOUNDS = {"float32": 1e-5, "float64": 1e-10}


def random_sequences(model):
    limit = model.config.max_position_embeddings
    if "roberta" in model.config.model_type or model.config.model_type == "camembert":
        limit -= model.config.pad_token_id + 1
    rng = np.random.default_rng(1)
    return [
        [int(i) for i in rng.integers(0, model.config.vocab_size, n)] for n in LENGTHS if n <= limit
    ]


def ours(tool, folder, sequences, sizes, precision, scratch):
    ids = scratch / "ids.txt"
    ids.write_text("".join(" ".join(map(str, s)) + "\n" for s in sequences))
    out = scratch / "out.bin"
    subprocess.run([tool, "dump", folder, ids, out, precision], check=True)
    values = np.fromfile(out)
    assert values.size == sum(sizes), f"{values.size} values, expected {sum(sizes)}"
    return np.split(values, np.cumsum(sizes)[:-1])


def main():
    tool, folder = sys.argv[1], sys.argv[2]
    model = load(folder)
    if len(sys.argv) > 3:
        lines = Path(sys.argv[3]).read_text().splitlines()
        sequences = [[int(i) for i in line.split()] for line in lines if line.strip()]
    else:
        sequences = random_sequences(model)
    reference = [attentions(model, s, torch.float64).ravel() for s in sequences]
    single = [attentions(model, s, torch.float32).ravel() for s in sequences]
    sizes = [r.size for r in reference]
    worst = {"transformers float32": max(abs(a - r).max() for a, r in zip(single, reference))}
    with tempfile.TemporaryDirectory() as scratch:
        for precision in BOUNDS:
            got = ours(tool, folder, sequences, sizes, precision, Path(scratch))
            worst[precision] = max(abs(a - r).max() for a, r in zip(got, reference))
    print(f"{sum(sizes)} probabilities of {len(sequences)} sequences; largest difference to float64")
    for name, value in worst.items():
        print(f"  {name:22s} {value:.3g}")
    bad = [p for p, bound in BOUNDS.items() if not worst[p] <= bound]
    sys.exit(f"beyond the bound: {bad}" if bad else 0)


if __name__ == "__main__":
    main()
