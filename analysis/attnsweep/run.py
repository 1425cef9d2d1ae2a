"""A run on disk: its rows, its fits, its verdicts."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import xarray as xr

from attnsweep.checked import digest_of_file
from attnsweep.errors import ArchiveError, IncompleteError, UsageError
from attnsweep.journal import (
    Entry,
    Journal,
    Plan,
    Task,
    read_journal,
    read_plan,
    segment_file,
)
from attnsweep.lazy import Piece, RowArray, lazy_variable
from attnsweep.segment import attributes, group_attributes, plain, template
from attnsweep.summary import SCALARS, Cell, Summary, read_summary

SCHEMA_MAJOR = 1
KEYS = ["model", "corpus", "norm", "heads", "view", "head"]


def open_run(path: str | Path) -> Run:
    """Opens a run's folder. Throws ArchiveError when it is not one of ours; nothing else is read
    until it is asked for."""
    path = Path(path)
    if not path.is_dir():
        raise ArchiveError(f"{path}: is not a run of attnsweep: no such folder")
    run = Run(path)
    run.plan  # noqa: B018 (refuses a folder that is not ours)
    return run


class Run:
    """What open_run gives. `path` is the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        cells = ", ".join(f"{model} × {corpus}" for model, corpus in self.plan.cells)
        return f"<attnsweep run {str(self.path)!r}: {cells}>"

    @cached_property
    def plan(self) -> Plan:
        """Cells and tasks, from tasks.json."""
        return read_plan(self.path)

    @cached_property
    def journal(self) -> Journal:
        """What was done and what failed, from journal/*.jsonl."""
        return read_journal(self.path)

    @cached_property
    def done(self) -> dict[str, Entry]:
        """Task id → the journal's entry that counts."""
        return self.journal.done(self.plan, self.path)

    @cached_property
    def reduced(self) -> Summary:
        """summary.json, typed. Throws IncompleteError where `attnsweep reduce` has not run yet."""
        return read_summary(self.path)

    @property
    def summary(self) -> dict[str, Any]:
        """summary.json as it stands."""
        return self.reduced.raw

    @property
    def models(self) -> list[str]:
        return list(dict.fromkeys(model for model, _ in self.plan.cells))

    @property
    def corpora(self) -> list[str]:
        return list(dict.fromkeys(corpus for _, corpus in self.plan.cells))

    # --- rows ---------------------------------------------------------------------------------

    def dataset(self, model: str, corpus: str, *, partial: bool = False) -> xr.Dataset:
        """The rows of one model on one corpus, in record order, over all valid segments.

        Variables: `frobenius` and the other norms (sequence, pair), `<norm>_each` (sequence, pair,
        head), with `_drop` for the view without special tokens and `_floor` for the rounding floor;
        per sequence n_tokens, document, reason and more. NaN where nothing was measured. Values are
        read where they are indexed; the digest of every segment is checked first.
        Throws UsageError for a name the run does not hold, IncompleteError for missing tasks
        (unless `partial`), ArchiveError for damage.
        """
        if (model, corpus) not in self.plan.cells:
            known = ", ".join(f"({m!r}, {c!r})" for m, c in self.plan.cells)
            raise UsageError(f"{self.path}: no cell ({model!r}, {corpus!r}); there are {known}")
        pieces = self.pieces(model, corpus, partial)
        return _joined(pieces, f"{model}/{corpus}")

    def pieces(self, model: str, corpus: str, partial: bool) -> list[Piece]:
        """Where the rows of a cell lie, in record order; every segment's digest is checked."""
        done = self.done
        tasks = [t for t in self.plan.tasks if (t.model, t.corpus) == (model, corpus)]
        missing = [t.id for t in tasks if t.id not in done]
        if missing and (not partial or len(missing) == len(tasks)):
            raise IncompleteError(
                f"{self.path}: {len(missing)} of {len(tasks)} tasks of {model}/{corpus} are not"
                f" done (first: {missing[0]}); `attnsweep run` does them, partial=True takes"
                " the others"
            )
        good: set[str] = set()
        pieces = []
        for task in sorted((t for t in tasks if t.id in done), key=lambda t: t.first_block):
            entry = done[task.id]
            file = segment_file(self.path, entry.segment)
            if entry.segment not in good:
                self.check_segment(entry)
                good.add(entry.segment)
            rows = _rows_of(task, self.plan.cells[model, corpus], entry, file)
            pieces.append(Piece(file, f"{model}/{corpus}", rows))
        return pieces

    def check_segment(self, entry: Entry) -> None:
        """Throws ArchiveError unless the segment's bytes have the digest that the journal gives."""
        file = segment_file(self.path, entry.segment)
        try:
            actual = digest_of_file(file)
        except OSError as error:
            raise ArchiveError(
                f"{file}: cannot be read ({error.strerror}); task {entry.task} is in it"
            ) from error
        if actual != entry.digest:
            raise ArchiveError(
                f"{file}: damaged: its digest is {actual[:16]}…, the journal says"
                f" {entry.digest[:16]}…; `attnsweep verify {self.path}` lists what is lost"
            )

    # --- results --------------------------------------------------------------------------------

    def fits(self) -> pd.DataFrame:
        """One row a cell: model, corpus, norm, heads, view, head, control_of, sequences, documents,
        points and every number of the fit (lambda, lambda_low, …, NaN where undefined)."""
        rows = [
            _keys(c)
            | {"control_of": c.control_of}
            | {k: c.count(k) for k in ("sequences", "documents", "points")}
            | {k: _or_nan(c.number(k)) for k in SCALARS if k in c.raw}
            for c in self.reduced.cells
        ]
        return _frame(rows, [*KEYS, "control_of", "sequences", "documents", "points", "lambda"])

    def verdicts(self) -> pd.DataFrame:
        """One row a trained model's cell of head means: verdict, reason, reasons and flags (joined
        by ";"), the original criterion, p_v."""
        rows = [
            _keys(c)
            | {
                "verdict": c.verdict,
                "reason": c.reason,
                "reasons": ";".join(c.reasons),
                "original_criterion": c.criterion,
                "flags": ";".join(c.flags),
                "p_v": _or_nan(c.number("p_v")),
            }
            for c in self.reduced.cells
            if not c.control_of and c.heads == "mean"
        ]
        return _frame(rows, [*KEYS, "verdict", "reason"])

    def heads(self) -> pd.DataFrame:
        """One row a single head (where `heads: each` was measured): λ, its interval, T, R²; no
        verdict, since heads are not aligned across layers."""
        drop = ("curve", "excluded")
        rows = [
            {k: v for k, v in h.items() if k not in drop} for h in self.summary.get("heads") or ()
        ]
        return _frame(rows, [*KEYS, "lambda"])

    def curves(self) -> pd.DataFrame:
        """One row a layer pair of a cell: i, g (mean ln d), its interval, and d = exp(g) with its
        interval; residual of the exponential fit."""
        rows = []
        for c in self.reduced.cells:
            for k, pair in enumerate(c.pairs):
                low, high = (c.low[k], c.high[k]) if c.has_band else (np.nan, np.nan)
                residual = c.residuals[k] if len(c.residuals) == len(c.curve) else np.nan
                g = c.curve[k]
                rows.append(
                    _keys(c)
                    | {
                        "pair": int(pair),
                        "g": g,
                        "g_low": low,
                        "g_high": high,
                        "d": np.exp(g),
                        "d_low": np.exp(low),
                        "d_high": np.exp(high),
                        "residual": residual,
                    }
                )
        return _frame(rows, [*KEYS, "pair", "g"])


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _keys(cell: Cell) -> dict[str, Any]:
    return {key: getattr(cell, key) for key in KEYS}


