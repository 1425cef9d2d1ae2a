"""What `attnsweep reduce` found: summary.json, typed.

A cell is (model, corpus, norm, heads, view, head). Numbers that are undefined are null in the file
and None here; nothing is ever filled in.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from attnsweep.errors import ArchiveError, IncompleteError

SCALARS = (
    "lambda lambda_low lambda_high lambda_sd se df j_eff amplitude amplitude_low amplitude_high"
    " drop drop_low drop_high r2 r2_low r2_high sigma_r kappa kappa_low kappa_high"
    " kappa3 kappa3_low kappa3_high rise rise_rel r2_within tau share_positive stability p_v"
    " p_v_adjusted excluded_share"
).split()
LAWS = ("constant", "exponential", "power", "linear", "floor")
VERDICTS = ("supported", "decays, not exponentially", "rejected", "inconclusive")


def _number(value: Any) -> float | None:
    if value is None or isinstance(value, (bool, str)):
        return None
    return float(value) if math.isfinite(value) else None


def _curve(values: Any) -> np.ndarray:
    """(m,) floats, NaN where null; empty for a curve that is null."""
    return np.array([np.nan if _number(v) is None else float(v) for v in values or ()], float)


@dataclass(frozen=True)
class Cell:
    """One fitted mean log-curve. `curve`, `low`, `high`, `residuals`: (m,), natural logarithms;
    `pairs`: (m,) the indices i of the layer pairs they belong to."""

    model: str
    corpus: str
    norm: str
    heads: str
    view: str
    head: int | None
    raw: dict[str, Any] = field(repr=False)
    curve: np.ndarray = field(repr=False)
    low: np.ndarray = field(repr=False)
    high: np.ndarray = field(repr=False)
    residuals: np.ndarray = field(repr=False)
    pairs: np.ndarray = field(repr=False)

    @classmethod
    def from_dict(cls, raw: dict[str, Any], burn_in: int = 0) -> Cell:
        curve = _curve(raw.get("curve"))
        head = raw.get("head")
        return cls(
            model=str(raw["model"]),
            corpus=str(raw["corpus"]),
            norm=str(raw["norm"]),
            heads=str(raw.get("heads") or "mean"),
            view=str(raw.get("view") or "keep"),
            head=None if head is None or head == "" or int(head) < 0 else int(head),
            raw=raw,
            curve=curve,
            low=_curve(raw.get("curve_low")),
            high=_curve(raw.get("curve_high")),
            residuals=_curve(raw.get("residuals")),
            pairs=np.arange(burn_in, burn_in + len(curve)),
        )

    def number(self, key: str) -> float | None:
        """A scalar of the file ("lambda", "drop", "r2" …), None where it is undefined."""
        return _number(self.raw.get(key))

    def count(self, key: str) -> int:
        return int(self.raw.get(key) or 0)

    @property
    def control_of(self) -> str:
        """The trained model's id of an untrained control, else empty."""
        return str(self.raw.get("control_of") or "")

    @property
    def verdict(self) -> str:
        """One of VERDICTS; a control's is shown but never `supported`; empty where there is
        none."""
        return str(self.raw.get("verdict") or "")

    @property
    def excluded(self) -> dict[str, int]:
        """Sequences left out of this cell, by reason."""
        return {str(k): int(v) for k, v in (self.raw.get("excluded") or {}).items() if v}

    @property
    def laws(self) -> dict[str, dict[str, Any]]:
        """Law → parameters, `lolo` (leave-one-layer-out error), `forecast`, `rms`, `status`, in
        LAWS' order."""
        found = self.raw.get("laws") or {}
        known = [law for law in LAWS if law in found]
        return {law: found[law] for law in [*known, *(k for k in found if k not in known)]}

    @property
    def reason(self) -> str:
        return str(self.raw.get("reason") or "")

    @property
    def reasons(self) -> list[str]:
        return [str(reason) for reason in self.raw.get("reasons") or ()]

    @property
    def flags(self) -> list[str]:
        return [str(flag) for flag in self.raw.get("flags") or ()]

    @property
    def criterion(self) -> str:
        """What the original experiment would have said: "lambda > 0" …; empty where undefined."""
        return str(self.raw.get("original_criterion") or "")

    @property
    def has_band(self) -> bool:
        return len(self.low) == len(self.high) == len(self.curve) > 0

    def fitted(self) -> np.ndarray:
        """(m,) the exponential fit in natural logarithms; NaN where λ or C is undefined."""
        rate, scale = self.number("lambda"), self.number("amplitude")
        if rate is None or scale is None or scale <= 0:
            return np.full(len(self.curve), np.nan)
        return math.log(scale) - rate * (self.pairs - self.pairs[:1])


