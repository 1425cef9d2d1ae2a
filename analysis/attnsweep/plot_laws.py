"""The five laws beside a mean curve, and what each leaves over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from attnsweep import plot, words
from attnsweep.laws import fitted_laws, law_residuals
from attnsweep.summary import LAWS, Cell

#: law → colour, line style, marker: Okabe and Ito's colours, distinct without colour too.
LAW_LOOKS: Mapping[str, tuple[str, Any, str]] = {
    "constant": ("0.45", (0, (1, 1.5)), "_"),
    "exponential": ("#0072B2", "-", "o"),
    "power": ("#D55E00", (0, (5, 1.5)), "s"),
    "linear": ("#009E73", (0, (5, 1.2, 1.2, 1.2)), "^"),
    "floor": ("#CC79A7", (0, (2.5, 1.2)), "D"),
}


def plot_laws(cell: Cell, ax: Axes | None = None) -> Axes:
    """The mean curve of one cell (black, with its interval; (m,) points) on a logarithmic scale and
    every fitted law."""
    ax = plot.axes_or_current(ax)
    ax.set_yscale("log")
    limits = plot.log_limits([cell])
    plot.layer_axis(ax, [cell])
    ax.set_ylabel(plot.difference_label(cell.norm))
    if limits is None:
        ax.set_yscale("linear")
        plot.nothing(ax, "no usable values")
        return ax
    d = plot.clean(cell.curve)
    if cell.has_band:
        ax.fill_between(
            cell.pairs, plot.clean(cell.low), plot.clean(cell.high), color="0.8", linewidth=0
        )
    for law, (pairs, curve) in fitted_laws(cell, 121).items():
        color, style, _ = LAW_LOOKS[law]
        ax.plot(
            pairs, plot.clean(curve), color=color, linestyle=style, marker="none", gid=f"law:{law}"
        )
    ax.plot(
        cell.pairs, d, color="black", marker="o", linestyle="none", zorder=3, gid="curve",
        clip_on=False,
    )  # fmt: skip
    ax.set_ylim(*limits)
    plot.log_ticks(ax)
    return ax


def plot_residuals(cell: Cell, ax: Axes | None = None) -> Axes:
    """g_i minus each fitted law, in units of ln d: (m,) points a law."""
    ax = plot.axes_or_current(ax)
    plot.layer_axis(ax, [cell])
    ax.set_ylabel("ln d − law")
    residuals = law_residuals(cell)
    if not residuals:
        plot.nothing(ax, "no fit")
        return ax
    ax.axhline(0, color="0.3", linewidth=0.6, zorder=1)
    size = 0.75 * mpl.rcParams["lines.markersize"]
    for law, left in residuals.items():
        color, style, marker = LAW_LOOKS[law]
        ax.plot(
            cell.pairs, left, color=color, linestyle=style, marker=marker, linewidth=0.7,
            markersize=size, gid=f"residual:{law}",
        )  # fmt: skip
    top = max(float(np.nanmax(np.abs(np.concatenate(list(residuals.values()))))), 1e-12)
    ax.set_ylim(-1.1 * top, 1.1 * top)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, symmetric=True))
    return ax


def law_handles() -> list[Line2D]:
    """Entries for a legend of the laws."""
    return [
        Line2D([], [], color=color, linestyle=style, marker="none", label=words.LAWS.get(law, law))
        for law, (color, style, _) in ((law, LAW_LOOKS[law]) for law in LAWS)
    ]
