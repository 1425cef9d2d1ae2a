"""The panels. Every function takes `ax=` (the current axes where it is left out), draws one thing
there and returns the axes; colours, markers and line styles come from the style sheet's cycle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.textpath import TextPath
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

from attnsweep import words
from attnsweep.summary import Cell, with_controls

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


def _axes(ax: Axes | None) -> Axes:
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
            cell.pairs, _clean(cell.low), _clean(cell.high), color=look.color,
            alpha=BAND_ALPHA, linewidth=0, zorder=1.5,
        )
        if len(cell.pairs) == 1:
            ax.vlines(cell.pairs, _clean(cell.low), _clean(cell.high), color=look.color)
    ax.plot(
        cell.pairs, d, color=look.color, marker=look.marker, linestyle=style,
        markerfacecolor=look.face, markeredgecolor=look.color, markersize=size,
        linewidth=mpl.rcParams["lines.linewidth"] * (0.7 if look.hollow else 1.0),
        zorder=2 if look.hollow else 3, label=cell.model, gid=f"series:{cell.model}",
    )


def _layers(ax: Axes, cells: Sequence[Cell]) -> None:
    pairs = np.concatenate([c.pairs for c in cells] or [np.array([0])])
    pairs = pairs if len(pairs) else np.array([0])
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    ax.set_xlabel(LAYERS_LABEL)
    span = max(1.0, float(pairs.max() - pairs.min()))
    ax.set_xlim(pairs.min() - 0.06 * span - (pairs.max() == pairs.min()) * 0.5,
                pairs.max() + 0.06 * span + (pairs.max() == pairs.min()) * 0.5)


def difference_label(norm: str) -> str:
    """Axis label of d_i with its unit."""
    name, _, unit = words.NORMS.get(norm, (norm, "", "dimensionless"))
    return f"$d_i$, {name}\n({unit})"


def _nothing(ax: Axes, why: str) -> None:
    ax.text(0.5, 0.5, why, transform=ax.transAxes, ha="center", va="center", color="0.35",
            gid="nothing")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.minorticks_off()


def plot_curves(
    cells: Sequence[Cell], ax: Axes | None = None, *, styles: dict[str, Look] | None = None
) -> Axes:
    """Geometric-mean curves d_i = exp(g_i) on a linear scale with their intervals.

    cells: of one corpus and norm; each has curve, low, high of shape (m,), which may differ in m.
    """
    ax = _axes(ax)
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
    ax = _axes(ax)
    styles = styles or looks(cells)
    ax.set_yscale("log")
    for cell in cells:
        look = styles[cell.model]
        _series(ax, cell, look, line=False)
        fit = _clean(cell.fitted())
        if len(fit) > 1 and np.isfinite(fit).all():
            ax.plot(cell.pairs, fit, color=look.color, linestyle=look.linestyle, marker="none", zorder=2.5,
                    linewidth=mpl.rcParams["lines.linewidth"] * (0.7 if look.hollow else 1.0),
                    gid=f"fit:{cell.model}")
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
        inside = [t for t in MaxNLocator(nbins=5).tick_values(low, high) if low <= t <= high and t > 0]
    ax.yaxis.set_major_locator(FixedLocator(inside))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


# --- λ by model and the numbers: the same rows beside each other -----------------------------------


@dataclass(frozen=True)
class Row:
    """A line of the forest plot and of the table."""

    cells: tuple[Cell, ...]  #: the first names the row; others are drawn below it, small
    y: float  #: centre, in row units, downwards
    height: float

    @property
    def cell(self) -> Cell:
        return self.cells[0]


def rows_of(cells: Sequence[Cell], collapse: float = 0) -> list[Row]:
    """One row a model, controls under their trained model. With `collapse`, the height of a row,
    controls share the row of their trained model."""
    rows: list[Row] = []
    y = 0.0
    ordered = with_controls(list(cells))
    known = {c.model for c in ordered if not c.control_of}
    for cell in ordered:
        if collapse and cell.control_of in known:
            continue
        mates = [c for c in ordered if c.control_of == cell.model] if collapse else []
        height = collapse or (1.0 if cell.control_of else 2.0)
        rows.append(Row((cell, *mates), y + height / 2, height))
        y += height
    return rows


def height_of(rows: Sequence[Row]) -> float:
    return sum(row.height for row in rows)


def _row_axis(ax: Axes, rows: Sequence[Row]) -> None:
    ax.set_ylim(max(1.0, height_of(rows)), 0)


def _rate_limits(cells: Sequence[Cell]) -> tuple[float, float]:
    """Limits of the λ axis: zero, every λ, and the intervals as far as they do not squash them."""
    rates = [r for c in cells if (r := c.number("lambda")) is not None]
    if not rates:
        return -1.0, 1.0
    low, high = min(0.0, *rates), max(0.0, *rates)
    span = max(high - low, 1e-9)
    ends = [e for c in cells for k in ("lambda_low", "lambda_high") if (e := c.number(k)) is not None]
    low = max(min([low, *ends]), low - 1.5 * span)
    high = min(max([high, *ends]), high + 1.5 * span)
    pad = 0.07 * (high - low)
    return low - pad, high + pad


def plot_lambda(
    cells: Sequence[Cell], ax: Axes | None = None, *, styles: dict[str, Look] | None = None,
    rows: Sequence[Row] | None = None, names: dict[str, str] | None = None,
) -> Axes:
    """λ by model with its interval; controls hollow and grey under their trained model.

    cells: of one corpus and norm. An interval that leaves the axis ends in an arrow; a model whose λ
    is undefined keeps its row and says so.
    """
    ax = _axes(ax)
    styles = styles or looks(cells)
    rows = rows_of(cells) if rows is None else rows
    names = names or {c.model: c.model for c in cells}
    _row_axis(ax, rows)
    limits = _rate_limits(cells)
    ax.set_xlim(*limits)
    ax.axvline(0, color="0.3", linewidth=0.7, zorder=1)
    for row in rows:
        for k, cell in enumerate(row.cells):
            y = row.y if len(row.cells) == 1 else row.y + (-0.22 if k == 0 else 0.24)
            _interval(ax, cell, y, styles[cell.model], limits, small=k > 0)
    ax.set_yticks([row.y for row in rows], [names[row.cell.model] for row in rows])
    for label, row in zip(ax.get_yticklabels(), rows, strict=True):
        if row.cell.control_of:
            label.set_color(CONTROL_GREY)
    ax.tick_params(axis="y", length=0, pad=4)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="y", visible=False)
    known = any(c.number("lambda") is not None for c in cells)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5, min_n_ticks=3) if known else FixedLocator([0]))
    ax.set_xlabel("decay rate λ (per layer)")
    return ax


def _interval(
    ax: Axes, cell: Cell, y: float, look: Look, limits: tuple[float, float], small: bool
) -> None:
    rate = cell.number("lambda")
    if rate is None:
        if not small:
            ax.text(0.02, y, "λ undefined", transform=ax.get_yaxis_transform(), va="center",
                    ha="left", color="0.35", fontsize=mpl.rcParams["ytick.labelsize"],
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8})
        return
    low, high = cell.number("lambda_low"), cell.number("lambda_high")
    size = mpl.rcParams["lines.markersize"] * (0.7 if small else 1.15)
    if low is not None and high is not None:
        ends = max(low, limits[0]), min(high, limits[1])
        ax.plot(ends, [y, y], color=look.color, linewidth=0.8 if look.hollow else 1.3,
                linestyle="-", marker="none", solid_capstyle="butt", zorder=2, gid=f"interval:{cell.model}")
        for end, inside, arrow in ((limits[0], low < limits[0], "<"), (limits[1], high > limits[1], ">")):
            if inside:
                ax.plot([end], [y], marker=arrow, color=look.color, linestyle="none", markersize=4, clip_on=False)
    ax.plot([rate], [y], marker=look.marker, color=look.color, markerfacecolor=look.face,
            markersize=size, linestyle="none", zorder=3, gid=f"lambda:{cell.model}")


TWO_LINES = 1.7  #: height from which a row holds a second line
COLUMNS = ("name", "lambda", "drop", "r2", "kappa", "kappa3", "criterion", "verdict")


def _columns(level: float) -> dict[str, str]:
    return {
        "name": "model", "lambda": f"λ per layer [{100 * level:g} %]", "rate": "λ", "drop": "T",
        "r2": "R²", "kappa": "κ", "kappa3": "κ₃", "criterion": "original", "verdict": "verdict",
        "reason": "reason",
    }


def _text_of(cell: Cell, column: str, name: str, short: bool) -> str:
    if column == "name":
        return name
    if column == "lambda":
        return words.rate_with_interval(cell)
    if column == "rate":
        return words.rate(cell)
    if column == "criterion":
        return words.criterion(cell)
    if column == "reason":
        return words.reason_short(cell.reason) if cell.verdict else ""
    if column == "verdict":
        if cell.control_of:
            return "untrained control"
        if short:
            return cell.verdict.replace("exponentially", "exp.") or "–"
        return cell.verdict or "–"
    return words.number(cell.number(column))


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of a text in points, in the style's font."""
    families = tuple(mpl.rcParams["font.family"]) + tuple(mpl.rcParams["font.sans-serif"])
    return _text_width(text, size, weight, tuple(mpl.rcParams["font.family"]), families)


