"""Observables end to end: measured on `layer`, exported under their own names, left alone by reduce.

The maps are those of the small models in tests/reference (transformers in float64), the values
NumPy's on these maps. One model sees both ways, one is causal.
"""

import csv
import io
import json
import shutil
import struct

import numpy as np
import pytest
import xarray

from harness import ROOT, Project

OBSERVABLES = ("effective_rank", "entropy", "rank_one_residual", "spectral_gap")
MODELS = {  # id -> reference model, the ids that are made special
    "both": ("roberta_f64", {"bos_token_id": 17, "eos_token_id": 35}),
    "causal": ("gpt2", {"bos_token_id": 58, "eos_token_id": 44}),
}
# The engine's float64 maps are within this of transformers' (the parity tests of every family).
MAP_ERROR = 1e-10


def tensors(file):
    raw = file.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    kinds = {"F64": "<f8", "I32": "<i4"}
    out = {}
    for name, entry in json.loads(raw[8:8 + size]).items():
        if entry.get("dtype") in kinds:
            begin, end = (8 + size + at for at in entry["data_offsets"])
            out[name] = np.frombuffer(raw[begin:end], kinds[entry["dtype"]]).reshape(entry["shape"])
    return out


def means_of(model):
    """Of each sequence: its ids and the head mean of every layer, layers × n × n."""
    found = tensors(ROOT / "tests" / "reference" / "tiny_models" / model / "attention.safetensors")
    count = sum(name.endswith(".ids") for name in found)
    return [(found[f"{k}.ids"].tolist(), found[f"{k}.p"].mean(axis=1)) for k in range(count)]


def dropped(a, special):
    kept = a[np.ix_(~special, ~special)]
    mass = kept.sum(axis=1, keepdims=True)
    assert (mass > 0).all()
    return kept / mass


def plogp(p):
    return np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0)


def observables_of(a):
    """Value and tolerance of each: what a change of MAP_ERROR in every entry can do to it."""
    n = len(a)
    sigma = np.linalg.svd(a, compute_uv=False)
    share = sigma / sigma.sum()
    eigenvalues, vectors = np.linalg.eig(a)
    logs = np.log(n / MAP_ERROR)  # |p ln p| changes by at most this times the change of p
    moved = n * MAP_ERROR  # Frobenius norm of the change: no singular value moves by more
    rank = np.exp(-plogp(share).sum())
    return {
        "entropy": (-plogp(a).sum() / n, n * MAP_ERROR * logs),
        "effective_rank": (rank, rank * 2 * n * moved / sigma.sum() * logs),
        "rank_one_residual": (np.sqrt((sigma[1:] ** 2).sum() / (sigma**2).sum()), 4 * moved),
        # Bauer and Fike; a triangular matrix has its eigenvalues on the diagonal.
        "spectral_gap": (1 - np.sort(np.abs(eigenvalues))[-2],
                         MAP_ERROR if np.allclose(a, np.tril(a), atol=0)
                         else np.linalg.cond(vectors) * moved),
    }


def expected():
    """(model, sequence, view, observable, layer) -> value, tolerance."""
    out = {}
    for model, (reference, ids_of) in MODELS.items():
        config = json.loads((ROOT / "tests/reference/tiny_models" / reference
                             / "config.json").read_text()) | ids_of
        marked = [config.get(f"{k}_token_id") for k in ("bos", "eos", "cls", "sep", "pad")]
        for k, (ids, means) in enumerate(means_of(reference)):
            special = np.isin(ids, [i for i in marked if i is not None])
            assert special.any() and not special.all()
            for layer, a in enumerate(means):
                for view, matrix in (("keep", a), ("drop", dropped(a, special))):
                    for name, value in observables_of(matrix).items():
                        out[model, f"s{k}", view, name, layer] = value
    return out


def write_inputs(folder):
    """Both models and one corpus each: a model's ids would be beyond the other's vocabulary."""
    for model, (reference, ids_of) in MODELS.items():
        source = ROOT / "tests" / "reference" / "tiny_models" / reference
        shutil.copytree(source, folder / model)
        (folder / model / "attention.safetensors").unlink()
        config = json.loads((source / "config.json").read_text())
        (folder / model / "config.json").write_text(json.dumps(config | ids_of))
        with open(folder / f"{model}.jsonl", "w", encoding="utf-8") as out:
            for k, (ids, _) in enumerate(means_of(reference)):
                out.write(json.dumps({"id": f"s{k}", "document": f"d{k}", "input_ids": ids}) + "\n")


def study(model, observables):
    return "\n".join([
        "study: observed", "seed: 7", f"models: [{{id: {model}, path: {model}}}]",
        f"corpora: [{{id: c, files: [{model}.jsonl], min_tokens: 2}}]",
        "norms: [frobenius, spectral]", "special_tokens: [keep, drop]",
        f"observables: [{', '.join(observables)}]", "compute: {precision: float64}", ""])


