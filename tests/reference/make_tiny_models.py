"""Makes tiny_models/: small random models, one a switch, with their attention in float64.

    python make_tiny_models.py [NAME ...]

Made with transformers 4.57.1, torch 2.15.0, numpy 2.4.6, safetensors 0.8.0; the models stand in
tiny/, a file a family group. All are made, or those named; what a folder holds depends on its name
and entry alone. Weights are drawn wide (0.35), so that attention is far from uniform; norms and
biases are drawn too. Each folder holds config.json, the weights in one of the stored forms, and
attention.safetensors: for sequence k

    k.ids, k.types     (n) int32; types only where the model has them
    k.p                (layers, heads, n, n) float64
    k.norms            (norms, layers - 1) float64: the layer differences d_i of the head mean, in
                       the order of measurement.md section 2
    float32_error      the largest difference of transformers' own float32 from float64, over these
                       sequences and fifteen times as many of the same lengths
    norm_float32_error (norms) the same for each norm

Lengths go beyond twice the windows; long.safetensors, where it is, holds one sequence of 300 tokens
of whose maps 80 entries each are stored, at the places 0.at.
"""
import sys
from pathlib import Path

import torch
import transformers

from tiny import all_models
from tiny.common import make

ROOT = Path(__file__).with_name("tiny_models")


def main():
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()  # poolers that were not stored are not needed
    transformers.logging.disable_progress_bar()
    models = all_models()
    unknown = [name for name in sys.argv[1:] if name not in models]
    if unknown:
        sys.exit(f"no such model: {', '.join(unknown)}; there are {', '.join(models)}")
    for name in sys.argv[1:] or models:
        make(ROOT, name, models[name])


if __name__ == "__main__":
    main()
