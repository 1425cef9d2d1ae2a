"""What reduce found, as pandas frames: one row a cell, a layer pair, a law, a head."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from attnsweep.summary import SCALARS, Cell, Summary

KEYS = ["model", "corpus", "norm", "heads", "view", "head"]


def fits(summary: Summary) -> pd.DataFrame:
    """One row a cell with every number of its fit; see Run.fits."""
    rows = [
        _keys(c)
        | {"control_of": c.control_of}
        | {k: c.count(k) for k in ("sequences", "documents", "points")}
        | {k: _or_nan(c.number(k)) for k in SCALARS if k in c.raw}
        for c in summary.cells
    ]
    return _frame(rows, [*KEYS, "control_of", "sequences", "documents", "points", "lambda"])


def verdicts(summary: Summary) -> pd.DataFrame:
    """One row a trained model's cell of head means; see Run.verdicts."""
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
        for c in summary.cells
        if not c.control_of and c.heads == "mean"
    ]
    return _frame(rows, [*KEYS, "verdict", "reason"])


def heads(summary: Summary) -> pd.DataFrame:
    """One row a single head; see Run.heads."""
    drop = ("curve", "excluded")
    rows = [{k: v for k, v in h.items() if k not in drop} for h in summary.raw.get("heads") or ()]
    return _frame(rows, [*KEYS, "lambda"])


def curves(summary: Summary) -> pd.DataFrame:
    """One row a layer pair of a cell; see Run.curves."""
    rows = []
    for c in summary.cells:
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


def laws(summary: Summary) -> pd.DataFrame:
    """One row a law of a cell; see Run.laws."""
    rows = [
        _keys(c) | {"law": law} | {k: np.nan if v is None else v for k, v in values.items()}
        for c in summary.cells
        for law, values in c.laws.items()
    ]
    return _frame(rows, [*KEYS, "law", "lolo"])


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _keys(cell: Cell) -> dict[str, Any]:
    return {key: getattr(cell, key) for key in KEYS}


def _frame(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=None if rows else columns)
    if "head" in frame:
        frame["head"] = frame["head"].astype("Int64")
    return frame
