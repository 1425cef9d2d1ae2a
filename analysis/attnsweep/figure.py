"""The four-panel figure of the original experiment: (a) curves, (b) log scale with the fits, (c) λ
by model, (d) numbers and verdict.

Axes are placed in inches, so that a figure comes out the same whatever the number of models: up to
seven share the panels, more become small multiples on common scales.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from attnsweep import forest, plot, words
from attnsweep.multiples import (
    Grid,
    Multiples,
    layer_ticks,
    linear_tick_names,
    log_tick_names,
)
from attnsweep.sheet import WIDTHS, Sheet, keep_right_of, title
from attnsweep.summary import Cell, with_controls

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
    sheet.banner(partial)
    trained = sum(not c.control_of for c in cells)
    many = trained > SHARED_PANELS
    names = words.shortened([c.model for c in cells], 26 if width == "page" else 22)
    styles = plot.looks(cells, one_for_all=many)
    _curves(sheet, cells, styles, names, width, many)
    sheet.legend(plot.legend_handles(cells, styles, names, level))
    _numbers(sheet, cells, styles, names, width, level)
    sheet.small_print(note(cells, level, mixed))
    sheet.settle()
    return sheet.figure


def hero_figure(cells: Sequence[Cell], level: float = 0.95) -> Figure:
    """The first picture of the page: curves on a log scale with bands, fits and controls."""
    cells = with_controls(list(cells))
    sheet = Sheet(5.2)
    many = sum(not c.control_of for c in cells) > SHARED_PANELS
    styles = plot.looks(cells, one_for_all=many)
    left, wide = 0.58, 5.2 - 0.58 - 0.08
    if many:
        sheet.y = 0.1 + _small_multiples(sheet, cells, styles, "b", left, 0.1, wide, titled=False)
    else:
        ax = sheet.axes(left, 0.1, wide, 2.4, "b")
        plot.plot_log_curves(cells, ax, styles=styles)
        sheet.when_settled(lambda: keep_right_of(ax, 0.04))
        sheet.y = 2.5
    sheet.y += 0.42
    names = words.shortened([c.model for c in cells], 24)
    sheet.legend(plot.legend_handles(cells, styles, names, level))
    sheet.settle()
    return sheet.figure


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
    above, left, right, below = 0.24, 0.58, 0.08, 0.40
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
            used = _small_multiples(sheet, cells, styles, letter, x, top + above, wide)
        else:
            ax = sheet.axes(x, top + above, wide, height, letter)
            draw[letter](cells, ax, styles=styles)
            title(ax, letter, TITLES[letter])
            sheet.when_settled(lambda ax=ax, edge=x - left: keep_right_of(ax, edge + 0.04))
            used = height
        if width == "column" or letter == "b":
            bottom = top + above + used + below
    sheet.y = bottom


def _small_multiples(
    sheet: Sheet,
    cells: list[Cell],
    styles: dict[str, plot.Look],
    letter: str,
    left: float,
    top: float,
    wide: float,
    titled: bool = True,
) -> float:
    """A panel a trained model with its controls, all on the same scales. Returns the height in
    inches."""
    trained = [c for c in cells if not c.control_of]
    columns = 5 if sheet.width < 5 or len(trained) > 24 else 4
    grid = Grid(len(trained), columns, wide, 0.44 if sheet.width > 5 else 0.31)
    ax = sheet.axes(left, top, wide, grid.height, letter)
    ax.set(xlim=(0, wide), ylim=(0, grid.height))
    if titled:
        title(ax, letter, TITLES[letter])
    limits = plot.linear_limits(cells) if letter == "a" else plot.log_limits(cells)
    if limits is None:
        plot.nothing(ax, "no usable values")
        return grid.height
    panels = Multiples(ax, grid.boxes(), plot.layer_limits(cells), limits, log=letter == "b")
    panel = {c.model: k for k, c in enumerate(trained)}
    for control in (True, False):
        shown = [
            (panel[c.control_of or c.model], c)
            for c in cells
            if bool(c.control_of) == control and (c.control_of or c.model) in panel
        ]
        if shown:
            _series_of(panels, shown, styles[shown[0][1].model], control, letter == "a")
    names = linear_tick_names(limits) if letter == "a" else log_tick_names(limits)
    panels.frame(columns, names, layer_ticks(panels.xlim))
    short = words.shortened([c.model for c in trained], int(grid.wide * 72 / 3.25))
    panels.titles([short[c.model] for c in trained])
    label = plot.difference_label(cells[0].norm).replace("\n", " ")
    panels.labels(plot.LAYERS_LABEL, label, list(names.values()))
    return grid.height


def _series_of(
    panels: Multiples,
    shown: list[tuple[int, Cell]],
    look: plot.Look,
    control: bool,
    joined: bool,
) -> None:
    """Curves (joined: as lines, else with the fits as lines) of all trained models, or of all
    controls."""
    who = "control" if control else "trained"
    clean, width = plot.clean, 0.6 if control else 0.8
    panels.bands(
        [(k, c.pairs, clean(c.low), clean(c.high)) for k, c in shown if c.has_band],
        facecolors=look.color,
        alpha=plot.BAND_ALPHA,
        zorder=1.5,
    )
    curves = [(k, c.pairs, clean(c.curve)) for k, c in shown]
    lines = curves if joined else [(k, c.pairs, clean(c.fitted())) for k, c in shown]
    panels.lines(
        lines,
        gid=("series:" if joined else "fit:") + who,
        colors=look.color,
        linewidths=width,
        linestyles=[look.linestyle],
        zorder=2 if control else 2.5,
    )
    panels.points(
        curves,
        gid=f"points:{who}",
        color=look.color,
        marker=look.marker,
        markerfacecolor=look.face,
        markersize=1.7 if control else 2.2,
        zorder=2 if control else 3,
    )


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
    top = sheet.y + (0.42 if beside else 0.26)
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
    title(ax, "c", TITLES["c"], 17 if beside else None, left - 0.1)
    title(table, "d", TITLES["d"] if page or not beside else "Verdict", 17)
    sheet.when_settled(lambda: forest.plot_lambda(cells, ax, styles=styles, rows=rows, names=names))
    sheet.when_settled(
        lambda: forest.plot_numbers(
            cells, table, rows=rows, names=names, columns=columns, level=level
        )
    )
