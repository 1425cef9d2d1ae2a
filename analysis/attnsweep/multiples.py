"""Small multiples: many little panels on common scales, drawn as a few collections in one axes.

Eighty matplotlib axes take seconds to make and to draw, one axes with eighty frames in it a
fraction of that; a report of forty models on ten corpora has thousands of panels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.ticker import MaxNLocator

from attnsweep import plot

SMALL = 5.5  #: points, the size of their type
#: One series: the panel's number, x and y of shape (points,)
Series = tuple[int, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Box:
    """A panel's place in inches from the lower left corner of the axes that holds them all."""

    left: float
    bottom: float
    width: float
    height: float


@dataclass(frozen=True)
class Grid:
    """n panels in rows of `columns`, each below a line with its name."""

    n: int
    columns: int
    width: float  #: inches, of all
    high: float  #: of a panel
    gap: float = 0.07
    name: float = 0.14  #: above a panel
    below: float = 0.0  #: left free below a panel, for another one

    @property
    def height(self) -> float:
        return math.ceil(self.n / self.columns) * (self.name + self.high + self.below)

    @property
    def wide(self) -> float:
        """Of a panel."""
        return (self.width - (self.columns - 1) * self.gap) / self.columns

    def boxes(self) -> list[Box]:
        step = self.name + self.high + self.below
        out = []
        for k in range(self.n):
            row, column = divmod(k, self.columns)
            bottom = self.height - row * step - self.name - self.high
            out.append(Box(column * (self.wide + self.gap), bottom, self.wide, self.high))
        return out

    def boxes_below(self, high: float) -> list[Box]:
        """As many of `high` inches, right below the others."""
        return [Box(b.left, b.bottom - high - 0.03, b.width, high) for b in self.boxes()]


