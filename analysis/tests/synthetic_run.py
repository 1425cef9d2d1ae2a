"""A run on disk made of arithmetic: plan, journal and segments with known rows, in the layout of
the program."""

from __future__ import annotations

import json

import h5py
import numpy as np
from synthetic import as_read, one_model, summary

from attnsweep.checked import digest_of_file, with_check
from attnsweep.journal import JOURNAL_KEY, PLAN_KEY

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
    with h5py.File(file, "w", libver=("v110", "v110")) as segment:
        segment.attrs["schema_major"] = schema_major
        segment.attrs["schema_minor"] = 0
        for key, value in {
            "writer": "attnsweep",
            "writer_version": "0.1.0",
            "git_commit": "abc1234",
            "hdf5_version": "1.10.8",
            "study": "synthetic",
            "host": "node7",
            "slurm_job": " ",
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
    return with_check(JOURNAL_KEY, "entry", json.dumps(entry, ensure_ascii=False).encode()) + b"\n"


def entry_of(run, model, task, segment, records, **more):
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
