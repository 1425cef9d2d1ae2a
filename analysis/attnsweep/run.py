"""A run on disk: its rows, its fits, its verdicts."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import xarray as xr

from attnsweep import frames
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
from attnsweep.summary import Summary, read_summary

SCHEMA_MAJOR = 1


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
        self._good: set[tuple[str, str]] = set()  # (segment, digest) that were checked
        self._damaged: dict[str, ArchiveError] = {}  # segment → what is wrong with it
        self._sound: tuple[int, dict[str, Entry]] = (0, {})  # number of damaged ones → done

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
        """Task id → the journal's entry that counts, as far as the file names tell."""
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
        pieces = []
        for task in sorted((t for t in tasks if t.id in done), key=lambda t: t.first_block):
            entry, rows = self._rows_of(task)
            file = segment_file(self.path, entry.segment)
            pieces.append(Piece(file, f"{model}/{corpus}", rows))
        return pieces

    def _rows_of(self, task: Task) -> tuple[Entry, np.ndarray]:
        """The entry whose segment is sound, and the task's rows in it. A damaged segment does no
        harm where its tasks were measured again."""
        while (entry := self.sound_done.get(task.id)) is not None:
            try:
                self.check_segment(entry)
                file = segment_file(self.path, entry.segment)
                return entry, _rows_of(task, self.plan.cells[task.model, task.corpus], entry, file)
            except ArchiveError as error:
                self._damaged[entry.segment] = error
        raise self._damaged[self.done[task.id].segment]

    @property
    def sound_done(self) -> dict[str, Entry]:
        """`done` without the segments that were found damaged so far."""
        if not self._damaged:
            return self.done
        if self._sound[0] != len(self._damaged):
            self._sound = len(self._damaged), self.journal.done(self.plan, self.path, self._damaged)
        return self._sound[1]

    def is_sound(self, entry: Entry) -> bool:
        """Whether the entry's segment is what the journal says. Throws ArchiveError where it is
        not and holds the only copy of a task."""
        try:
            self.check_segment(entry)
            return True
        except ArchiveError as error:
            self._damaged[entry.segment] = error
        alone = {t for t, e in self.done.items() if e.segment == entry.segment}
        if not alone <= self.sound_done.keys():
            raise self._damaged[entry.segment]
        return False

    @property
    def damaged(self) -> list[str]:
        """Segments that were found damaged so far, and whose tasks another one holds."""
        return sorted(self._damaged)

    def check_segment(self, entry: Entry) -> None:
        """Throws ArchiveError unless the segment's bytes have the digest that the journal gives."""
        if (entry.segment, entry.digest) in self._good:
            return
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
        self._good.add((entry.segment, entry.digest))

    # --- results --------------------------------------------------------------------------------

    def fits(self) -> pd.DataFrame:
        """One row a cell: model, corpus, norm, heads, view, head, control_of, sequences, documents,
        points and every number of the fit (lambda, lambda_low, …, NaN where undefined)."""
        return frames.fits(self.reduced)

    def verdicts(self) -> pd.DataFrame:
        """One row a trained model's cell of head means: verdict, reason, reasons and flags (joined
        by ";"), the original criterion, p_v."""
        return frames.verdicts(self.reduced)

    def heads(self) -> pd.DataFrame:
        """One row a single head (where `heads: each` was measured): λ, its interval, T, R²; no
        verdict, since heads are not aligned across layers."""
        return frames.heads(self.reduced)

    def curves(self) -> pd.DataFrame:
        """One row a layer pair of a cell: i, g (mean ln d), its interval, and d = exp(g) with its
        interval; residual of the exponential fit."""
        return frames.curves(self.reduced)

    def laws(self) -> pd.DataFrame:
        """One row a law of a cell: parameters, leave-one-layer-out error `lolo`, forecast error,
        status of the fit."""
        return frames.laws(self.reduced)

    def text_rates(
        self, model: str, corpus: str, norm: str = "frobenius", view: str = "keep", **limits: Any
    ) -> pd.DataFrame:
        """λ_s of single texts on the layer pairs of the reduced cell: one row a sequence with
        sequence, document, n_tokens, rate (NaN where the fit left it out). `at_most`: so many,
        evenly spaced. See attnsweep.rates."""
        from attnsweep.rates import text_rates

        return text_rates(self, model, corpus, norm, view, **limits)


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
