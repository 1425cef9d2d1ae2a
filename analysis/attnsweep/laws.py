"""The laws of decay as curves, with the parameters that reduce fitted to the mean log-curve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from attnsweep.summary import LAWS, Cell

#: law → its parameters in summary.json, beside a
PARAMETERS = {
    "constant": (),
    "exponential": ("lambda",),
    "power": ("p",),
    "linear": ("q",),
    "floor": ("rho", "beta"),
}
FORMULAS = {
    "constant": "ln d = a",
    "exponential": "ln d = a − λ i",
    "power": "ln d = a − p ln(i + 1)",
    "linear": "ln d = a + ln(1 − q i/(m − 1))",
    "floor": "ln d = a + ln((1 − β) e^(−ρ i/(m − 1)) + β)",
}


def law_curve(law: str, fit: Mapping[str, Any], i: np.ndarray, m: int) -> np.ndarray:
    """ln d of a law at the positions i (points,), counted from the first usable layer pair of m;
    NaN where a parameter is undefined or the law has no value."""
    parameters = [fit.get(name) for name in ("a", *PARAMETERS[law])]
    i = np.asarray(i, float)
    if any(p is None or not math.isfinite(p) for p in parameters):
        return np.full(i.shape, np.nan)
    a, *rest = map(float, parameters)  # type: ignore[arg-type]
    x = i / max(1, m - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        if law == "exponential":
            return a - rest[0] * i
        if law == "power":
            return a - rest[0] * np.log(i + 1)
        if law == "linear":
            return a + np.log(1 - rest[0] * x)
        if law == "floor":
            return a + np.log((1 - rest[1]) * np.exp(-rest[0] * x) + rest[1])
    return np.full(i.shape, a)


def fitted_laws(cell: Cell, points: int = 0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Law → (layer pairs, ln d of the fitted law), each (m,), or `points` of them evenly spaced
    over the same range. Laws without a fit are left out."""
    m = len(cell.curve)
    if m < 2:
        return {}
    i = np.arange(m, dtype=float) if points < 2 else np.linspace(0, m - 1, points)
    out = {}
    for law in LAWS:
        curve = law_curve(law, cell.laws.get(law) or {}, i, m)
        if np.isfinite(curve).any():
            out[law] = (i + cell.pairs[0], curve)
    return out


def law_residuals(cell: Cell) -> dict[str, np.ndarray]:
    """Law → (m,) g_i minus the fitted law, in units of ln d."""
    return {law: cell.curve - curve for law, (_, curve) in fitted_laws(cell).items()}
