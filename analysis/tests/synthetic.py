"""Runs made of arithmetic: summaries and archives with known content, in the layout of the program.

Estimators here are the definitions written out in NumPy; nothing in the package computes them, so a
figure that shows the right numbers has read them.
"""

from __future__ import annotations

import numpy as np

MINILM = [2.165, 0.748, 0.834, 0.821, 1.584]
E5 = [2.34, 1.13, 1.11, 2.15, 0.60, 0.59, 0.77, 0.77, 1.02, 0.94, 0.98]


def cell(
    model,
    d,
    *,
    corpus="fortunes",
    norm="frobenius",
    half=0.03,
    verdict="rejected",
    reason="not_monotone",
    control_of="",
    documents=431,
    sequences=1987,
    flags=(),
    **more,
):
    """A cell of summary.json whose mean log-curve is ln d, with intervals of ± half."""
    d = np.asarray(d, float)
    g = np.log(d)
    m = len(d)
    out = dict(
        model=model,
        corpus=corpus,
        norm=norm,
        heads="mean",
        view="keep",
        head=None,
        sequences=sequences,
        documents=documents,
        points=m,
        control_of=control_of or None,
    )
    keys = (
        "lambda lambda_low lambda_high se df j_eff amplitude drop r2 kappa kappa3 rise rise_rel"
        " r2_within tau p_v"
    ).split()
    out |= dict.fromkeys(keys)
    if m >= 2:
        i = np.arange(m)
        t = i - i.mean()
        rate = -(t @ g) / (t @ t)
        r = g - g.mean() + rate * t
        drop = rate * (m - 1)
        out |= {
            "lambda": rate,
            "lambda_low": rate - half,
            "lambda_high": rate + half,
            "se": half / 1.96,
            "df": documents - 1,
            "j_eff": documents / 1.3,
            "drop": drop,
            "amplitude": float(np.exp(g.mean() + rate * (i.mean()))),
            "r2": 1 - (r @ r) / max(((g - g.mean()) ** 2).sum(), 1e-300),
            "rise": max(0.0, max(g[b] - g[a] for a in range(m) for b in range(a + 1, m))),
            "residuals": list(r),
            "r2_within": 0.6,
            "tau": 0.4,
            "p_v": 1e-4,
        }
        if m >= 3:
            q = np.polyfit(t, g, 2)[0]
            out["kappa"] = q * (m - 1) ** 2 / (4 * abs(drop))
        if m >= 4:
            v = np.polynomial.polynomial.polyvander(t, 3)
            v = np.linalg.qr(v)[0][:, 3]
            out["kappa3"] = abs(g @ v) * np.abs(v).max() / abs(drop)
        low, high = rate - half, rate + half
        out["original_criterion"] = (
            "lambda > 0" if low > 0 else "lambda <= 0" if high < 0 else "lambda ~ 0"
        )
    else:
        verdict, reason = "inconclusive", "few_layers"
    if control_of:
        verdict, reason = "rejected", "flat"
    out |= dict(
        verdict=verdict,
        reason=reason or None,
        reasons=[reason] if reason else [],
        interval="t",
        excluded={"too_short": 13},
        flags=list(flags),
        laws={},
        curve=list(g),
        curve_low=list(g - half),
        curve_high=list(g + half),
    )
    return out | more


def exponential(m, drop, top=2.0, bend=0.0):
    x = np.linspace(0, 1, m)
    return top * np.exp(-drop * (x + bend * x * (x - 1)))


def one_model(norm="frobenius", corpus="fortunes"):
    cells = [cell("minilm-l6", MINILM, norm=norm, corpus=corpus)]
    rng = np.random.default_rng(1)
    for k in range(3):
        d = exponential(5, 0.27, 0.4) * np.exp(rng.normal(0, 0.02, 5))
        cells.append(
            cell(
                f"minilm-l6-untrained.{k}",
                d,
                control_of="minilm-l6",
                norm=norm,
                corpus=corpus,
                half=0.01,
            )
        )
    return cells


def many_models(n, seeds=3, corpus="fortunes", norm="frobenius"):
    rng = np.random.default_rng(7)
    verdicts = [
        ("supported", ""),
        ("decays, not exponentially", "beaten_by:floor"),
        ("rejected", "not_monotone"),
        ("inconclusive", "sampling"),
        ("decays, not exponentially", "curvature"),
        ("rejected", "flat"),
    ]
    cells = []
    for k in range(n):
        m = [5, 11, 23, 11][k % 4]
        name = ["minilm-l6", "bert-base-uncased", "roberta-large-openai-detector", "e5-base-v2"][
            k % 4
        ] + (f"-{k}" if k > 3 else "")
        verdict, reason = verdicts[k % len(verdicts)]
        d = exponential(m, rng.uniform(-0.3, 2.5), rng.uniform(0.8, 2.5), rng.uniform(-0.6, 0.6))
        d = d * np.exp(rng.normal(0, 0.12, m))
        cells.append(
            cell(
                name,
                d,
                half=rng.uniform(0.004, 0.05),
                verdict=verdict,
                reason=reason,
                corpus=corpus,
                norm=norm,
            )
        )
        for s in range(seeds):
            d = exponential(m, 0.27, 0.4) * np.exp(rng.normal(0, 0.03, m))
            cells.append(
                cell(
                    f"{name}-untrained.{s}", d, control_of=name, half=0.01, corpus=corpus, norm=norm
                )
            )
    return cells