@lru_cache(maxsize=8192)
def _text_width(text: str, size: float, weight: str, family: tuple[str, ...], _: object) -> float:
    prop = FontProperties(family=list(family), size=size, weight=weight)
    return float(TextPath((0, 0), text, prop=prop).get_extents().width) if text.strip() else 0.0


def plot_numbers(
    cells: Sequence[Cell], ax: Axes | None = None, *, rows: Sequence[Row] | None = None,
    names: dict[str, str] | None = None, columns: Sequence[str] = COLUMNS, level: float = 0.95,
) -> Axes:
    """The numbers and the verdict, typeset: one row a model, with the reason under the verdict.

    cells: of one corpus and norm; rows: as for plot_lambda, so that the two panels line up. The text
    shrinks (to 5.5 points at least) where the panel is narrow.
    """
    ax = _axes(ax)
    rows = rows_of(cells) if rows is None else rows
    names = names or {c.model: c.model for c in cells}
    short = any(len(row.cells) > 1 or row.height not in (1, 2) for row in rows)
    heads = _columns(level)
    grid = [[_text_of(r.cell, c, names[r.cell.model], short) for c in columns] for r in rows]
    width = ax.get_position().width * ax.figure.get_figwidth() * 72
    below = {r.cell.model: _below(r, columns) for r in rows}
    size, widths, gap = _fit_columns(grid, columns, heads, width, [t for t, _ in below.values()])
    ax.set_xlim(0, width)
    _row_axis(ax, rows)
    ax.axis("off")
    lefts = np.concatenate([[0.0], np.cumsum(np.array(widths) + gap)[:-1]])
    inches = ax.get_position().height * ax.figure.get_figheight()
    line = (height_of(rows) or 1.0) * (size * 1.28 / 72) / inches  # of text, in row units
    for left, wide, column in zip(lefts, widths, columns, strict=True):
        _place(ax, heads[column], column, left, wide, -0.5 * line, size, color="0.25", va="bottom")
    ax.plot([0, width], [0, 0], color="0.3", linewidth=0.6, linestyle="-", marker="none",
            clip_on=False)
    for row, texts in zip(rows, grid, strict=True):
        control = bool(row.cell.control_of)
        strong, rest = below[row.cell.model]
        y = row.y - 0.5 * line if strong or rest else row.y
        for left, wide, column, text in zip(lefts, widths, columns, texts, strict=True):
            bold = not control and column == ("verdict" if "verdict" in columns else "name")
            _place(ax, text, column, left, wide, y, size, weight="bold" if bold else "normal",
                   color=CONTROL_GREY if control else "black")
        at = lefts[list(columns).index("verdict")] if "verdict" in columns else 0.0
        if strong:
            ax.text(at, y + line, strong, fontsize=size, weight="bold", va="center_baseline")
            at += text_width(strong, size, "bold") + 0.5 * size
        if rest:
            at = max(0.0, min(at, width - text_width(rest, size)))
            ax.text(at, y + line, rest, fontsize=size, color="0.3", va="center_baseline")
    return ax