def _frame(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=None if rows else columns)
    if "head" in frame:
        frame["head"] = frame["head"].astype("Int64")
    return frame


def _rows_of(task: Task, cell: dict[str, Any], entry: Entry, file: Path) -> np.ndarray:
    """Indices of a task's rows inside its segment's group: its record range. Throws ArchiveError
    where plan, journal and segment disagree."""
    group = f"{task.model}/{task.corpus}"
    try:
        with h5py.File(file, "r") as segment:
            major = int(np.asarray(segment.attrs["schema_major"]).flat[0])
            if major != SCHEMA_MAJOR:
                raise ArchiveError(
                    f"{file}: segment schema {major} is unknown, this reads {SCHEMA_MAJOR}.x"
                )
            record = segment[group]["record"][...]
            identity = attributes(segment[group]).get("identity", "")
    except (OSError, KeyError, ValueError) as error:
        raise ArchiveError(f"{file}: {group}: cannot be read: {error}") from error
    planned = str((cell.get("info") or {}).get("identity", ""))
    if identity != planned:
        raise ArchiveError(
            f"{file}: task {task.id}: its rows have the identity {identity}, the plan says"
            f" {planned}"
        )
    block = int(cell["records_per_block"])
    first = task.first_block * block
    rows = np.flatnonzero((record >= first) & (record < first + task.n_blocks * block))
    if len(rows) != int(entry.raw.get("n_rows", len(rows))):
        raise ArchiveError(
            f"{file}: task {task.id}: it holds {len(rows)} rows, the journal says"
            f" {entry.raw['n_rows']}"
        )
    return rows


def _joined(pieces: list[Piece], group: str) -> xr.Dataset:
    """One Dataset over the pieces; a variable that a segment lacks (a norm that is still being
    added) is left out."""
    files = list(dict.fromkeys(piece.file for piece in pieces))
    templates = {file: template(file, group) for file in files}
    first = templates[files[0]]
    variables: dict[str, xr.Variable] = {}
    for name, (dims, shape, dtype, attrs) in first.items():
        same = [t[name] for t in templates.values() if name in t]
        if len(same) < len(files):
            continue
        if dims[:1] != ("sequence",):
            variables[name] = plain(files[0], group, name, dims, attrs)
            continue
        if any(other[0] != dims or other[1][1:] != shape[1:] for other in same):
            raise ArchiveError(f"{files[0]}: {group}/{name}: its shape differs between segments")
        if dtype.kind in "SUO":
            wide = max([1] + [other[2].itemsize for other in same])
            dtype = np.dtype(f"U{wide}")
        array = RowArray(pieces, name, shape[1:], dtype)
        variables[name] = lazy_variable(array, dims, attrs)
    own = group_attributes(files[0], group)
    named = set(str(own.pop("coordinates", "")).split())
    coordinates = {n: v for n, v in variables.items() if v.dims == (n,) or n in named}
    data = {n: v for n, v in variables.items() if n not in coordinates}
    return xr.Dataset(data, coordinates, own)
