"""λ by model and the numbers: two panels whose rows line up when they stand beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FixedLocator, MaxNLocator

from attnsweep import words
from attnsweep.plot import CONTROL_GREY, Look, axes_or_current, looks
from attnsweep.summary import Cell, with_controls


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
    ends = [
        e for c in cells for k in ("lambda_low", "lambda_high") if (e := c.number(k)) is not None
    ]
    low = max(min([low, *ends]), low - 1.5 * span)
    high = min(max([high, *ends]), high + 1.5 * span)
    pad = 0.07 * (high - low)
    return low - pad, high + pad


def plot_lambda(
    cells: Sequence[Cell],
    ax: Axes | None = None,
    *,
    styles: dict[str, Look] | None = None,
    rows: Sequence[Row] | None = None,
    names: dict[str, str] | None = None,
) -> Axes:
    """λ by model with its interval; controls hollow and grey under their trained model.

    cells: of one corpus and norm. An interval that leaves the axis ends in an arrow; a model whose
    λ is undefined keeps its row and says so.
    """
    ax = axes_or_current(ax)
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
            ax.text(
                0.02,
                y,
                "λ undefined",
                transform=ax.get_yaxis_transform(),
                va="center",
                ha="left",
                color="0.35",
                fontsize=mpl.rcParams["ytick.labelsize"],
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            )
        return
    low, high = cell.number("lambda_low"), cell.number("lambda_high")
    size = mpl.rcParams["lines.markersize"] * (0.7 if small else 1.15)
    if low is not None and high is not None:
        ends = max(low, limits[0]), min(high, limits[1])
        ax.plot(
            ends,
            [y, y],
            color=look.color,
            linewidth=0.8 if look.hollow else 1.3,
            linestyle="-",
            marker="none",
            solid_capstyle="butt",
            zorder=2,
            gid=f"interval:{cell.model}",
        )
        for end, inside, arrow in (
            (limits[0], low < limits[0], "<"),
            (limits[1], high > limits[1], ">"),
        ):
            if inside:
                ax.plot(
                    [end],
                    [y],
                    marker=arrow,
                    color=look.color,
                    linestyle="none",
                    markersize=4,
                    clip_on=False,
                )
    ax.plot(
        [rate],
        [y],
        marker=look.marker,
        color=look.color,
        markerfacecolor=look.face,
        markersize=size,
        linestyle="none",
        zorder=3,
        gid=f"lambda:{cell.model}",
    )


TWO_LINES = 1.7  #: height from which a row holds a second line
LEAST_GAP = 4.0  #: points between columns
COLUMNS = ("name", "lambda", "drop", "r2", "kappa", "kappa3", "criterion", "verdict")


def _columns(level: float) -> dict[str, str]:
    return {
        "name": "model",
        "lambda": f"λ per layer [{100 * level:g} %]",
        "rate": "λ",
        "drop": "T",
        "r2": "R²",
        "kappa": "κ",
        "kappa3": "κ₃",
        "criterion": "original",
        "verdict": "verdict",
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
        if short:
            return cell.verdict.replace("exponentially", "exp.") or "–"
        return cell.verdict or "–"
    return words.number(cell.number(column))


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of a text in points, in the style's font; 3 % more than its outlines, which is what
    hinting adds on a screen."""
    families = tuple(mpl.rcParams["font.family"]) + tuple(mpl.rcParams["font.sans-serif"])
    return 1.03 * _text_width(text, size, weight, tuple(mpl.rcParams["font.family"]), families)


@lru_cache(maxsize=8192)
def _text_width(text: str, size: float, weight: str, family: tuple[str, ...], _: object) -> float:
    prop = FontProperties(family=list(family), size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, prop, ismath=False)[0])


def plot_numbers(
    cells: Sequence[Cell],
    ax: Axes | None = None,
    *,
    rows: Sequence[Row] | None = None,
    names: dict[str, str] | None = None,
    columns: Sequence[str] = COLUMNS,
    level: float = 0.95,
) -> Axes:
    """The numbers and the verdict, typeset: one row a model, with the reason under the verdict.

    cells: of one corpus and norm; rows: as for plot_lambda, so that the two panels line up. The
    text shrinks (to 5.5 points at least) where the panel is narrow.
    """
    ax = axes_or_current(ax)
    rows = rows_of(cells) if rows is None else rows
    names = names or {c.model: c.model for c in cells}
    heads = _columns(level)
    width = ax.get_position().width * ax.figure.get_figwidth() * 72
    table = _typeset(rows, names, columns, heads, width)
    ax.set_xlim(0, width)
    _row_axis(ax, rows)
    ax.axis("off")
    inches = ax.get_position().height * ax.figure.get_figheight()
    line = (height_of(rows) or 1.0) * (table.size * 1.28 / 72) / inches  # of text, in row units
    for place in table.places.values():
        head = heads[place.column]
        _place(ax, head, place, -0.5 * line, table.size, color="0.25", va="bottom")
    ax.plot(
        [0, width], [0, 0], color="0.3", linewidth=0.6, linestyle="-", marker="none", clip_on=False
    )
    for row, texts in zip(rows, table.grid, strict=True):
        _row(ax, row, texts, table, line, width)
    return ax


