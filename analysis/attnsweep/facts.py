"""Facts of a run that the archive tells: what was left out, how long it took, with which
versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import h5py
import numpy as np

from attnsweep import words
from attnsweep.journal import segment_file
from attnsweep.run import Run

#: Root attributes of a segment that say nothing new: the plan and the journal said it already.
NOT_SHOWN = {
    "schema_major",
    "schema_minor",
    "cells",
    "created",
    "writer",
    "study",
    "host",
    "precision",
    "device",
}
#: Names that are no plain words.
LABELS = {
    "hdf5_version": "HDF5 version",
    "libtorch_version": "LibTorch version",
    "mpi_version": "MPI version",
    "slurm_job": "Slurm job",
}
MAX_SEGMENTS = 32  #: starts of ranks whose versions are looked at


def counts_of_rows(
    run: Run, keys: Iterable[tuple[str, str]] | None = None
) -> dict[tuple[str, str], Counter[str]]:
    """(model, corpus) → records by reason, "measured" among them, from the journal; of all cells of
    the plan, or of `keys`."""
    done = run.done
    rows: dict[tuple[str, str], Counter[str]] = {key: Counter() for key in run.plan.cells}
    for task in run.plan.tasks:
        if task.id in done:
            rows[task.model, task.corpus].update(done[task.id].raw.get("reasons") or {})
    if keys is None:
        return rows
    return {key: rows[key] for key in dict.fromkeys(keys) if key in rows}


def spread(values: Sequence[int]) -> str:
    """ "43" or "22 to 43"."""
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def left_out(run: Run) -> list[dict[str, Any]]:
    """Per model and corpus: records measured, and those without values by reason."""
    out = []
    for (model, corpus), counts in counts_of_rows(run).items():
        others = {k: v for k, v in counts.items() if k != "measured"}
        out.append(
            {
                "model": model,
                "corpus": corpus,
                "rows": f"{sum(counts.values()):,}",
                "measured": f"{counts['measured']:,}",
                "others": words.counts(others),
            }
        )
    return out


def models(run: Run) -> list[dict[str, Any]]:
    """Per model: architecture, size and digest, from the plan."""
    out = {}
    for (model, _), cell in run.plan.cells.items():
        info = cell.get("info") or {}
        parameters = int(info.get("n_parameters") or 0)
        out[model] = {
            "model": model,
            "type": info.get("model_type") or "–",
            "control_of": info.get("control_of") or "–",
            "layers": info.get("n_layers") or "–",
            "heads": info.get("n_heads") or "–",
            "parameters": f"{parameters / 1e6:,.1f} M" if parameters else "–",
            "digest": str(info.get("model_digest") or "–")[:16],
        }
    return list(out.values())


@lru_cache(maxsize=8)
def _versions(run: Run) -> dict[str, str]:
    """Root attributes of one segment a journal file (a start of a rank): where they differ, all
    values. Segments read are checked against their digests."""
    found: dict[str, dict[str, None]] = {}
    winners = {(e.segment, e.digest) for e in run.done.values()}
    starts = [
        next((e for e in own if e.done and (e.segment, e.digest) in winners), None)
        for own in run.journal.files.values()
    ]
    entries = [e for e in starts if e is not None]
    if len(entries) > MAX_SEGMENTS:
        entries = [entries[k] for k in np.linspace(0, len(entries) - 1, MAX_SEGMENTS).astype(int)]
    for entry in entries:
        if not run.is_sound(entry):
            continue
        with h5py.File(segment_file(run.path, entry.segment), "r") as segment:
            for key, value in segment.attrs.items():
                if key.startswith("_") or key in NOT_SHOWN:
                    continue
                text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                if text.strip():
                    found.setdefault(key, {})[text] = None
    return {key: ", ".join(values) for key, values in found.items()}


def commit(run: Run) -> str:
    versions = _versions(run)
    return next((versions[k] for k in ("git_commit", "git", "commit") if k in versions), "")


def _unique(values: list[str]) -> str:
    return ", ".join(dict.fromkeys(v for v in values if v)) or "–"


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def run_facts(run: Run) -> list[tuple[str, str]]:
    """(what, value) pairs for the page."""
    plan, journal = run.plan, run.journal
    done = run.done
    failed = journal.failed(done)
    winners = [done[t.id].raw for t in plan.tasks if t.id in done]
    infos = [cell.get("info") or {} for cell in plan.cells.values()]
    seconds = sum(float(e.get("seconds") or 0) for e in winners)
    tokens = sum(int(e.get("n_tokens") or 0) for e in winners)
    times = sorted(str(e.get("time")) for e in winners if e.get("time"))
    versions = _versions(run)
    facts = [
        ("Study", plan.study or "–"),
        ("Seed", str(plan.seed)),
        ("Tasks", f"{len(winners):,} of {len(plan.tasks):,} done, {len(failed):,} failed"),
        (
            "Sequences measured",
            f"{sum(int((e.get('reasons') or {}).get('measured', 0)) for e in winners):,}",
        ),
        ("Tokens", f"{tokens:,}"),
        ("Time in tasks", f"{seconds:,.0f} s" if seconds else "–"),
        ("First and last task", f"{times[0]} to {times[-1]}" if times else "–"),
        ("Hosts", _unique([str(e.get("host") or "") for e in winners])),
        (
            "Precision, device",
            _unique(
                [
                    " ".join(dict.fromkeys((str(i.get("precision", "")), str(i.get("device", "")))))
                    for i in infos
                ]
            ),
        ),
        (
            "Starts of ranks",
            f"{len(journal.files):,}"
            + (f", {len(journal.torn)} ended by a kill" if journal.torn else ""),
        ),
    ]
    if run.damaged:
        facts.append(
            ("Damaged, measured again", f"{len(run.damaged):,} segments: {_unique(run.damaged)}")
        )
    if options := run.reduced.options:
        facts.append(
            ("Options of reduce", ", ".join(f"{k} {_short(v)}" for k, v in options.items()))
        )
    facts = [(key, value) for key, value in facts if value != "–"]
    facts += [
        (LABELS.get(key, key.replace("_", " ").capitalize()), value)
        for key, value in versions.items()
    ]
    return facts