@dataclass(frozen=True)
class Series:
    """What one figure shows: every model of one (corpus, norm, heads, view)."""

    corpus: str
    norm: str
    heads: str
    view: str


@dataclass(frozen=True)
class Summary:
    raw: dict[str, Any] = field(repr=False)
    cells: list[Cell]
    file: Path

    def series(self) -> list[Series]:
        """Every (corpus, norm, heads, view) of head means, in the file's order, the primary norm
        (and the view `keep`) first."""
        found = dict.fromkeys(
            Series(c.corpus, c.norm, c.heads, c.view) for c in self.cells if c.heads == "mean"
        )
        return sorted(found, key=lambda s: (s.norm != self.primary_norm, s.view != "keep"))

    def of(self, series: Series) -> list[Cell]:
        """The cells of one series, each trained model followed by its controls."""
        cells = [c for c in self.cells if Series(c.corpus, c.norm, c.heads, c.view) == series]
        return with_controls(cells)

    @cached_property
    def controls(self) -> dict[tuple[str, str, str, str, str], list[Cell]]:
        """(trained model, corpus, norm, heads, view) → its untrained controls."""
        out: dict[tuple[str, str, str, str, str], list[Cell]] = {}
        for c in self.cells:
            if c.control_of:
                key = (c.control_of, c.corpus, c.norm, c.heads, c.view)
                out.setdefault(key, []).append(c)
        return out

    def across(self, what: str) -> list[dict[str, Any]]:
        """A list of `across_models` ("depth", "variance" …), empty where there is none."""
        return [dict(e) for e in (self.raw.get("across_models") or {}).get(what) or ()]

    @property
    def primary_norm(self) -> str:
        named = self.options.get("primary_norm")
        norms = [c.norm for c in self.cells]
        if named in norms:
            return str(named)
        return "frobenius" if "frobenius" in norms or not norms else norms[0]

    @property
    def level(self) -> float:
        """Of every interval."""
        return float(self.options.get("level") or 0.95)

    def primary_cells(self) -> list[Cell]:
        """The trained models' cells that the verdict is about: primary norm, head mean, special
        tokens kept (or the only view)."""
        cells = [c for c in self.cells if c.heads == "mean" and c.norm == self.primary_norm]
        view = "keep" if any(c.view == "keep" for c in cells) else cells[0].view if cells else ""
        return [c for c in cells if not c.control_of and c.view == view]

    @property
    def partial(self) -> str:
        """Empty for a complete run, else what is missing in a few words."""
        if not self.raw.get("partial"):
            return ""
        tasks = self.raw.get("tasks")
        if isinstance(tasks, dict) and {"done", "all"} <= tasks.keys():
            return f"{tasks['done']:,} of {tasks['all']:,} tasks"
        return "not all tasks are measured"

    @property
    def mixed(self) -> str:
        """Empty, or the devices and precisions whose rows are mixed."""
        machines = self.raw.get("machines") or ()
        return "; ".join(map(str, machines)) if len(machines) > 1 else ""

    @property
    def options(self) -> dict[str, Any]:
        """What reduce was told: level, interval, thresholds."""
        return dict(self.raw.get("options") or {})

    @property
    def excluded(self) -> dict[str, int]:
        """Sequences left out, by reason."""
        return {str(k): int(v) for k, v in (self.raw.get("excluded") or {}).items()}


def with_controls(cells: list[Cell]) -> list[Cell]:
    """Trained models in their order, each followed by its controls; orphaned controls last."""
    ordered: list[Cell] = []
    trained = [c for c in cells if not c.control_of]
    for cell in trained:
        ordered.append(cell)
        ordered += [c for c in cells if c.control_of == cell.model]
    known = {c.model for c in trained}
    return ordered + [c for c in cells if c.control_of and c.control_of not in known]


def read_summary(run: Path) -> Summary:
    """Reads RUN/summary.json. Throws IncompleteError when there is none yet, ArchiveError when it
    is damaged."""
    file = run / "summary.json"
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        raise IncompleteError(
            f"{file}: not there yet: run `attnsweep reduce {run}` first"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{file}: cannot be read: {error}") from error
    try:
        raw = json.loads(text)
        burn_in = int((raw.get("options") or {}).get("burn_in") or 0)
        cells = [Cell.from_dict(cell, burn_in) for cell in raw["cells"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveError(
            f"{file}: is not a summary of attnsweep ({error!r}): run `attnsweep reduce {run}` again"
        ) from error
    return Summary(raw, cells, file)