def _below(row: Row, columns: Sequence[str]) -> tuple[str, str]:
    """The second line of a row: (bold, plain)."""
    cell = row.cell
    if row.height < TWO_LINES or cell.control_of or not cell.verdict:
        return "", ""
    why = words.reason_short(cell.reason) if cell.reason else ""
    if "verdict" in columns:
        return "", "" if "reason" in columns else why
    said = f"original: {words.criterion(cell)}"
    return cell.verdict, f"({why}); {said}" if why else f"({said})"


def _place(ax: Axes, text: str, column: str, left: float, wide: float, y: float, size: float,
           va: str = "center_baseline", **style: Any) -> None:
    textual = column in ("name", "verdict", "criterion", "reason")
    x, ha = (left, "left") if textual else (left + wide, "right")
    ax.text(x, y, text, fontsize=size, ha=ha, va=va, **style)


def _fit_columns(
    grid: list[list[str]], columns: Sequence[str], heads: dict[str, str], width: float,
    below: list[str],
) -> tuple[float, list[float], float]:
    """Font size, column widths and gap, in points, so that the table is at most `width` wide."""
    size = float(mpl.rcParams["legend.fontsize"])
    bold = "verdict" if "verdict" in columns else "name"
    while True:
        widths = []
        for k, column in enumerate(columns):
            weight = "bold" if column == bold else "normal"
            widths.append(max([text_width(heads[column], size)]
                              + [text_width(row[k], size, weight) for row in grid]))
        gap = min(14.0, (width - sum(widths)) / max(1, len(columns) - 1))
        longest = max([0.0] + [text_width(t, size, "bold") for t in below])
        if (gap >= 0.8 * size and longest <= width) or size <= 5.5:
            return size, widths, max(gap, 2.0)
        size -= 0.25