class Observed:
    def __init__(self, project):
        self.project, self.folder = project, project.folder
        write_inputs(self.folder)
        for model in MODELS:
            self.run(model, OBSERVABLES, model + "-run")

    def run(self, model, observables, output):
        (self.folder / f"{output}.yaml").write_text(study(model, observables))
        done = self.project.call("run", f"{output}.yaml", "--output", output)
        assert done.returncode == 0, done.stderr

    def call(self, *words):
        done = self.project.call(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def observed(tmp_path_factory):
    return Observed(Project(tmp_path_factory.mktemp("observed")))


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def check(found, wanted):
    assert set(found) == set(wanted)
    for key, (value, tolerance) in wanted.items():
        assert abs(found[key] - value) <= tolerance, (key, found[key], value, tolerance)


def test_csv_has_numpys_values_under_their_names(observed):
    wanted = expected()
    found = {}
    for model in MODELS:
        rows = rows_of(observed.call("export", f"{model}-run", "--floor"))
        ours = [r for r in rows if r["norm"] in OBSERVABLES]
        assert {r["norm"] for r in rows} == {"frobenius", "spectral", *OBSERVABLES}
        for r in ours:
            assert r["heads"] == "mean" and r["head"] == "" and r["floor"] == ""
            found[r["model"], r["sequence"], r["view"], r["norm"], int(r["layer"])] = float(
                r["value"])
        n_layers = 1 + max(int(r["layer"]) for r in ours)
        pairs = {int(r["layer"]) for r in rows if r["norm"] == "frobenius"}
        assert pairs == set(range(n_layers - 1)), "an observable belongs to a layer, not to a pair"
        order = [(r["sequence"], r["view"], r["heads"], r["norm"], int(r["layer"])) for r in rows]
        assert order == sorted(order)
    check(found, wanted)


def test_npz_has_the_rows_of_the_csv(observed):
    for model in MODELS:
        run = f"{model}-run"
        observed.call("export", run, "--format", "npz", "--floor", "--out", f"{run}.npz")
        rows = rows_of(observed.call("export", run, "--floor"))
        with np.load(observed.folder / f"{run}.npz") as columns:
            for name in ("sequence", "view", "norm"):
                assert columns[name].tolist() == [r[name] for r in rows]
            assert columns["layer"].tolist() == [int(r["layer"]) for r in rows]
            assert columns["value"].tolist() == [float(r["value"]) for r in rows]
            assert np.array_equal(np.isnan(columns["floor"]), [r["floor"] == "" for r in rows])


def test_netcdf_and_the_segments_have_them_on_layer(observed):
    wanted = expected()
    for model in MODELS:
        run = f"{model}-run"
        observed.call("export", run, "--format", "netcdf", "--out", f"{run}.nc")
        segments = sorted((observed.folder / run / "segments").glob("*.h5"))
        assert len(segments) == 1
        for file in (observed.folder / f"{run}.nc", segments[0]):
            found = {}
            with xarray.open_dataset(file, engine="h5netcdf", group=f"{model}/c") as data:
                for name in OBSERVABLES:
                    for view, suffix in (("keep", ""), ("drop", "_drop")):
                        variable = data[name + suffix]
                        assert variable.dims == ("sequence", "layer")
                        assert variable.attrs["long_name"] and variable.attrs["units"]
                        assert f"{name}{suffix}_floor" not in data
                        for s in range(data.sizes["sequence"]):
                            for layer in range(data.sizes["layer"]):
                                key = model, f"s{s}", view, name, layer
                                found[key] = float(variable[s, layer])
                assert data.sizes["layer"] == data.sizes["pair"] + 1
            check(found, {k: v for k, v in wanted.items() if k[0] == model})


def test_reduce_fits_no_observable(observed):
    observed.run("both", (), "plain")
    with_them = json.loads(observed.call("reduce", "both-run", "--json"))
    without = json.loads(observed.call("reduce", "plain", "--json"))
    assert {c["norm"] for c in with_them["cells"]} == {"frobenius", "spectral"}
    assert with_them == without


def test_a_run_grows_by_observables_and_keeps_its_rows(observed):
    observed.run("both", (), "grown")
    before = observed.call("export", "grown", "--floor").splitlines()
    observed.run("both", ("entropy",), "grown")
    after = observed.call("export", "grown", "--floor").splitlines()
    assert [line for line in after if ",entropy," not in line] == before
    everything = observed.call("export", "both-run", "--floor").splitlines()
    assert [line for line in everything if ",entropy," in line] == [
        line for line in after if ",entropy," in line]


def test_an_import_takes_them_back(observed):
    text = observed.call("export", "both-run", "--floor")
    (observed.folder / "rows.csv").write_text(text)
    observed.call("import", "rows.csv", "--output", "again")
    assert observed.call("export", "again", "--floor") == text