@dataclass(frozen=True)
class Place:
    """Where a column stands, in points."""

    column: str
    left: float
    wide: float


@dataclass(frozen=True)
class Typeset:
    """The texts of a table at the size at which they fit."""

    grid: list[list[str]]  #: by row and column
    below: dict[str, tuple[str, str]]  #: model → its second line, bold and plain
    places: dict[str, Place]
    size: float


def _typeset(
    rows: Sequence[Row],
    names: dict[str, str],
    columns: Sequence[str],
    heads: dict[str, str],
    width: float,
) -> Typeset:
    short = any(len(row.cells) > 1 or row.height not in (1, 2) for row in rows)
    below = {r.cell.model: _below(r, columns) for r in rows}
    strong = [text for text, _ in below.values()]
    for limit in range(max([8, *map(len, names.values())]), 7, -1):  # long names give way last
        names = words.shortened(list(names), limit) if limit < 40 else names
        grid = [[_text_of(r.cell, c, names[r.cell.model], short) for c in columns] for r in rows]
        size, widths, gap = _fit_columns(grid, columns, heads, width, strong)
        if gap >= LEAST_GAP or "name" not in columns:
            break
    gap = max(gap, 2.0)
    lefts = np.concatenate([[0.0], np.cumsum(np.array(widths) + gap)[:-1]])
    places = {
        column: Place(column, float(left), wide)
        for column, left, wide in zip(columns, lefts, widths, strict=True)
    }
    return Typeset(grid, below, places, size)


def _row(
    ax: Axes, row: Row, texts: Sequence[str], table: Typeset, line: float, width: float
) -> None:
    """One line of the table, and the second one below it where there is something to say."""
    control = bool(row.cell.control_of)
    strong, rest = table.below[row.cell.model]
    y = row.y - 0.5 * line if strong or rest else row.y
    most = "verdict" if "verdict" in table.places else "name"
    for place, text in zip(table.places.values(), texts, strict=True):
        bold = not control and place.column == most
        weight = "bold" if bold else "normal"
        color = CONTROL_GREY if control else "black"
        _place(ax, text, place, y, table.size, weight=weight, color=color)
    style: dict[str, Any] = {"fontsize": table.size, "va": "center_baseline"}
    at = table.places["verdict"].left if "verdict" in table.places else 0.0
    if strong:
        ax.text(at, y + line, strong, weight="bold", **style)
        at += text_width(strong, table.size, "bold") + 0.5 * table.size
    if rest:
        at = max(0.0, min(at, width - text_width(rest, table.size)))
        ax.text(at, y + line, rest, color="0.3", **style)


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


def _place(
    ax: Axes,
    text: str,
    place: Place,
    y: float,
    size: float,
    va: str = "center_baseline",
    **style: Any,
) -> None:
    textual = place.column in ("name", "verdict", "criterion", "reason")
    x, ha = (place.left, "left") if textual else (place.left + place.wide, "right")
    ax.text(x, y, text, fontsize=size, ha=ha, va=va, **style)


def _fit_columns(
    grid: list[list[str]],
    columns: Sequence[str],
    heads: dict[str, str],
    width: float,
    below: list[str],
) -> tuple[float, list[float], float]:
    """Font size, column widths and gap, in points, so that the table is at most `width` wide."""
    size = float(mpl.rcParams["legend.fontsize"])
    bold = "verdict" if "verdict" in columns else "name"
    while True:
        widths = []
        for k, column in enumerate(columns):
            weight = "bold" if column == bold else "normal"
            widths.append(
                max(
                    [text_width(heads[column], size)]
                    + [text_width(row[k], size, weight) for row in grid]
                )
            )
        gap = min(14.0, (width - sum(widths)) / max(1, len(columns) - 1))
        longest = max([0.0] + [text_width(t, size, "bold") for t in below])
        if (gap >= 0.8 * size and longest <= width) or size <= 5.5:
            return size, widths, gap
        size -= 0.25
