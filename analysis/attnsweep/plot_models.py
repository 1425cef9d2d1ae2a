"""Across models: against depth and size, effective depth, with and without special tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from attnsweep import plot, words
from attnsweep.summary import Cell

#: quantity of `across_models.depth` → its name, its axis
QUANTITIES = {
    "lambda_all": ("λ, all points", "λ (per layer)"),
    "lambda_window": ("λ, common window", "λ (per layer)"),
    "drop_all": ("T, all points", "T (nats)"),
    "drop_relative": ("T by relative depth", "T (nats)"),
}
AGAINST = {"depth": "layers", "parameters": "parameters"}
#: of relative ε first: colour, marker
EPSILON_LOOKS = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"))


def _value(raw: Mapping[str, Any], key: str) -> float:
    value = raw.get(key)
    return float(value) if isinstance(value, (int, float)) else math.nan


def plot_depth(
    entry: Mapping[str, Any],
    ax: Axes | None = None,
    *,
    quantity: str = "lambda_all",
    names: Mapping[str, str] | None = None,
) -> Axes:
    """A rate or drop of every model against its layers or parameters, with intervals; Kendall's τ
    and its one-sided p below.

    entry: one of summary.json's across_models.depth; quantity: a key of QUANTITIES.
    """
    ax = plot.axes_or_current(ax)
    models = entry.get("models") or []
    against = str(entry.get("against") or "depth")
    x = np.array([_value(m, "value") for m in models])
    y = np.array([_value(m, quantity) for m in models])
    ends = [np.array([_value(m, f"{quantity}_{end}") for m in models]) for end in ("low", "high")]
    lineages = list(dict.fromkeys(str(m.get("lineage") or m["model"]) for m in models))
    if against == "parameters" and (x > 0).all() and len(x):
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator(_few_decades(x)))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: words.count_short(v)))
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    for k, model in enumerate(models):
        look = cycle[lineages.index(str(model.get("lineage") or model["model"])) % len(cycle)]
        color = look.get("color", "C0")
        if np.isfinite([ends[0][k], ends[1][k]]).all():
            ax.plot(
                [x[k], x[k]], [ends[0][k], ends[1][k]], color=color, linestyle="-", marker="none",
                linewidth=1.0,
            )  # fmt: skip
        ax.plot(
            [x[k]], [y[k]], color=color, marker=look.get("marker", "o"), linestyle="none",
            gid=f"model:{model['model']}",
        )  # fmt: skip
    ax.set_xlabel(AGAINST.get(against, against))
    ax.set_ylabel(QUANTITIES.get(quantity, (quantity, quantity))[1])
    ax.margins(x=0.12, y=0.15)
    if against == "depth":
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
    if not np.isfinite(y).any():
        plot.nothing(ax, "no usable values")
    return ax


def _few_decades(x: np.ndarray) -> list[float]:
    """Ticks of a logarithmic axis over x."""
    low, high = float(x.min()) / 1.4, float(x.max()) * 1.4
    steps = (1.0,) if high / low > 1000 else (1.0, 3.0) if high / low > 30 else (1.0, 2.0, 5.0)
    ticks = [s * 10.0**k for k in range(0, 14) for s in steps]
    return [t for t in ticks if low <= t <= high] or [float(x.min())]


def depth_test(entry: Mapping[str, Any], quantity: str) -> str:
    """ "τ = −0.52, p = 0.004" for a quantity, or why there is no test."""
    row = next((r for r in entry.get("rows") or () if r.get("quantity") == quantity), {})
    tau = row.get("tau")
    if not isinstance(tau, (int, float)):
        return "no test"
    said = f"τ = {words.number(tau)}"
    if entry.get("verdict") == "too_few_models":
        return f"{said}, too few models"
    return said + f", p = {words.p_value(row.get('p'))}"


def plot_effective_depth(
    cells: Sequence[Cell], ax: Axes | None = None, *, which: Sequence[int] | None = None
) -> Axes:
    """The first layer pair from which d stays below ε, against the real number of layer pairs; a
    triangle on the dashed line: not within the measured pairs.

    cells: of one corpus and norm, with `effective_depth`. which: numbers of the ε to draw, all
    where left out.
    """
    ax = plot.axes_or_current(ax)
    top = 1.0
    found = False
    for cell in cells:
        pairs = float(cell.count("pairs") or len(cell.curve))
        top = max(top, pairs)
        for k, one in enumerate(cell.raw.get("effective_depth") or ()):
            if which is not None and k not in which:
                continue
            found = True
            _reach(ax, cell, k, one, pairs)
    if not found:
        plot.nothing(ax, "no effective depth")
    ax.plot([0, top], [0, top], color="0.6", linewidth=0.7, linestyle=(0, (4, 2)), marker="none")
    ax.set(xlim=(0, 1.06 * top), ylim=(0, 1.1 * top))
    ax.set_xlabel("layer pairs of the model")
    ax.set_ylabel("effective depth (layer pairs)")
    return ax


def _reach(ax: Axes, cell: Cell, k: int, one: Mapping[str, Any], pairs: float) -> None:
    color, marker = EPSILON_LOOKS[k % len(EPSILON_LOOKS)]
    x = pairs * (1 + 0.012 * k)  # several ε of a model stand beside each other
    n, low, high = (_value(one, key) for key in ("n", "low", "high"))
    low = pairs if one.get("low_beyond") else low
    high = pairs if one.get("high_beyond") else high
    if np.isfinite([low, high]).all() and high > low:
        ax.plot([x, x], [low, high], color=color, linestyle="-", marker="none", linewidth=0.9)
    beyond = bool(one.get("n_beyond"))
    if not beyond and not math.isfinite(n):
        return
    ax.plot(
        [x], [pairs if beyond else n], color=color, linestyle="none", zorder=3, clip_on=False,
        marker=10 if beyond else marker,  # 10: a triangle that points up from its base
        markerfacecolor="white" if one.get("extrapolated") else color,
        gid=f"reach:{cell.model}:{k}",
    )  # fmt: skip


def epsilon_name(one: Mapping[str, Any]) -> str:
    """ "ε = 0.5 of the first" or "ε = 0.1"."""
    return f"ε = {_value(one, 'epsilon'):g}" + (" of the first" if one.get("relative") else "")


def plot_special_tokens(
    kept: Sequence[Cell],
    dropped: Sequence[Cell],
    ax: Axes | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """λ of each trained model with special tokens (filled) and without them (hollow square), each
    with its interval.

    kept, dropped: cells of one corpus and norm, of the views keep and drop.
    """
    ax = plot.axes_or_current(ax)
    other = {c.model: c for c in dropped}
    rows = [c for c in kept if not c.control_of and c.model in other]
    names = names or {c.model: c.model for c in rows}
    styles = plot.looks(rows, one_for_all=True)
    for y, cell in enumerate(rows):
        color = styles[cell.model].color
        for one, shift, marker, face in (
            (cell, -0.16, "o", color),
            (other[cell.model], 0.16, "s", "white"),
        ):
            rate = one.number("lambda")
            low, high = one.number("lambda_low"), one.number("lambda_high")
            if low is not None and high is not None:
                ax.plot(
                    [low, high], [y + shift] * 2, color=color, linestyle="-", marker="none",
                    linewidth=1.0,
                )  # fmt: skip
            if rate is not None:
                ax.plot(
                    [rate], [y + shift], marker=marker, color=color, markerfacecolor=face,
                    linestyle="none", zorder=3, gid=f"{one.view}:{one.model}",
                )  # fmt: skip
    ax.axvline(0, color="0.3", linewidth=0.7, zorder=1)
    ax.set_ylim(max(0, len(rows) - 1) + 0.6, -0.6)
    ax.set_yticks(range(len(rows)), [names[c.model] for c in rows])
    ax.tick_params(axis="y", length=0, pad=4)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="y", visible=False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.set_xlabel("decay rate λ (per layer)")
    if not rows:
        plot.nothing(ax, "only one view was measured")
    return ax
