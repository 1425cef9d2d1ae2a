"""Calibrates the rounding floor's constants c(norm) of src/measure/floor_constants.hpp.

Made with numpy 2.4, torch 2.15.0 (CPU, one thread) and transformers 4.57.1 (attn_implementation
"eager"). Per model: every norm of every pair of neighbouring layers in float32 and in float64 on
the same ids, once by transformers and once by this program, and the ratio

    r = |d(float32) - d(float64)| / (epsilon (s_i + s_{i+1})),   epsilon = 2^-23

with s as measurement.md section 2 has it (s_i + s_{i+1} = 1 for tv, js and cosine). A cell is
(model, view, heads) of one of the two; c(norm) is the largest 99 % quantile of r over the cells,
rounded up to two digits, and at most ten times that of all of them together, each model with the
same weight. The table goes to floor_calibration.json, which a test holds floor_constants.hpp
against: a line a model, its largest quantile over views and heads.

    python calibrate_floor.py --model FOLDER --fortunes /usr/share/games/fortunes --build FOLDER

--model: all-MiniLM-L6-v2 in Hugging Face form (the one trained model of the set); its texts are
Debian's package fortunes. --build: the folder with the programs attnsweep and attnsweep-run. The
other models (floor_models.py) are the small ones of tiny_models/, one a family and switch, and some
larger random ones of four families.
"""

import argparse
import json
import math
import pathlib
import tempfile

import numpy as np

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


def ratios_of_maps(single, double, special):
    """(view, heads) -> rows of r in the order of NORMS, of one sequence's maps by layers."""
    low, high = matrices(single, special), matrices(double, special)
    out = {}
    for cell, rows in high.items():
        for row64, row32 in zip(rows, low[cell]):
            for i in range(len(row64) - 1):
                exact, rounded = row64[i : i + 2], row32[i : i + 2]
                if any(m is None for m in (*exact, *rounded)):
                    continue
                assert exact[0].dtype == np.float64 and rounded[0].dtype == np.float32
                # A softmax left in float32 would show here.
                assert abs(exact[0].sum(axis=1) - 1).max() < 1e-12
                d64, d32 = differences(*exact), differences(*(m.astype(float) for m in rounded))
                s = [sizes(m) for m in exact]
                out.setdefault(cell, []).append(
                    [abs(d32[n] - d64[n]) / (EPSILON * (s[0][n] + s[1][n])) for n in NORMS])
    return out


def quantiles(rows):
    return np.quantile(np.array(rows), 0.99, axis=0)


def round_up(x):
    unit = 10.0 ** (math.floor(math.log10(x)) - 1)
    return float(f"{math.ceil(x / unit) * unit:.1e}")


def by_norm(values):
    return {norm: float(f"{x:.3g}") for norm, x in zip(NORMS, values)}


class Table:
    """The 99 % quantiles of every model, and all ratios with the same weight for every model."""

    def __init__(self):
        self.lines, self.ratios, self.weights = {}, [], []

    def add(self, name, cells):
        """cells: (view, heads) -> rows of r."""
        largest = np.max([quantiles(rows) for rows in cells.values()], axis=0)
        rows = np.concatenate([np.array(rows) for rows in cells.values()])
        self.lines[name] = {"n": len(rows)} | by_norm(largest)
        self.ratios.append(rows)
        self.weights.append(np.full(len(rows), 1 / len(rows)))
        print(f"{name:48}" + "".join(f"{x:10.3g}" for x in largest), flush=True)

    def pooled(self):
        rows, weights = np.concatenate(self.ratios), np.concatenate(self.weights)
        out = []
        for column in rows.T:
            order = np.argsort(column)
            share = np.cumsum(weights[order]) / weights.sum()
            out.append(column[order][np.searchsorted(share, 0.99)])
        return by_norm(out)

    def constants(self):
        return {n: round_up(max(line[n] for line in self.lines.values())) for n in NORMS}

    def write(self, path, versions):
        lines = [f" {json.dumps(name)}: {json.dumps(line)}" for name, line in self.lines.items()]
        path.write_text(f'{{"epsilon": {EPSILON!r}, "versions": {json.dumps(versions)},\n'
                        f'"constants": {json.dumps(self.constants())},\n'
                        f'"all_models": {json.dumps(self.pooled())},\n'
                        '"models": {\n' + ",\n".join(lines) + "}}\n")


def main():
    import floor_engine  # these need torch, which those who want `differences` may not
    import floor_models

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--fortunes", required=True)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--texts", type=int, default=60)
    parser.add_argument("--output", default=HERE / "floor_calibration.json", type=pathlib.Path)
    options = parser.parse_args()

    table = Table()
    print(f"{'':48}" + "".join(f"{n:>10}" for n in NORMS))
    with tempfile.TemporaryDirectory() as scratch:
        sources = floor_models.sources(pathlib.Path(scratch), options)
        for source in sources:
            cells = {}
            for sequence in source.sequences:
                for cell, rows in ratios_of_maps(*source.maps(sequence), sequence.special).items():
                    cells.setdefault(cell, []).extend(rows)
            table.add(f"{source.name} by transformers", cells)
            table.add(source.name, floor_engine.ratios(source, options.build))
    table.write(options.output, floor_models.versions())
    print(f"{'all models':48}" + "".join(f"{x:10.3g}" for x in table.pooled().values()))
    print(f"{'c':48}" + "".join(f"{x:10.3g}" for x in table.constants().values()))


if __name__ == "__main__":
    main()