class Multiples:
    """Panels of `boxes` on the scales `xlim`, `ylim` inside `ax`, which becomes theirs alone: its
    coordinates are inches. What is drawn is cut off at the panels' edges."""

    def __init__(
        self,
        ax: Axes,
        boxes: Sequence[Box],
        xlim: tuple[float, float],
        ylim: tuple[float, float],
        log: bool = False,
    ) -> None:
        self.ax, self.boxes, self.xlim, self.ylim = ax, list(boxes), xlim, ylim
        self.log = log
        ax.set_axis_off()

    def place(self, k: int, x: Any, y: Any) -> np.ndarray:
        """(points, 2): inches of the points (x, y) of panel k. NaN stays NaN."""
        box = self.boxes[k]
        y = np.clip(np.asarray(y, float), *self.ylim)
        low, high = self.ylim
        if self.log:
            with np.errstate(invalid="ignore"):
                y, low, high = np.log(y), math.log(low), math.log(high)
        u = (np.asarray(x, float) - self.xlim[0]) / (self.xlim[1] - self.xlim[0])
        v = (y - low) / (high - low)
        return np.column_stack([box.left + u * box.width, box.bottom + v * box.height])

    def lines(self, series: Sequence[Series], gid: str, **style: Any) -> None:
        """A line each."""
        found = [self.place(*one) for one in series if len(one[1]) > 1]
        self.ax.add_collection(LineCollection(found, gid=gid, **style), autolim=False)

    def bands(
        self, series: Sequence[tuple[int, np.ndarray, np.ndarray, np.ndarray]], **style: Any
    ) -> None:
        """The area between two lines each: (panel, x, low, high)."""
        found = [
            np.concatenate([self.place(k, x, low), self.place(k, x, high)[::-1]])
            for k, x, low, high in series
            if len(x) > 1 and np.isfinite(low).all() and np.isfinite(high).all()
        ]
        self.ax.add_collection(PolyCollection(found, linewidths=0, **style), autolim=False)

    def points(self, series: Sequence[Series], gid: str, **style: Any) -> None:
        """Markers of all series at once."""
        found = np.concatenate([np.empty((0, 2)), *(self.place(*one) for one in series)])
        self.ax.plot(
            found[:, 0], found[:, 1], linestyle="none", gid=gid, **({"clip_on": False} | style)
        )

    def frame(
        self,
        columns: int,
        yticks: dict[float, str],
        xticks: Sequence[float] = (),
        zero: bool = False,
    ) -> None:
        """Axis lines and grid of every panel; numbers at the first of a row, and below the last of
        a column. `zero`: a line at 0."""
        width, color = mpl.rcParams["axes.linewidth"], mpl.rcParams["grid.color"]
        grid, edges, nought = [], [], []
        for k, b in enumerate(self.boxes):
            right = b.left + b.width
            for tick in yticks:
                y = self.place(k, [self.xlim[0]], [tick])[0, 1]
                grid.append([(b.left, y), (right, y)])
                if k % columns == 0:
                    self._number(b.left - 0.03, y, yticks[tick], ha="right", va="center_baseline")
            for x in xticks:
                at = self.place(k, [x], [self.ylim[0]])[0, 0]
                grid.append([(at, b.bottom), (at, b.bottom + b.height)])
                if k + columns >= len(self.boxes):
                    self._number(at, b.bottom - 0.03, f"{x:g}", ha="center", va="top")
            edges.append([(b.left, b.bottom + b.height), (b.left, b.bottom), (right, b.bottom)])
            if zero:
                y = self.place(k, [self.xlim[0]], [0.0])[0, 1]
                nought.append([(b.left, y), (right, y)])
        for lines, what in (
            (grid, {"colors": color, "linewidths": mpl.rcParams["grid.linewidth"], "zorder": 0.5}),
            (nought, {"colors": "0.5", "linewidths": 0.5, "zorder": 0.7}),
            (edges, {"colors": mpl.rcParams["axes.edgecolor"], "linewidths": width, "zorder": 2.6}),
        ):
            self.ax.add_collection(LineCollection(lines, **what), autolim=False)

    def _number(self, x: float, y: float, text: str, **place: Any) -> None:
        self.ax.text(x, y, text, fontsize=SMALL, gid="tick", **place)

    def titles(self, names: Sequence[str]) -> None:
        """A name above every panel."""
        for box, name in zip(self.boxes, names, strict=True):
            x, y = box.left + box.width / 2, box.bottom + box.height + 0.025
            self.ax.text(x, y, name, fontsize=SMALL, ha="center", va="baseline", gid="name")

    def labels(self, xlabel: str, ylabel: str, ticks: Sequence[str]) -> None:
        """The names of the axes, once for all. ticks: the numbers that stand left of the panels."""
        from attnsweep.forest import text_width

        size = mpl.rcParams["axes.labelsize"]
        wide = max([text_width(t, SMALL) for t in ticks], default=0) / 72
        bottom = min(b.bottom for b in self.boxes)
        top = max(b.bottom + b.height for b in self.boxes)
        right = max(b.left + b.width for b in self.boxes)
        if ylabel:
            self.ax.text(
                -wide - 0.08, (bottom + top) / 2, ylabel, rotation=90, ha="right", va="center",
                fontsize=size, gid="ylabel",
            )  # fmt: skip
        if xlabel:
            self.ax.text(
                right / 2, bottom - 0.19, xlabel, ha="center", va="top", fontsize=size, gid="xlabel"
            )


def thinned(values: Sequence[float], at_most: int) -> list[float]:
    """At most so many of the values, evenly spaced, the outer ones kept."""
    if len(values) <= at_most:
        return list(values)
    keep = np.unique(np.linspace(0, len(values) - 1, at_most).round().astype(int))
    return [values[k] for k in keep]


def layer_ticks(limits: tuple[float, float]) -> list[float]:
    """Two to four whole numbers inside the limits."""
    ticks = MaxNLocator(nbins=3, integer=True).tick_values(*limits)
    return [float(t) for t in ticks if limits[0] <= t <= limits[1]]


def log_tick_names(limits: tuple[float, float], at_most: int = 3) -> dict[float, str]:
    """Ticks of a small logarithmic axis with their numbers."""
    ticks = plot.log_tick_values(*limits)
    if ticks is None:
        low, high = (math.log10(v) for v in limits)
        ticks = [10.0**k for k in range(math.ceil(low), math.floor(high) + 1)]
        return {t: f"$10^{{{round(math.log10(t))}}}$" for t in thinned(ticks, at_most)}
    return {t: f"{t:.4g}" for t in thinned(ticks, at_most)}


def linear_tick_names(limits: tuple[float, float]) -> dict[float, str]:
    ticks = MaxNLocator(nbins=2).tick_values(*limits)
    return {float(t): f"{t:.4g}".replace("-", "−") for t in ticks if limits[0] <= t <= limits[1]}
