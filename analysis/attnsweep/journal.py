"""The plan and the journal of a run: which tasks there are, which are done, in which segment."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attnsweep.checked import checked_payload
from attnsweep.errors import ArchiveError

PLAN_KEY = 0x706C616E  #: "plan"
JOURNAL_KEY = 0x6A6F75726E616C  #: "journal"
PLAN_MAJOR = 1


@dataclass(frozen=True)
class Task:
    id: str
    model: str
    corpus: str
    first_block: int
    n_blocks: int


@dataclass(frozen=True)
class Plan:
    """What was asked: cells of later files replace earlier ones, tasks are only added."""

    study: str
    seed: int
    cells: dict[tuple[str, str], dict[str, Any]]  #: (model, corpus) → info, measure, n_records …
    tasks: list[Task]


@dataclass(frozen=True)
class Entry:
    """One line of a journal: a task that was finished, or that failed for a reason of the
    machine."""

    done: bool
    task: str
    segment: str
    digest: str
    raw: dict[str, Any] = field(repr=False)

    @property
    def measured(self) -> frozenset[tuple[str, str]]:
        """What was measured, as (list, name) pairs."""
        return _measured(self.raw.get("measure"))


@dataclass(frozen=True)
class Journal:
    """Every whole line, in the order of file names, then lines."""

    entries: list[Entry]
    torn: list[str]  #: files whose last line lacks its newline: normal after a kill
    files: dict[str, list[Entry]]

    def done(self, plan: Plan, run: Path, damaged: Collection[str] = ()) -> dict[str, Entry]:
        """Task id → its winning entry. An entry counts when it covers what the plan asks of its
        cell and its segment is there and not `damaged`; a later one wins unless the earlier one
        measured strictly more."""
        asked = {t.id: _measured(plan.cells[t.model, t.corpus].get("measure")) for t in plan.tasks}
        winners: dict[str, Entry] = {}
        there: dict[str, bool] = dict.fromkeys(damaged, False)
        for entry in self.entries:
            if not entry.done or entry.task not in asked or not asked[entry.task] <= entry.measured:
                continue
            if entry.segment not in there:
                there[entry.segment] = segment_file(run, entry.segment).is_file()
            old = winners.get(entry.task)
            if there[entry.segment] and not (old and old.measured > entry.measured):
                winners[entry.task] = entry
        return winners

    def failed(self, done: dict[str, Entry]) -> dict[str, Entry]:
        """Task id → its last failure, of the tasks that are not done."""
        return {e.task: e for e in self.entries if not e.done and e.task not in done}


def _measured(measure: dict[str, list[str]] | None) -> frozenset[tuple[str, str]]:
    return frozenset((key, name) for key, names in (measure or {}).items() for name in names)


def segment_file(run: Path, segment: str) -> Path:
    """Throws ArchiveError for a name that leaves the folder."""
    if not segment or Path(segment).name != segment:
        raise ArchiveError(
            f"{run}: the journal names the segment {segment!r}, expected a file name"
        )
    return run / "segments" / (segment if segment.endswith(".h5") else segment + ".h5")


def _plan_files(run: Path) -> list[Path]:
    files = [run / "tasks.json"]
    if not files[0].is_file():
        raise ArchiveError(f"{run}: is not a run of attnsweep: it holds no tasks.json")
    while (file := run / f"tasks.{len(files)}.json").is_file():
        files.append(file)
    return files


def read_plan(run: Path) -> Plan:
    """Reads and merges RUN/tasks.json, tasks.1.json … Throws ArchiveError when `run` is not a run
    of ours or a file is damaged."""
    cells: dict[tuple[str, str], dict[str, Any]] = {}
    tasks: list[Task] = []
    head: dict[str, Any] = {}
    for file in _plan_files(run):
        try:
            text = file.read_bytes()
            if not text.endswith(b"\n"):
                raise ValueError("its last line is cut off, the file is damaged")
            head = json.loads(checked_payload(PLAN_KEY, "plan", text[:-1]))
            if head["format"] != "attnsweep plan" or head["schema_major"] != PLAN_MAJOR:
                raise ValueError(
                    f"{head['format']} {head['schema_major']} is unknown, this reads attnsweep plan"
                    f" {PLAN_MAJOR}.x"
                )
            for cell in head["cells"]:
                cells[cell["info"]["model"], cell["info"]["corpus"]] = cell
            tasks += [
                Task(t["id"], t["model"], t["corpus"], int(t["first_block"]), int(t["n_blocks"]))
                for t in head["tasks"]
            ]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArchiveError(f"{file}: {_said(error)}") from error
    return Plan(str(head.get("study", "")), int(head.get("seed", 0)), cells, tasks)


def _said(error: Exception) -> str:
    return f"lacks {error}" if isinstance(error, KeyError) else str(error)


def _entry(line: bytes) -> Entry:
    raw = json.loads(checked_payload(JOURNAL_KEY, "entry", line))
    return Entry(bool(raw["done"]), str(raw["task"]), str(raw["segment"]), str(raw["digest"]), raw)


def read_journal(run: Path) -> Journal:
    """Reads RUN/journal/*.jsonl. Throws ArchiveError naming file and line for a damaged line; a
    last line without its newline was torn by a kill and is left out."""
    entries: list[Entry] = []
    torn: list[str] = []
    files: dict[str, list[Entry]] = {}
    for file in sorted((run / "journal").glob("*.jsonl")):
        try:
            lines = file.read_bytes().split(b"\n")
        except OSError as error:
            raise ArchiveError(f"{file}: cannot be read: {error}") from error
        if lines.pop():
            torn.append(file.name)
        own: list[Entry] = []
        for number, line in enumerate(lines, 1):
            try:
                own.append(_entry(line))
            except (ValueError, KeyError, TypeError) as error:
                raise ArchiveError(f"{file}:{number}: damaged line: {_said(error)}") from error
        files[file.name] = own
        entries += own
    return Journal(entries, torn, files)
