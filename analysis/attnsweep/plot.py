"""The curves. Every function takes `ax=` (the current axes where it is left out), draws one thing
there and returns the axes; colours, markers and line styles come from the style sheet's cycle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

from attnsweep import words
from attnsweep.summary import Cell

LAYERS_LABEL = r"layer pair $i$  (layer $i$ to layer $i+1$)"
CONTROL_GREY = "0.45"
BAND_ALPHA = 0.18


@dataclass(frozen=True)
class Look:
    """How one model's series is drawn."""

    color: Any
    marker: Any
    linestyle: Any
    hollow: bool = False

    @property
    def face(self) -> Any:
        return "white" if self.hollow else self.color


def looks(cells: Sequence[Cell], one_for_all: bool = False) -> dict[str, Look]:
    """Model → its look: the style's cycle for trained models; grey, dotted, hollow, with the marker
    of its trained model for a control."""
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    out: dict[str, Look] = {}
    trained = list(dict.fromkeys(c.model for c in cells if not c.control_of))
    for k, model in enumerate(trained):
        entry = cycle[0 if one_for_all else k % len(cycle)]
        out[model] = Look(
            entry.get("color", "C0"), entry.get("marker", "o"), entry.get("linestyle", "-")
        )
    for cell in cells:
        if cell.control_of:
            parent = out.get(cell.control_of)
            marker = parent.marker if parent else "o"
            out[cell.model] = Look(CONTROL_GREY, marker, (0, (1, 1)), hollow=True)
    return out


