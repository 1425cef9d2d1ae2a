"""Figures of one corpus and norm beside the four panels: the laws with their residuals, single
texts, effective depth, heads, special tokens. Each function gives a Figure of the width "page"
(7.2 in) or "column" (3.5 in), under the rcParams in force.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from attnsweep import forest, plot, words
from attnsweep.laws import fitted_laws, law_residuals
from attnsweep.multiples import Grid, Multiples, layer_ticks, linear_tick_names, log_tick_names
from attnsweep.plot_heads import COLORS, color_scale, head_matrix, plot_heads
from attnsweep.plot_laws import LAW_LOOKS, law_handles, plot_laws, plot_residuals
from attnsweep.plot_models import (
    EPSILON_LOOKS,
    epsilon_name,
    plot_effective_depth,
    plot_special_tokens,
)
from attnsweep.plot_texts import Spread, plot_texts
from attnsweep.sheet import WIDTHS, Sheet, keep_right_of, title
from attnsweep.summary import Cell, with_controls

OWN_AXES = 3  #: more models become small multiples
LEFT, RIGHT = 0.58, 0.08  #: inches around a panel


def described(cell: Cell) -> str:
    """Corpus, norm and view in the small print."""
    view = "special tokens kept" if cell.view == "keep" else "special tokens dropped"
    return f"Corpus {cell.corpus}, {words.norm_name(cell.norm)}, {view}."


def started(width: str, partial: str, top: float = 0.05) -> Sheet:
    sheet = Sheet(WIDTHS[width])
    sheet.y = top
    sheet.banner(partial)
    return sheet


def finished(sheet: Sheet, text: str) -> Figure:
    sheet.small_print(words.unbroken(text))
    sheet.settle()
    return sheet.figure


def laws_figure(cells: Sequence[Cell], *, width: str = "page", partial: str = "") -> Figure:
    """Every law beside the mean curve of each trained model (log scale), and what it leaves over.

    cells: of one corpus, norm and view; controls are not drawn."""
    trained = [c for c in cells if not c.control_of] or list(cells)
    sheet = started(width, partial)
    if len(trained) <= OWN_AXES:
        _few_laws(sheet, trained)
    else:
        _many_laws(sheet, trained)
    sheet.legend([_curve_handle(), *law_handles()])
    return finished(
        sheet,
        f"{described(trained[0])} Every law is fitted by least squares to the mean of ln d; below"
        " each curve: ln d minus the law. A law with as many parameters as the curve allows is not"
        " judged by its fit but by the layers it has not seen (the table of the page).",
    )


def _curve_handle() -> Line2D:
    size = mpl.rcParams["lines.markersize"]
    return Line2D(
        [], [], color="black", marker="o", linestyle="none", markersize=size, label="mean curve"
    )


def _few_laws(sheet: Sheet, trained: Sequence[Cell]) -> None:
    columns = len(trained) if sheet.width > 5 else 1
    wide = sheet.width / columns - LEFT - RIGHT
    names = words.shortened([c.model for c in trained], max(12, int(wide * 72 / 4.2)))
    bottom = sheet.y
    for k, cell in enumerate(trained):
        left = (k % columns) * (sheet.width / columns) + LEFT
        top = sheet.y + 0.24 if columns > 1 else bottom + 0.24
        upper = sheet.axes(left, top, wide, 1.45, f"laws:{cell.model}")
        lower = sheet.axes(left, top + 1.45 + 0.12, wide, 0.75, f"residuals:{cell.model}")
        plot_laws(cell, upper)
        upper.set_xlabel("")
        upper.tick_params(labelbottom=False)
        plot_residuals(cell, lower)
        lower.set_xlim(upper.get_xlim())
        title(upper, "abc"[k], names[cell.model])
        for ax in (upper, lower):
            sheet.when_settled(lambda ax=ax, edge=left - LEFT: keep_right_of(ax, edge + 0.04))
        bottom = top + 1.45 + 0.12 + 0.75 + 0.42
    sheet.y = bottom


def _many_laws(sheet: Sheet, trained: Sequence[Cell]) -> None:
    columns = (6 if len(trained) > 15 else 5) if sheet.width > 5 else 4
    low = 0.28
    grid = Grid(len(trained), columns, sheet.width - LEFT - RIGHT, 0.55, below=low + 0.1)
    ax = sheet.axes(LEFT, sheet.y + 0.1, grid.width, grid.height, "laws")
    ax.set(xlim=(0, grid.width), ylim=(0, grid.height))
    limits = plot.log_limits(trained)
    sheet.y += grid.height + 0.1 + 0.40
    if limits is None:
        plot.nothing(ax, "no usable values")
        return
    upper = Multiples(ax, grid.boxes(), plot.layer_limits(trained), limits, log=True)
    left_over = [law_residuals(c) for c in trained]
    top = max([1e-9, *(float(np.nanmax(np.abs(r))) for one in left_over for r in one.values())])
    lower = Multiples(ax, grid.boxes_below(low), upper.xlim, (-1.1 * top, 1.1 * top))
    curves = [fitted_laws(c, 61) for c in trained]
    for law, (color, style, _) in LAW_LOOKS.items():
        look: dict[str, Any] = {"colors": color, "linestyles": [style], "linewidths": 0.7}
        fits = [(k, *c[law]) for k, c in enumerate(curves) if law in c]
        upper.lines(
            [(k, pairs, plot.clean(curve)) for k, pairs, curve in fits], gid=f"law:{law}", **look
        )
        lower.lines(
            [(k, trained[k].pairs, r[law]) for k, r in enumerate(left_over) if law in r],
            gid=f"residual:{law}",
            **look,
        )
    upper.points(
        [(k, c.pairs, plot.clean(c.curve)) for k, c in enumerate(trained)],
        gid="curve",
        color="black",
        marker="o",
        markersize=1.6,
    )
    names, small = log_tick_names(limits), linear_tick_names(lower.ylim)
    upper.frame(columns, names)
    lower.frame(columns, small, layer_ticks(upper.xlim), zero=True)
    short = words.shortened([c.model for c in trained], int(grid.wide * 72 / 3.25))
    upper.titles([short[c.model] for c in trained])
    label = plot.difference_label(trained[0].norm).replace("\n", " ")
    lower.labels(plot.LAYERS_LABEL, "", [])
    upper.labels("", f"{label}; ln d − law", [*names.values(), *small.values()])


def texts_figure(
    cells: Sequence[Cell],
    texts: Mapping[str, Spread],
    *,
    width: str = "page",
    partial: str = "",
    level: float = 0.95,
) -> Figure:
    """λ of every model with its interval, on the distribution of λ over single texts.

    cells: of one corpus, norm and view; texts: model → its Spread."""
    cells = with_controls(list(cells))
    shown = [c for c in cells if not c.control_of or c.model in texts]
    sheet = started(width, partial, 0.12)
    names = words.shortened([c.model for c in shown], 30 if width == "page" else 20)
    size = mpl.rcParams["ytick.labelsize"]
    left = max(forest.text_width(n, size) for n in names.values()) / 72 + 0.14
    unit = 0.42 if len(shown) <= 8 else 0.24 if len(shown) <= 24 else 0.18
    height = max(0.7, unit * len(shown))
    ax = sheet.axes(left, sheet.y, sheet.width - left - 0.12, height, "texts")
    many = sum(not c.control_of for c in shown) > len(list(mpl.rcParams["axes.prop_cycle"]))
    plot_texts(shown, texts, ax, styles=plot.looks(shown, one_for_all=many), names=names)
    sheet.y += height + 0.45
    sheet.legend(_text_handles(level))
    some = [s for s in texts.values() if s.n and s.of > s.n]
    sampled = f" At most {max(s.n for s in some):,} texts a model were read." if some else ""
    return finished(
        sheet,
        f"{described(shown[0])} λ of a model is the mean of its texts' λ; its interval says how"
        f" well the mean is known, the grey shape how far single texts lie apart.{sampled}",
    )


def _text_handles(level: float) -> list[Any]:
    size = mpl.rcParams["lines.markersize"]
    return [
        Line2D([], [], color="0.2", marker="o", markersize=size, linewidth=1.3,
               label=f"λ with {100 * level:g} % interval"),
        Patch(facecolor="0.85", linewidth=0, label="texts"),
        Line2D([], [], color="0.55", linewidth=2.4, marker="none", label="middle half"),
        Line2D([], [], color="0.55", linewidth=0.7, marker="none", label="middle 90 %"),
    ]  # fmt: skip


def reach_figure(cells: Sequence[Cell], *, width: str = "page", partial: str = "") -> Figure:
    """Effective depth against the real one, for every ε of the summary.

    cells: of one corpus, norm and view with `effective_depth`; controls are not drawn."""
    trained = [c for c in cells if not c.control_of]
    sheet = started(width, partial, 0.1)
    wide = min(sheet.width - LEFT - 0.15, 4.2)
    left = LEFT + (sheet.width - LEFT - 0.15 - wide) / 2
    ax = sheet.axes(left, sheet.y, wide, 2.4, "reach")
    plot_effective_depth(trained, ax)
    sheet.y += 2.4 + 0.42
    most = max((c.raw.get("effective_depth") or [] for c in trained), key=len, default=[])
    size = mpl.rcParams["lines.markersize"]
    handles = [
        Line2D([], [], color=color, marker=marker, linestyle="none", markersize=size,
               label=epsilon_name(one))
        for one, (color, marker) in zip(most, EPSILON_LOOKS, strict=False)
    ]  # fmt: skip
    sheet.legend(handles)
    return finished(
        sheet,
        f"{described(trained[0])} Effective depth: the first layer pair from which d stays below ε"
        " (linear between the pairs). A triangle on the dashed line: not within the measured"
        " pairs; hollow: extrapolated along a supported exponential.",
    )


def tokens_figure(
    kept: Sequence[Cell], dropped: Sequence[Cell], *, width: str = "page", partial: str = ""
) -> Figure:
    """λ with and without special tokens.

    kept, dropped: the cells of one corpus and norm in the two views."""
    sheet = started(width, partial, 0.1)
    trained = [c for c in kept if not c.control_of and any(d.model == c.model for d in dropped)]
    names = words.shortened([c.model for c in trained], 30 if width == "page" else 20)
    size = mpl.rcParams["ytick.labelsize"]
    left = max([forest.text_width(n, size) for n in names.values()], default=0) / 72 + 0.14
    height = max(0.7, (0.34 if len(trained) <= 12 else 0.2) * len(trained))
    ax = sheet.axes(left, sheet.y, sheet.width - left - 0.12, height, "tokens")
    plot_special_tokens(kept, dropped, ax, names=names)
    sheet.y += height + 0.42
    color, mark = "0.2", mpl.rcParams["lines.markersize"]
    sheet.legend(
        [
            Line2D([], [], color=color, marker="o", markersize=mark, label="special tokens kept"),
            Line2D([], [], color=color, marker="s", markersize=mark, markerfacecolor="white",
                   label="dropped, rows renormalised"),
        ]
    )  # fmt: skip
    return finished(
        sheet,
        f"Corpus {kept[0].corpus}, {words.norm_name(kept[0].norm)}. λ of the mean curve with its"
        " interval over documents. Attention sinks often stand on special tokens, so both views"
        " are shown.",
    )


def heads_figure(
    heads: Sequence[Mapping[str, Any]], *, width: str = "page", partial: str = "", burn_in: int = 0
) -> Figure:
    """A map of layers and heads for every model, on one colour scale.

    heads: entries of summary.json's `heads` of one corpus, norm and view."""
    by_model: dict[str, list[Mapping[str, Any]]] = {}
    for h in heads:
        by_model.setdefault(str(h["model"]), []).append(h)
    sheet = started(width, partial, 0.02)
    scale = color_scale([head_matrix(h) for h in by_model.values()])
    columns = min(len(by_model), 3 if width == "page" else 1)
    if len(by_model) > 6:
        columns = 4 if width == "page" else 2
    left, gap = 0.42, 0.12
    wide = (sheet.width - 0.5) / columns - left - gap
    high = 1.2 if columns < 3 else 0.9
    names = words.shortened(list(by_model), max(10, int(wide * 72 / 4.2)))
    step = high + 0.66
    for k, (model, own) in enumerate(by_model.items()):
        row, column = divmod(k, columns)
        at = left + column * (wide + left + gap)
        ax = sheet.axes(at, sheet.y + 0.24 + row * step, wide, high, f"heads:{model}")
        plot_heads(own, ax, scale=scale, burn_in=burn_in)
        title(ax, "", names[model])
        if columns > 1:
            ax.set_xlabel("layer pair $i$")
    rows = math.ceil(len(by_model) / columns)
    bar = sheet.axes(sheet.width - 0.42, sheet.y + 0.24, 0.09, min(high, 1.2), "scale")
    _color_bar(bar, scale)
    sheet.y += rows * step + 0.02
    first = heads[0]
    view = "kept" if str(first.get("view") or "keep") == "keep" else "dropped"
    return finished(
        sheet,
        f"Corpus {first['corpus']}, {words.norm_name(str(first['norm']))}, special tokens {view}."
        " Colour: geometric mean of d, head h of layer i against head h of layer i + 1. Heads are"
        " not aligned across layers, so a row is no head's life.",
    )


def _color_bar(ax: Axes, scale: Any) -> None:
    ax.figure.colorbar(ScalarMappable(scale, COLORS), cax=ax)
    ax.set_title("d", loc="center", fontsize=mpl.rcParams["axes.labelsize"])
    ax.tick_params(labelsize=5.5, length=2)
    ticks = log_tick_names((float(scale.vmin), float(scale.vmax)), 4)
    ax.yaxis.set_minor_locator(mpl.ticker.NullLocator())
    ax.set_yticks(list(ticks), list(ticks.values()))
    ax.grid(visible=False)