def as_read(cells):
    """Cells as they come back from a JSON file: undefined numbers are null."""
    import json
    import math

    def clean(value):
        if isinstance(value, dict):
            return {k: clean(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [clean(v) for v in value]
        if isinstance(value, (float, np.floating)):
            return float(value) if math.isfinite(value) else None
        return value

    return json.loads(json.dumps(clean(cells)))


def summary(cells, **more):
    """The whole of summary.json around the cells."""
    options = {
        "level": 0.95,
        "replicates": 10000,
        "interval": "t",
        "weights": "sequence",
        "primary_norm": "frobenius",
        "burn_in": 0,
        "r2_min": 0.9,
        "curvature_tol": 0.15,
        "cubic_tol": 0.08,
    }
    return {
        "study": "synthetic",
        "seed": 20251030,
        "version": "0.1.0",
        "partial": False,
        "tasks": {"done": 6, "all": 6},
        "machines": ["cpu float32"],
        "mixed_devices": False,
        "options": options,
        "n_replicates": 10000,
        "family_size": 1,
        "cells": cells,
        "excluded": {"too_short": 13},
        "models": [],
        "across_models": {"pairs": []},
    } | more


# --- a run on disk -------------------------------------------------------------------

CORPUS = "fortunes"
BLOCK = 4  # records a block; three tasks of one block, the last one short
N_RECORDS = 10


def rows_of(model, n_pairs, n_heads):
    """What the archive of `model` holds: id, document, reason, values (records, pairs), each
    (records, pairs, heads). Record 5 was too short. Long ids grow with the record, so that the
    segments' texts differ in width."""
    rng = np.random.default_rng(len(model))
    values = rng.uniform(0.1, 2.0, (N_RECORDS, n_pairs))
    each = rng.uniform(0.1, 2.0, (N_RECORDS, n_pairs, n_heads))
    reason = np.zeros(N_RECORDS)
    reason[5] = 1
    values[5] = np.nan
    each[5] = np.nan
    return {
        "ids": [f"é{'x' * k}{k}" for k in range(N_RECORDS)],
        "documents": [f"doc{k // 2}" for k in range(N_RECORDS)],
        "reason": reason,
        "values": values,
        "each": each,
    }


def _variable(group, name, dims, data, **attributes):
    data = np.asarray(data)
    if data.dtype.kind in "UO":
        encoded = [text.encode() for text in data]
        data = np.array(encoded, f"S{max(2, *map(len, encoded))}")
        attributes["_Encoding"] = "utf-8"
    item = group.create_dataset(
        name, data=data, chunks=data.shape, shuffle=True, compression=4, fletcher32=True
    )
    if dims == (name,):
        item.make_scale(name)
    else:
        for k, dim in enumerate(dims):
            item.dims[k].attach_scale(group[dim])
    for key, value in attributes.items():
        item.attrs[key] = np.bytes_(value)


def write_segment(file, groups, schema_major=1, with_tv=True):
    """groups: model → the indices of the records whose rows go into this file."""
    import h5py

    with h5py.File(file, "w", libver=("v110", "v110")) as segment:
        segment.attrs["schema_major"] = schema_major
        segment.attrs["schema_minor"] = 0
        for key, value in {
            "writer": "attnsweep",
            "writer_version": "0.1.0",
            "git_commit": "abc1234",
            "hdf5_version": "1.10.8",
            "created": "2026-11-24T12:00:00Z",
            "cells": "[]",
        }.items():
            segment.attrs[key] = np.bytes_(value)
        for model, records in groups.items():
            info = INFO[model]
            all_rows = rows_of(model, info["n_layers"] - 1, info["n_heads"])
            group = segment.create_group(f"{model}/{CORPUS}", track_order=True)
            for key, value in info.items():
                group.attrs[key] = value if isinstance(value, int) else np.bytes_(value or " ")
            group.attrs["coordinates"] = np.bytes_("document record n_tokens reason")
            ids = np.array(all_rows["ids"])[records]
            _variable(group, "sequence", ("sequence",), ids, long_name="id of the record")
            for dim, n in (
                ("pair", info["n_layers"] - 1),
                ("layer", info["n_layers"]),
                ("head", info["n_heads"]),
            ):
                _variable(group, dim, (dim,), np.arange(n, dtype=float))
            _variable(group, "document", ("sequence",), np.array(all_rows["documents"])[records])
            _variable(group, "record", ("sequence",), np.asarray(records, float))
            _variable(group, "n_tokens", ("sequence",), 10.0 + np.asarray(records))
            _variable(group, "reason", ("sequence",), all_rows["reason"][records])
            values, each = all_rows["values"][records], all_rows["each"][records]
            _variable(group, "frobenius", ("sequence", "pair"), values, units="1")
            _variable(group, "frobenius_floor", ("sequence", "pair"), values * 1e-7)
            _variable(group, "frobenius_each", ("sequence", "pair", "head"), each)
            if with_tv:
                _variable(group, "tv", ("sequence", "pair"), values / 7)


def _info(model, control_of, n_layers, n_heads):
    return {
        "model": model,
        "corpus": CORPUS,
        "lineage": "",
        "control_of": control_of,
        "n_layers": n_layers,
        "n_heads": n_heads,
        "n_parameters": 22_713_216,
        "model_type": "bert",
        "model_digest": "d1" * 32,
        "identity": f"id-{model}",
        "precision": "float32",
        "device": "cpu",
    }


INFO = {
    "minilm-l6": _info("minilm-l6", "", 6, 2),
    "minilm-l6-untrained.0": _info("minilm-l6-untrained.0", "minilm-l6", 6, 2),
}
MEASURE = {
    "norms": ["frobenius", "tv"],
    "heads": ["mean", "each"],
    "views": ["keep"],
    "observables": [],
}


def journal_line(entry):
    import json

    from attnsweep.checked import with_check
    from attnsweep.journal import JOURNAL_KEY

    return with_check(JOURNAL_KEY, "entry", json.dumps(entry, ensure_ascii=False).encode()) + b"\n"


def entry_of(run, model, task, segment, records, **more):
    from attnsweep.checked import digest_of_file

    file = run / "segments" / segment
    out = {
        "done": True,
        "task": task,
        "segment": segment,
        "digest": digest_of_file(file),
        "replaces": "",
        "measure": MEASURE,
        "n_rows": len(records),
        "reasons": {"measured": len(records) - (5 in records), "too_short": int(5 in records)},
        "failures": [],
        "message": "",
        "seconds": 1.5,
        "n_tokens": 400,
        "flops": 1e9,
        "host": "node7",
        "rank": 0,
        "time": "2026-11-24T12:00:00Z",
    }
    return out | more


def make_run(run, cells=None, **summary_keys):
    """A complete run in the folder `run`: two models, three tasks each. Tasks 0 and 1 of a model
    lie in one segment (rows of task 1 first in time, still in record order), task 2 in another."""
    import json

    from attnsweep.checked import with_check
    from attnsweep.journal import PLAN_KEY

    (run / "segments").mkdir(parents=True)
    (run / "journal").mkdir()
    plan = {
        "format": "attnsweep plan",
        "schema_major": 1,
        "schema_minor": 0,
        "study": "synthetic",
        "study_hash": "h",
        "seed": 20251030,
        "cells": [
            {"info": info, "measure": MEASURE, "n_records": N_RECORDS, "records_per_block": BLOCK}
            for info in INFO.values()
        ],
        "tasks": [
            {
                "id": f"{model}/{CORPUS}/{b}+1",
                "model": model,
                "corpus": CORPUS,
                "first_block": b,
                "n_blocks": 1,
                "flops": 1.0,
            }
            for b in range(3)
            for model in INFO
        ],
    }
    (run / "tasks.json").write_bytes(
        with_check(PLAN_KEY, "plan", json.dumps(plan).encode()) + b"\n"
    )
    everyone = list(INFO)
    write_segment(run / "segments/a.h5", {m: list(range(0, 8)) for m in everyone})
    write_segment(run / "segments/b.h5", {m: [8, 9] for m in everyone})
    lines = []
    for model in everyone:
        for block, segment, records in (
            (1, "a.h5", [4, 5, 6, 7]),
            (0, "a.h5", [0, 1, 2, 3]),
            (2, "b.h5", [8, 9]),
        ):
            lines.append(
                journal_line(entry_of(run, model, f"{model}/{CORPUS}/{block}+1", segment, records))
            )
    (run / "journal/r0.jsonl").write_bytes(b"".join(lines))
    (run / "study.yaml").write_text("study: synthetic\n")
    made = one_model() + one_model("tv") if cells is None else cells
    (run / "summary.json").write_text(json.dumps(as_read(summary(made, **summary_keys)), indent=1))
    return run
