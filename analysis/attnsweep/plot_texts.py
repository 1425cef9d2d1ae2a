"""λ by model, with the spread of single texts behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from attnsweep import plot
from attnsweep.plot import CONTROL_GREY, Look
from attnsweep.summary import Cell, with_controls

BINS = 60
PERCENTS = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class Spread:
    """How λ_s is spread over the texts of a cell. `edges` (bins + 1,), `counts` (bins,) cover the
    middle 99 % of the texts; `quantiles` (5,) at PERCENTS."""

    n: int  #: texts with a rate
    of: int  #: texts of the cell, more where only a sample was read
    edges: np.ndarray
    counts: np.ndarray
    quantiles: np.ndarray

    @classmethod
    def of_rates(cls, rates: np.ndarray, of: int | None = None) -> Spread:
        """rates: λ_s of shape (texts,); NaN is left out. `of`: how many texts there are."""
        known = np.asarray(rates, float)
        known = known[np.isfinite(known)]
        n = len(known)
        if not n:
            return cls(0, of or 0, np.zeros(1), np.zeros(0), np.full(len(PERCENTS), np.nan))
        low, high = np.percentile(known, [0.5, 99.5])
        if high <= low:
            low, high = low - 1e-9, high + 1e-9
        bins = int(min(BINS, max(8, 2 * n ** (1 / 3))))
        counts, edges = np.histogram(known, bins, (low, high))
        return cls(n, of or n, edges, counts, np.percentile(known, PERCENTS))


def plot_texts(
    cells: Sequence[Cell],
    texts: Mapping[str, Spread | np.ndarray],
    ax: Axes | None = None,
    *,
    styles: dict[str, Look] | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """One row a model: the distribution of λ_s over its texts (grey shape and bars: 5, 25, 75 and
    95 %), on it λ, their mean, with its interval.

    cells: of one corpus and norm. texts: model → λ_s of shape (texts,) or their Spread; a model
    without one shows λ alone.
    """
    ax = plot.axes_or_current(ax)
    styles = styles or plot.looks(cells)
    ordered = with_controls(list(cells))
    names = names or {c.model: c.model for c in ordered}
    ends = [0.0]
    for y, cell in enumerate(ordered):
        found = texts.get(cell.model)
        spread = found if isinstance(found, Spread) or found is None else Spread.of_rates(found)
        if spread is not None and spread.n:
            _shape(ax, cell, y, spread)
            ends += [float(spread.edges[0]), float(spread.edges[-1])]
        ends += _rate(ax, cell, y, styles[cell.model])
    ax.axvline(0, color="0.3", linewidth=0.7, zorder=1)
    ax.set_ylim(len(ordered) - 0.4, -0.6)
    ax.set_yticks(range(len(ordered)), [names[c.model] for c in ordered])
    for label, cell in zip(ax.get_yticklabels(), ordered, strict=True):
        if cell.control_of:
            label.set_color(CONTROL_GREY)
    ax.tick_params(axis="y", length=0, pad=4)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="y", visible=False)
    pad = 0.06 * max(max(ends) - min(ends), 1e-9)
    ax.set_xlim(min(ends) - pad, max(ends) + pad)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.set_xlabel("decay rate λ (per layer)")
    return ax


def _shape(ax: Axes, cell: Cell, y: float, spread: Spread) -> None:
    middle = (spread.edges[1:] + spread.edges[:-1]) / 2
    half = 0.27 * spread.counts / max(1, spread.counts.max())
    ax.fill_between(
        middle, y - half, y + half, step="mid", color="0.85", linewidth=0, zorder=1.2,
        gid=f"texts:{cell.model}",
    )  # fmt: skip
    five, quarter, _, three, ninety = spread.quantiles
    for low, high, width in ((five, ninety, 0.7), (quarter, three, 2.4)):
        ax.plot(
            [low, high], [y + 0.37, y + 0.37], color="0.55", linewidth=width, linestyle="-",
            marker="none", solid_capstyle="butt", zorder=1.8,
        )  # fmt: skip


def _rate(ax: Axes, cell: Cell, y: float, look: Look) -> list[float]:
    rate = cell.number("lambda")
    if rate is None:
        ax.text(
            0.02, y, "λ undefined", transform=ax.get_yaxis_transform(), va="center", color="0.35"
        )
        return []
    low, high = cell.number("lambda_low"), cell.number("lambda_high")
    if low is not None and high is not None:
        ax.plot(
            [low, high], [y, y], color=look.color, linewidth=1.3, linestyle="-", marker="none",
            zorder=2.5, gid=f"interval:{cell.model}",
        )  # fmt: skip
    ax.plot(
        [rate], [y], marker=look.marker, color=look.color, markerfacecolor=look.face, zorder=3,
        markersize=mpl.rcParams["lines.markersize"] * (0.8 if look.hollow else 1.0),
        linestyle="none", gid=f"lambda:{cell.model}",
    )  # fmt: skip
    return [rate]
