"""Sequences a second of the frobenius measurement beside the plain transformers loop.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python minilm_vs_hf.py MODEL_TOOL MODEL TEXTS [N]

MODEL_TOOL is the program tests/model_tool of a Release build, MODEL the folder of
all-MiniLM-L6-v2, TEXTS a .jsonl or .jsonl.gz file with a field "text". The first N (1,000) texts
of at least 8 tokens, drawn with a fixed seed, run in both programs by turns, three times each, one
thread each: the loop is one text at a time through eager attention, head mean, norm of the
differences. Rates are given by the clock and by processor time, which is what stays comparable
where the machine is shared; the ratio is that of the medians. For transformers 4.57.1, torch 2.x.
"""
import gzip
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModel

ROUNDS = 3


def token_ids(folder, file, count):
    read = gzip.open if str(file).endswith(".gz") else open
    with read(file, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    random.Random(1).shuffle(texts)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    ids = [e.ids for e in tokenizer.encode_batch(texts)]
    return [i for i in ids if len(i) >= 8][:count]


def loop(model, sequences):
    clock, processor, total = time.perf_counter(), time.process_time(), 0.0
    with torch.inference_mode():
        for ids in sequences:
            layers = model(torch.tensor([ids]), output_attentions=True).attentions
            means = [layer.mean(dim=1)[0] for layer in layers]
            for a, b in zip(means, means[1:]):
                total += torch.linalg.norm(b - a).item()
    n = len(sequences)
    return n / (time.perf_counter() - clock), n / (time.process_time() - processor), total


def ours(tool, folder, file):
    text = subprocess.run([tool, "time", folder, file], check=True, capture_output=True,
                          text=True).stdout
    clock, processor, total = re.match(
        r"([\d.]+) sequences/s, ([\d.]+) per second of processor .*checksum ([\d.e+]+)\)",
        text).groups()
    return float(clock), float(processor), float(total)


def main():
    tool, folder, texts = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 1000
    torch.set_num_threads(1)
    sequences = token_ids(folder, texts, count)
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    loop(model, sequences[:20])
    rates = {"loop": [], "attnsweep": []}
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(" ".join(map(str, s)) + "\n" for s in sequences))
        file.flush()
        for _ in range(ROUNDS):
            rates["loop"].append(loop(model, sequences))
            rates["attnsweep"].append(ours(tool, folder, file.name))
    mean = sum(map(len, sequences)) / len(sequences)
    print(f"{len(sequences)} texts, {mean:.1f} tokens on average, one thread, float32")
    medians = {}
    for name, rows in rates.items():
        medians[name] = [statistics.median(r[i] for r in rows) for i in range(2)]
        print(f"  {name:10s} {medians[name][0]:7.1f} texts/s   {medians[name][1]:7.1f} per second of "
              f"processor   sum of all differences {rows[0][2]:.6f}")
    ratios = [a / b for a, b in zip(medians["attnsweep"], medians["loop"])]
    print(f"  ratio      {ratios[0]:7.2f}           {ratios[1]:7.2f}")


if __name__ == "__main__":
    main()