def axes_or_current(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.gca()


def _clean(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        out = np.exp(values)
    out[~np.isfinite(out)] = np.nan
    return out


def _series(ax: Axes, cell: Cell, look: Look, line: bool) -> None:
    d = _clean(cell.curve)
    style = look.linestyle if line else "none"
    size = mpl.rcParams["lines.markersize"] * (0.8 if look.hollow else 1.0)
    if cell.has_band:
        ax.fill_between(
            cell.pairs,
            _clean(cell.low),
            _clean(cell.high),
            color=look.color,
            alpha=BAND_ALPHA,
            linewidth=0,
            zorder=1.5,
        )
        if len(cell.pairs) == 1:
            ax.vlines(cell.pairs, _clean(cell.low), _clean(cell.high), color=look.color)
    ax.plot(
        cell.pairs,
        d,
        color=look.color,
        marker=look.marker,
        linestyle=style,
        markerfacecolor=look.face,
        markeredgecolor=look.color,
        markersize=size,
        linewidth=mpl.rcParams["lines.linewidth"] * (0.7 if look.hollow else 1.0),
        zorder=2 if look.hollow else 3,
        label=cell.model,
        gid=f"series:{cell.model}",
        clip_on=False,  # markers on the edge stay whole; the limits hold every point
    )


def _layers(ax: Axes, cells: Sequence[Cell]) -> None:
    pairs = np.concatenate([c.pairs for c in cells] or [np.array([0])])
    pairs = pairs if len(pairs) else np.array([0])
    ax.xaxis.set_major_locator(
        MaxNLocator(nbins=8, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10])
    )
    ax.set_xlabel(LAYERS_LABEL)
    span = max(1.0, float(pairs.max() - pairs.min()))
    ax.set_xlim(
        pairs.min() - 0.06 * span - (pairs.max() == pairs.min()) * 0.5,
        pairs.max() + 0.06 * span + (pairs.max() == pairs.min()) * 0.5,
    )


def difference_label(norm: str) -> str:
    """Axis label of d_i with its unit."""
    name, _, unit = words.NORMS.get(norm, (norm, "", "dimensionless"))
    return f"$d_i$, {name}\n({unit})"


def _nothing(ax: Axes, why: str) -> None:
    ax.text(
        0.5, 0.5, why, transform=ax.transAxes, ha="center", va="center", color="0.35", gid="nothing"
    )
    ax.set_xticks([])
    ax.set_yticks([])
    ax.minorticks_off()


def plot_curves(
    cells: Sequence[Cell], ax: Axes | None = None, *, styles: dict[str, Look] | None = None
) -> Axes:
    """Geometric-mean curves d_i = exp(g_i) on a linear scale with their intervals.

    cells: of one corpus and norm; each has curve, low, high of shape (m,), which may differ in m.
    """
    ax = axes_or_current(ax)
    styles = styles or looks(cells)
    for cell in cells:
        _series(ax, cell, styles[cell.model], line=True)
    values = np.concatenate([_clean(c.curve) for c in cells] or [np.array([])])
    _layers(ax, cells)
    if cells:
        ax.set_ylabel(difference_label(cells[0].norm))
    if not np.isfinite(values).any():
        _nothing(ax, "no usable values")
        return ax
    tops = [values] + [_clean(c.high) for c in cells if c.has_band]
    top = _robust_top(float(np.nanmax(values)), np.concatenate(tops))
    ax.set_ylim(0, 1.06 * top)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.ticklabel_format(axis="y", style="plain" if 1e-3 < top < 1e5 else "sci", scilimits=(0, 0))
    return ax


def _robust_top(top: float, values: np.ndarray) -> float:
    """The bands' top, unless an interval from very few documents would squash every curve."""
    return min(float(np.nanmax(values)), 3 * top)


def plot_log_curves(
    cells: Sequence[Cell], ax: Axes | None = None, *, styles: dict[str, Look] | None = None
) -> Axes:
    """The same curves on a logarithmic scale (markers) with the exponential fits C·e^(−λi) (lines).

    cells: as for plot_curves; a cell whose λ is undefined is drawn without a line.
    """
    ax = axes_or_current(ax)
    styles = styles or looks(cells)
    ax.set_yscale("log")
    for cell in cells:
        look = styles[cell.model]
        _series(ax, cell, look, line=False)
        fit = _clean(cell.fitted())
        if len(fit) > 1 and np.isfinite(fit).all():
            ax.plot(
                cell.pairs,
                fit,
                color=look.color,
                linestyle=look.linestyle,
                marker="none",
                zorder=2.5,
                linewidth=mpl.rcParams["lines.linewidth"] * (0.7 if look.hollow else 1.0),
                gid=f"fit:{cell.model}",
            )
    _layers(ax, cells)
    if cells:
        ax.set_ylabel(difference_label(cells[0].norm))
    values = np.concatenate([_clean(c.curve) for c in cells] or [np.array([])])
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        ax.set_yscale("linear")
        _nothing(ax, "no usable values")
        return ax
    band = [_clean(c.low) for c in cells if c.has_band] + [
        _clean(c.high) for c in cells if c.has_band
    ]
    both = np.concatenate([values, *band, *[_clean(c.fitted()) for c in cells]])
    both = both[np.isfinite(both) & (both > 0)]
    low = max(float(both.min()), float(values.min()) / 3)
    high = min(float(both.max()), float(values.max()) * 3)
    pad = max(0.05 * math.log(high / low), 0.03)
    ax.set_ylim(low * math.exp(-pad), high * math.exp(pad))
    log_ticks(ax)
    return ax


def log_ticks(ax: Axes) -> None:
    """Plain numbers on a logarithmic axis, at least two of them however short the axis is."""
    low, high = ax.get_ylim()
    decades = math.log10(high / low)
    ax.yaxis.set_minor_locator(NullLocator())
    if decades > 4:
        ax.yaxis.set_major_locator(LogLocator(base=10, numticks=7))
        return
    if decades >= 2:
        ticks = LogLocator(base=10, numticks=8).tick_values(low, high)
    else:
        ticks = LogLocator(base=10, subs=(1.0, 2.0, 5.0), numticks=12).tick_values(low, high)
    inside = [t for t in ticks if low <= t <= high]
    if len(inside) < 3:
        inside = [
            t for t in MaxNLocator(nbins=5).tick_values(low, high) if low <= t <= high and t > 0
        ]
    ax.yaxis.set_major_locator(FixedLocator(inside))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def legend_handles(
    cells: Sequence[Cell], styles: dict[str, Look], names: dict[str, str], level: float
) -> list[Any]:
    """Entries for the legend below the curves: every trained model, then controls, band and fit."""
    handles: list[Any] = []
    size = mpl.rcParams["lines.markersize"]
    many = (
        len({s.color for s in styles.values() if not s.hollow})
        <= 1
        < sum(not s.hollow for s in styles.values())
    )
    trained = [c for c in cells if not c.control_of]
    for cell in trained[: 1 if many else None]:
        look = styles[cell.model]
        handles.append(
            Line2D(
                [],
                [],
                color=look.color,
                marker=look.marker,
                markersize=size,
                linestyle=look.linestyle,
                label="trained model" if many else names[cell.model],
            )
        )
    controls = [c for c in cells if c.control_of]
    if controls:
        look = styles[controls[0].model]
        seeds = max(
            sum(c.control_of == p for c in controls) for p in {c.control_of for c in controls}
        )
        label = "untrained control" + (f" ({seeds} seeds)" if seeds > 1 else "")
        handles.append(
            Line2D(
                [],
                [],
                color=look.color,
                marker=look.marker,
                markersize=size * 0.8,
                markerfacecolor="white",
                linestyle=look.linestyle,
                label=label,
            )
        )
    if any(c.has_band for c in cells):
        handles.append(
            Patch(
                facecolor="0.3",
                alpha=2 * BAND_ALPHA,
                linewidth=0,
                label=f"{100 * level:g} % interval",
            )
        )
    return handles
