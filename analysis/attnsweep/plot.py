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


def clean(values: np.ndarray) -> np.ndarray:
    """exp of log-values, NaN where that is no finite number."""
    with np.errstate(over="ignore"):
        out = np.exp(values)
    out[~np.isfinite(out)] = np.nan
    return out


def _series(ax: Axes, cell: Cell, look: Look, line: bool) -> None:
    d = clean(cell.curve)
    style = look.linestyle if line else "none"
    size = mpl.rcParams["lines.markersize"] * (0.8 if look.hollow else 1.0)
    if cell.has_band:
        ax.fill_between(
            cell.pairs,
            clean(cell.low),
            clean(cell.high),
            color=look.color,
            alpha=BAND_ALPHA,
            linewidth=0,
            zorder=1.5,
        )
        if len(cell.pairs) == 1:
            ax.vlines(cell.pairs, clean(cell.low), clean(cell.high), color=look.color)
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


def layer_axis(ax: Axes, cells: Sequence[Cell]) -> None:
    """Whole numbers and the name on the axis of layer pairs."""
    ax.xaxis.set_major_locator(
        MaxNLocator(nbins=8, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10])
    )
    ax.set_xlabel(LAYERS_LABEL)
    ax.set_xlim(*layer_limits(cells))


def difference_label(norm: str) -> str:
    """Axis label of d_i with its unit."""
    name, _, unit = words.NORMS.get(norm, (norm, "", "dimensionless"))
    return f"$d_i$, {name}\n({unit})"


def nothing(ax: Axes, why: str) -> None:
    """Says in an axes why it is empty."""
    ax.text(
        0.5, 0.5, why, transform=ax.transAxes, ha="center", va="center", color="0.35", gid="nothing"
    )
    ax.set_xticks([])
    ax.set_yticks([])
    ax.minorticks_off()


def _values(cells: Sequence[Cell], which: str) -> np.ndarray:
    """Every value of the curves, the bands or the fits, as d."""
    parts = [np.empty(0)]
    for cell in cells:
        if which == "curve":
            parts.append(cell.curve)
        elif which == "band" and cell.has_band:
            parts += [cell.low, cell.high]
        elif which == "fit":
            parts.append(cell.fitted())
    return clean(np.concatenate(parts))


def layer_limits(cells: Sequence[Cell]) -> tuple[float, float]:
    """Limits of the axis of layer pairs."""
    pairs = np.concatenate([np.empty(0), *(c.pairs for c in cells)])
    pairs = pairs if len(pairs) else np.zeros(1)
    span = max(1.0, float(pairs.max() - pairs.min()))
    pad = 0.06 * span + (pairs.max() == pairs.min()) * 0.5
    return float(pairs.min() - pad), float(pairs.max() + pad)


def linear_limits(cells: Sequence[Cell]) -> tuple[float, float] | None:
    """Limits of d on a linear scale, from 0; None where no value is usable. An interval from very
    few documents does not squash every curve."""
    values = _values(cells, "curve")
    if not np.isfinite(values).any():
        return None
    top = float(np.nanmax(values))
    highest = np.nanmax(np.concatenate([values, _values(cells, "band")]))
    return 0.0, 1.06 * min(float(highest), 3 * top)


def log_limits(cells: Sequence[Cell]) -> tuple[float, float] | None:
    """Limits of d on a logarithmic scale; None where no value is usable."""
    values = _values(cells, "curve")
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        return None
    both = np.concatenate([values, _values(cells, "band"), _values(cells, "fit")])
    both = both[np.isfinite(both) & (both > 0)]
    low = max(float(both.min()), float(values.min()) / 3)
    high = min(float(both.max()), float(values.max()) * 3)
    pad = max(0.05 * math.log(high / low), 0.03)
    return low * math.exp(-pad), high * math.exp(pad)


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
    layer_axis(ax, cells)
    if cells:
        ax.set_ylabel(difference_label(cells[0].norm))
    limits = linear_limits(cells)
    if limits is None:
        nothing(ax, "no usable values")
        return ax
    ax.set_ylim(*limits)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    plain = 1e-3 < limits[1] / 1.06 < 1e5
    ax.ticklabel_format(axis="y", style="plain" if plain else "sci", scilimits=(0, 0))
    return ax


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
        fit = clean(cell.fitted())
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
    layer_axis(ax, cells)
    if cells:
        ax.set_ylabel(difference_label(cells[0].norm))
    limits = log_limits(cells)
    if limits is None:
        ax.set_yscale("linear")
        nothing(ax, "no usable values")
        return ax
    ax.set_ylim(*limits)
    log_ticks(ax)
    return ax


def log_tick_values(low: float, high: float) -> list[float] | None:
    """Ticks for a logarithmic axis, at least two of them however short it is; None where plain
    decades do."""
    decades = math.log10(high / low)
    if decades > 4:
        return None
    if decades >= 2:
        ticks = LogLocator(base=10, numticks=8).tick_values(low, high)
    else:
        ticks = LogLocator(base=10, subs=(1.0, 2.0, 5.0), numticks=12).tick_values(low, high)
    inside = [t for t in ticks if low <= t <= high]
    if len(inside) < 3:
        inside = [
            t for t in MaxNLocator(nbins=5).tick_values(low, high) if low <= t <= high and t > 0
        ]
    return inside


def log_ticks(ax: Axes) -> None:
    """Plain numbers on a logarithmic axis."""
    ax.yaxis.set_minor_locator(NullLocator())
    ticks = log_tick_values(*ax.get_ylim())
    if ticks is None:
        ax.yaxis.set_major_locator(LogLocator(base=10, numticks=7))
        return
    ax.yaxis.set_major_locator(FixedLocator(ticks))
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