def legend_handles(
    cells: Sequence[Cell], styles: dict[str, Look], names: dict[str, str], level: float
) -> list[Any]:
    """Entries for the legend below the curves: every trained model, then controls, band and fit."""
    handles: list[Any] = []
    size = mpl.rcParams["lines.markersize"]
    many = len({s.color for s in styles.values() if not s.hollow}) <= 1 < sum(
        not s.hollow for s in styles.values()
    )
    trained = [c for c in cells if not c.control_of]
    for cell in trained[: 1 if many else None]:
        look = styles[cell.model]
        handles.append(Line2D([], [], color=look.color, marker=look.marker, markersize=size,
                              linestyle=look.linestyle,
                              label="trained model" if many else names[cell.model]))
    controls = [c for c in cells if c.control_of]
    if controls:
        look = styles[controls[0].model]
        seeds = max(sum(c.control_of == p for c in controls) for p in {c.control_of for c in controls})
        label = "untrained control" + (f" ({seeds} seeds)" if seeds > 1 else "")
        handles.append(Line2D([], [], color=look.color, marker=look.marker, markersize=size * 0.8,
                              markerfacecolor="white", linestyle=look.linestyle, label=label))
    if any(c.has_band for c in cells):
        handles.append(Patch(facecolor="0.3", alpha=2 * BAND_ALPHA, linewidth=0,
                             label=f"{100 * level:g} % interval"))
    return handles
