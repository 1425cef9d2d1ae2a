"""Tools of the tests that run the programs as a user does: tiny models, corpora, studies.

The build is build/release, or the folder in ATTNSWEEP_BUILD.
"""

import json
import os
import pathlib
import random
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("ATTNSWEEP_BUILD", ROOT / "build" / "release"))
N_LAYERS, N_HEADS, HIDDEN, VOCABULARY, POSITIONS = 6, 2, 16, 50, 64


def environment(**more):
    """One thread, MPI as root where the tests are; `more` on top."""
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_mpi_yield_when_idle": "1",
        **more,
    }


def command(*words, ranks=None):
    """The words of a call of attnsweep, under mpirun when `ranks` is given."""
    launcher = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)] if ranks else []
    return [*launcher, str(BUILD / "attnsweep"), *map(str, words)]


def attnsweep(*words, ranks=None, cwd=None, timeout=120, **more):
    """Runs attnsweep and returns the finished process (stdout and stderr as text)."""
    return subprocess.run(
        command(*words, ranks=ranks), cwd=cwd, env=environment(**more), timeout=timeout,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )


def bert_shapes(n_layers=N_LAYERS):
    """Names and shapes of a BERT's tensors as transformers stores them."""
    shapes = {
        "embeddings.word_embeddings.weight": (VOCABULARY, HIDDEN),
        "embeddings.position_embeddings.weight": (POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": (2, HIDDEN),
        "embeddings.LayerNorm.weight": (HIDDEN,),
        "embeddings.LayerNorm.bias": (HIDDEN,),
    }
    for i in range(n_layers):
        layer = f"encoder.layer.{i}."
        for part, (rows, columns) in {
            "attention.self.query": (HIDDEN, HIDDEN),
            "attention.self.key": (HIDDEN, HIDDEN),
            "attention.self.value": (HIDDEN, HIDDEN),
            "attention.output.dense": (HIDDEN, HIDDEN),
            "intermediate.dense": (2 * HIDDEN, HIDDEN),
            "output.dense": (HIDDEN, 2 * HIDDEN),
        }.items():
            shapes[f"{layer}{part}.weight"] = (rows, columns)
            shapes[f"{layer}{part}.bias"] = (rows,)
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{layer}{part}.weight"] = (HIDDEN,)
            shapes[f"{layer}{part}.bias"] = (HIDDEN,)
    return shapes


def write_model(folder, seed=1, n_layers=N_LAYERS, **config):
    """A BERT with random weights, large enough that attention is far from uniform."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    header, data = {}, b""
    for name, shape in bert_shapes(n_layers).items():
        n = 1
        for length in shape:
            n *= length
        if name.endswith("LayerNorm.weight"):
            values = [1.0] * n
        else:
            values = [rng.gauss(0, 0.4) for _ in range(n)]
        raw = struct.pack(f"<{n}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "config.json").write_text(json.dumps({
        "model_type": "bert", "hidden_size": HIDDEN, "num_hidden_layers": n_layers,
        "num_attention_heads": N_HEADS, "intermediate_size": 2 * HIDDEN, "vocab_size": VOCABULARY,
        "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "hidden_act": "gelu",
        "layer_norm_eps": 1e-12, "initializer_range": 0.02, "pad_token_id": 0, **config,
    }))
    return folder


def write_corpus(file, n_records=60, seed=2, shortest=8, longest=40):
    """Records with input_ids: ids r0, r1 …, four to a document."""
    rng = random.Random(seed)
    with open(file, "w", encoding="utf-8") as out:
        for i in range(n_records):
            ids = [rng.randrange(1, VOCABULARY) for _ in range(rng.randint(shortest, longest))]
            out.write(json.dumps({"id": f"r{i}", "document": f"d{i // 4}", "input_ids": ids}) + "\n")
    return file


class Project:
    """A folder with models a and b, a corpus c.jsonl and study.yaml; runs go to run/."""

    def __init__(self, folder):
        self.folder = folder
        self.run_folder = folder / "run"
        write_model(folder / "a", seed=1)
        write_model(folder / "b", seed=2)
        write_corpus(folder / "c.jsonl")
        self.write_study()

    def write_study(self, models=("a", "b"), corpus="c.jsonl", norms="frobenius, tv", control=False,
                    more_corpus="", more=""):
        """Writes study.yaml; `more_corpus` are further lines of the corpus, `more` of the study."""
        lines = ["study: tiny", "seed: 7", "models:"]
        lines += [f"  - {{id: {m}, path: {m}}}" for m in models]
        if control:
            lines += [f"  - {{id: untrained, control_of: {models[0]}, seeds: 2}}"]
        lines += ["corpora:", "  - id: c", f"    files: [{corpus}]", "    min_tokens: 4"]
        lines += [f"    {line}" for line in more_corpus.splitlines()]
        lines += [f"norms: [{norms}]", "run: {commit_interval: 0.05}", *more.splitlines()]
        (self.folder / "study.yaml").write_text("\n".join(lines) + "\n")

    def call(self, *words, **options):
        return attnsweep(*words, cwd=self.folder, **options)

    def run(self, *words, output="run", **options):
        return self.call("run", "study.yaml", "--output", output, *words, **options)

    def export(self, output="run", *words):
        done = self.call("export", output, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout
