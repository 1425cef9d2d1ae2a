"""The four-panel figure of the original experiment: (a) curves, (b) log scale with the fits, (c) λ
by model, (d) numbers and verdict.

Axes are placed in inches, so that a figure comes out the same whatever the number of models: up to
seven share the panels, more become small multiples on common scales.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator

from attnsweep import forest, plot, words
from attnsweep.sheet import Sheet, wrapped
from attnsweep.summary import Cell, with_controls

WIDTHS = {"page": 7.2, "column": 3.5}  #: inches
SHARED_PANELS = 7  #: more trained models become small multiples
STYLE = Path(__file__).with_name("attnsweep.mplstyle")


def note(cells: Sequence[Cell], level: float, mixed: str = "") -> str:
    """What the figure shows, in the small print under it."""
    first = cells[0]
    trained = [c for c in cells if not c.control_of] or list(cells)
    texts = _range([c.count("sequences") for c in trained])
    documents = _range([c.count("documents") for c in trained])
    parts = [
        f"Corpus {first.corpus}, {words.norm_name(first.norm)}, "
        + ("head mean" if first.heads == "mean" else "every head")
        + (", special tokens kept." if first.view == "keep" else ", special tokens dropped."),
        f"{texts} sequences in {documents} documents"
        + ("." if len(trained) == 1 else " for each model."),
        "Curves: geometric means.",
    ]
    if any(c.number("lambda_low") is not None for c in cells):
        kind = str(first.raw.get("interval") or "t")
        parts.append(
            f"Bands, bars and brackets: {100 * level:g} % {kind} intervals over documents."
        )
    else:
        parts.append("No intervals: they need at least two documents.")
    parts.append(
        "T: fall of ln d over the measured depth; κ: bend and κ₃: S-shape of the log-curve,"
        " as shares of T; original: what the sign of λ alone would say."
    )
    if any(not c.control_of and c.number("lambda") is None for c in cells):
        parts.append("λ is undefined with fewer than two usable layer pairs.")
    if any(c.control_of for c in cells):
        parts.append("Grey: untrained controls.")
    else:
        parts.append("No untrained control was measured.")
    if mixed:
        parts.append(f"Rows of different devices or precisions are mixed: {mixed}.")
    return words.unbroken(" ".join(parts))


def _range(values: list[int]) -> str:
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def four_panel_figure(
    cells: Sequence[Cell],
    *,
    width: str = "page",
    partial: str = "",
    mixed: str = "",
    level: float = 0.95,
) -> Figure:
    """Draws the cells of one (corpus, norm, heads, view): any number of models and controls.

    width: "page" (7.2 in: 2 × 2) or "column" (3.5 in: stacked). `partial` is printed on top of a
    figure made from a run that is not complete, `mixed` (devices) below it. Uses the rcParams in
    force."""
    cells = with_controls(list(cells))
    sheet = Sheet(WIDTHS[width])
    sheet.y = 0.05
    if partial:
        size = mpl.rcParams["axes.titlesize"]
        lines = wrapped(f"PARTIAL: {partial}", sheet.width - 0.3, size + 1)
        sheet.text(
            0.08,
            sheet.y + 0.03,
            "\n".join(lines),
            color="white",
            weight="bold",
            fontsize=size,
            bbox={"facecolor": "#A00000", "edgecolor": "none", "pad": 2.5},
            gid="partial",
        )
        sheet.y += 0.1 + len(lines) * size * 1.25 / 72
    trained = sum(not c.control_of for c in cells)
    many = trained > SHARED_PANELS
    names = words.shortened([c.model for c in cells], 26 if width == "page" else 22)
    styles = plot.looks(cells, one_for_all=many)
    _curves(sheet, cells, styles, names, width, many)
    _legend(sheet, cells, styles, names, level)
    _numbers(sheet, cells, styles, names, width, level)
    size = 6.0
    lines = wrapped(note(cells, level, mixed), sheet.width - 0.2, size)
    sheet.text(
        0.1, sheet.y, "\n".join(lines), fontsize=size, color="0.25", gid="note", linespacing=1.25
    )
    sheet.y += len(lines) * size * 1.3 / 72 + 0.06
    sheet.settle()
    return sheet.figure


def _title(ax: Axes, letter: str, text: str, pad: float | None = None, left: float = 0) -> None:
    """Letter and title above an axes, `left` inches to the left of its edge."""
    pad = mpl.rcParams["axes.titlepad"] if pad is None else pad
    size = mpl.rcParams["axes.titlesize"]
    for shift, what, weight in ((0, letter, "bold"), (11, text, "normal")):
        ax.annotate(
            what,
            (0, 1),
            xytext=(shift - 72 * left, pad),
            xycoords="axes fraction",
            va="baseline",
            textcoords="offset points",
            fontsize=size,
            fontweight=weight,
            gid="title",
        )


TITLES = {
    "a": "Differences between neighbouring layers",
    "b": "Log scale, with exponential fits",
    "c": "Decay rate by model",
    "d": "Numbers and verdict",
}


def _curves(
    sheet: Sheet,
    cells: list[Cell],
    styles: dict[str, plot.Look],
    names: dict[str, str],
    width: str,
    many: bool,
) -> None:
    draw = {"a": plot.plot_curves, "b": plot.plot_log_curves}
    title, left, right, below = 0.24, 0.58, 0.08, 0.40
    if width == "page":
        wide = sheet.width / 2 - left - right
        places = {"a": (left, sheet.y), "b": (sheet.width / 2 + left, sheet.y)}
        height = 1.75
    else:
        wide = sheet.width - left - right
        height = 1.6
        places = {"a": (left, sheet.y), "b": (left, sheet.y)}
    bottom = sheet.y
    for letter in "ab":
        x, top = places[letter]
        if width == "column":
            top = bottom
        if many:
            used = _small_multiples(sheet, cells, styles, letter, x, top + title, wide)
        else:
            ax = sheet.axes(x, top + title, wide, height, letter)
            draw[letter](cells, ax, styles=styles)
            _title(ax, letter, TITLES[letter])
            sheet.when_settled(lambda ax=ax, edge=x - left: _keep_right_of(ax, edge + 0.04))
            used = height
        if width == "column" or letter == "b":
            bottom = top + title + used + below
    sheet.y = bottom


def _left_of(axis_of: Axes) -> float:
    """Where an axes' tick labels and label begin, in inches."""
    figure = axis_of.figure
    box = axis_of.yaxis.get_tightbbox(figure.canvas.get_renderer())
    return (box.x0 if box else axis_of.bbox.x0) / figure.dpi


def _keep_right_of(ax: Axes, edge: float) -> None:
    """Narrows an axes whose tick labels are long."""
    over = edge - _left_of(ax)
    if over > 0:
        box = ax.get_position()
        share = over / ax.figure.get_figwidth()
        ax.set_position((box.x0 + share, box.y0, box.width - share, box.height))


def _small_multiples(
    sheet: Sheet,
    cells: list[Cell],
    styles: dict[str, plot.Look],
    letter: str,
    left: float,
    top: float,
    wide: float,
) -> float:
    """A grid of one axes a trained model, all on the same scales. Returns its height in inches."""
    trained = [c for c in cells if not c.control_of]
    columns = 4 if len(trained) <= 24 else 5
    if sheet.width < 5:
        columns = 5
    n_rows = math.ceil(len(trained) / columns)
    gap, name_height, high = 0.07, 0.14, 0.44 if sheet.width > 5 else 0.31
    cell_wide = (wide - (columns - 1) * gap) / columns
    short = words.shortened([c.model for c in trained], int(cell_wide * 72 / 3.25))
    every = sheet.axes(left, top, wide, n_rows * (name_height + high), letter)
    every.set_axis_off()
    _title(every, letter, TITLES[letter])
    draw = plot.plot_curves if letter == "a" else plot.plot_log_curves
    scale = Figure().add_axes((0, 0, 1, 1))  # never shown: where the common limits come from
    draw(cells, scale, styles=styles)
    for k, cell in enumerate(trained):
        row, column = divmod(k, columns)
        ax = sheet.axes(
            left + column * (cell_wide + gap),
            top + row * (name_height + high) + name_height,
            cell_wide,
            high,
            f"{letter}:{cell.model}",
        )
        with mpl.rc_context({"lines.markersize": 2.2, "lines.linewidth": 0.8}):
            draw([cell] + [c for c in cells if c.control_of == cell.model], ax, styles=styles)
        ax.set(xlim=scale.get_xlim(), ylim=scale.get_ylim(), xlabel="", ylabel="")
        if letter == "b" and ax.get_yscale() == "log":
            plot.log_ticks(ax)
            _thin(ax, 3)
        else:
            ax.yaxis.set_major_locator(MaxNLocator(nbins=2))
        ax.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
        ax.set_title(short[cell.model], fontsize=5.5, pad=1.5)
        ax.tick_params(
            labelsize=5.5, labelleft=column == 0, labelbottom=k + columns >= len(trained)
        )
    size = mpl.rcParams["axes.labelsize"]
    name = plot.difference_label(cells[0].norm).replace("\n", " ")
    first = [ax for ax, _ in sheet.boxes if ax.get_label().startswith(f"{letter}:")][::columns]

    def label() -> None:
        out = 72 * (min(map(_left_of, first)) - every.bbox.x0 / every.figure.dpi) - 4
        every.annotate(
            name,
            (0, 0.5),
            xytext=(out, 0),
            xycoords="axes fraction",
            rotation=90,
            textcoords="offset points",
            va="center",
            ha="right",
            fontsize=size,
        )

    sheet.when_settled(label)
    every.annotate(
        plot.LAYERS_LABEL,
        (0.5, 0),
        xytext=(0, -15),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=size,
    )
    return n_rows * (name_height + high)


def _thin(ax: Axes, at_most: int) -> None:
    low, high = ax.get_ylim()
    ticks = [t for t in ax.get_yticks() if low <= t <= high]
    if len(ticks) > at_most:
        keep = np.unique(np.linspace(0, len(ticks) - 1, at_most).round().astype(int))
        ax.yaxis.set_major_locator(FixedLocator([ticks[k] for k in keep]))


def _legend(
    sheet: Sheet,
    cells: list[Cell],
    styles: dict[str, plot.Look],
    names: dict[str, str],
    level: float,
) -> None:
    handles = plot.legend_handles(cells, styles, names, level)
    size = mpl.rcParams["legend.fontsize"]
    entry = [forest.text_width(h.get_label(), size) / 72 for h in handles]
    around = (
        size
        / 72
        * (
            mpl.rcParams["legend.handlelength"]
            + mpl.rcParams["legend.handletextpad"]
            + mpl.rcParams["legend.columnspacing"]
        )
    )
    columns = next(
        n
        for n in range(len(handles), 0, -1)
        if n == 1 or sum(max(entry[k::n]) + around for k in range(n)) <= sheet.width - 0.2
    )
    n_rows = math.ceil(len(handles) / columns)
    height = n_rows * size * 1.5 / 72 + 0.02
    ax = sheet.axes(0.1, sheet.y, sheet.width - 0.2, height, "legend")
    ax.set_axis_off()
    across = [h for c in range(columns) for h in handles[c::columns]]  # matplotlib fills downwards
    if len(handles) % columns:  # keep the rows: pad the short last one
        blank = Line2D([], [], linestyle="none", marker="none", label=" ")
        padded = handles + [blank] * (-len(handles) % columns)
        across = [h for c in range(columns) for h in padded[c::columns]]
    ax.legend(handles=across, loc="center", ncols=columns, borderaxespad=0)
    sheet.y += height + 0.1


def _numbers(
    sheet: Sheet,
    cells: list[Cell],
    styles: dict[str, plot.Look],
    names: dict[str, str],
    width: str,
    level: float,
) -> None:
    """Panels c and d, whose rows line up when they stand beside each other."""
    page = width == "page"
    rows = forest.rows_of(cells)
    collapsed = len(rows) > (28 if page else 7)
    if collapsed:
        few = sum(not c.control_of for c in cells) <= 12
        rows = forest.rows_of(cells, collapse=forest.TWO_LINES if few else 1.4 if page else 1.05)
        if not page:
            names = words.shortened([c.model for c in cells], 17)
    unit = 0.145 if len(rows) > 4 else 0.165
    height = max(1.0, forest.height_of(rows)) * unit
    beside = page or collapsed
    size = mpl.rcParams["ytick.labelsize"]
    left = max(forest.text_width(names[r.cell.model], size) for r in rows) / 72 + 0.14
    title = 0.42 if beside else 0.26
    top = sheet.y + title
    wide = max(0.9, (2.75 if page else 2.05) - left if beside else sheet.width - left - 0.12)
    ax = sheet.axes(left, top, wide, height, "c")
    if beside:
        start = left + wide + 0.2
        table = sheet.axes(start, top, sheet.width - start - 0.08, height, "d")
        columns = forest.COLUMNS[1:]
        if collapsed:
            columns = (*columns, "reason") if page else ("drop", "r2", "verdict")
        sheet.y = top + height + 0.45
    else:
        second = top + height + 0.45 + 0.42
        table = sheet.axes(0.1, second, sheet.width - 0.18, height, "d")
        columns = ("name", "lambda", "drop", "r2", "kappa", "kappa3")
        sheet.y = second + height + 0.12
    _title(ax, "c", TITLES["c"], 17 if beside else None, left - 0.1)
    _title(table, "d", TITLES["d"] if page or not beside else "Verdict", 17)
    sheet.when_settled(lambda: forest.plot_lambda(cells, ax, styles=styles, rows=rows, names=names))
    sheet.when_settled(
        lambda: forest.plot_numbers(
            cells, table, rows=rows, names=names, columns=columns, level=level
        )
    )
