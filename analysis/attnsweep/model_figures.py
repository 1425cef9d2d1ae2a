"""Figures of `across_models`: λ against depth and size, shares of variance, covariates, corpora.
Each function gives a Figure of the width "page" or "column", under the rcParams in force.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from attnsweep import forest, words
from attnsweep.cell_figures import RIGHT, finished, started
from attnsweep.plot_models import QUANTITIES, depth_test, plot_depth
from attnsweep.plot_parts import plot_corpora, plot_covariates, plot_levels, plot_variance
from attnsweep.sheet import SMALL_PRINT, Sheet, keep_right_of, title

Entry = Mapping[str, Any]


def _described(entry: Entry) -> str:
    view = "kept" if str(entry.get("view") or "keep") == "keep" else "dropped"
    corpus = entry.get("corpus")
    where = f"Corpus {corpus}" if corpus else "All corpora"
    return f"{where}, {words.norm_name(str(entry.get('norm')))}, special tokens {view}."


def _names_left(names: Sequence[str]) -> float:
    size = mpl.rcParams["ytick.labelsize"]
    wide = max([forest.text_width(line, size) for n in names for line in n.split("\n")], default=0)
    return wide / 72 + 0.14


def depth_figure(entries: Sequence[Entry], *, width: str = "page", partial: str = "") -> Figure:
    """λ and T against depth and against parameters, four ways each.

    entries: those of across_models.depth of one corpus, norm and view."""
    sheet = started(width, partial, 0.02)
    columns = 4 if width == "page" else 2
    edge = 0.5
    wide, high, step = sheet.width / columns - edge - RIGHT, 1.2, 1.2 + 0.78
    letters = iter("abcdefghijklmnop")
    for entry in entries:
        for k, quantity in enumerate(QUANTITIES):
            row, column = divmod(k, columns)
            left = column * (sheet.width / columns) + edge
            top = sheet.y + 0.36 + row * step
            ax = sheet.axes(left, top, wide, high, f"{entry.get('against')}:{quantity}")
            plot_depth(entry, ax, quantity=quantity)
            title(ax, next(letters), QUANTITIES[quantity][0], 14)
            ax.annotate(
                depth_test(entry, quantity), (0, 1), xytext=(0, 4), xycoords="axes fraction",
                textcoords="offset points", fontsize=SMALL_PRINT, color="0.3", gid="test",
            )  # fmt: skip
            sheet.when_settled(lambda ax=ax, at=left - edge: keep_right_of(ax, at + 0.03))
        sheet.y += step * (len(QUANTITIES) // columns) + 0.04
    sheet.legend(_lineage_handles(entries[0]))
    said = "; ".join(
        f"against {e.get('against')}: {str(e.get('verdict')).replace('_', ' ')}" for e in entries
    )
    inseparable = any(e.get("separable") is False for e in entries)
    return finished(
        sheet,
        f"{_described(entries[0])} One point a model, with its interval over documents. τ:"
        f" Kendall's; p: one-sided, of a falling relation. Verdict, {said}."
        + (" Depth and size vary together: their effects cannot be told apart." * inseparable)
        + f" Common window: the first {entries[0].get('window')} points of every model.",
    )


def _lineage_handles(entry: Entry) -> list[Line2D]:
    """Names of the colours, where each colour has one."""
    names = list(
        dict.fromkeys(str(m.get("lineage") or m["model"]) for m in entry.get("models") or ())
    )
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    if len(names) > len(cycle):
        return []
    short = words.shortened(names, 26)
    return [
        Line2D([], [], color=look.get("color", "C0"), marker=look.get("marker", "o"),
               linestyle="none", label=short[name])
        for name, look in zip(names, cycle, strict=False)
    ]  # fmt: skip


def variance_figure(entry: Entry, *, width: str = "page", partial: str = "") -> Figure:
    """Shares of the variance of λ_s. entry: one of across_models.variance."""
    sheet = started(width, partial, 0.1)
    n = len(entry.get("components") or {})
    left = 1.35
    wide = min(sheet.width - left - 0.15, 3.6)
    height = max(0.7, 0.36 * n)
    ax = sheet.axes(left, sheet.y, wide, height, "variance")
    plot_variance(entry, ax)
    sheet.y += height + 0.42
    dashed = any("population_share_low" in c for c in (entry.get("components") or {}).values())
    color = list(mpl.rcParams["axes.prop_cycle"])[0].get("color", "C0")
    sheet.legend(
        [
            Line2D([], [], color=color, marker="o", label="share, interval over documents"),
            *[
                Line2D([], [], color="0.45", linestyle=(0, (3, 1.5)), marker="none",
                       label="of a population of models")
            ] * dashed,
        ]
    )  # fmt: skip
    models = len(entry.get("models") or ())
    return finished(
        sheet,
        f"{_described(entry)} {models} models on the same {int(entry.get('documents') or 0):,}"
        f" documents ({int(entry.get('sequences') or 0):,} sequences)."
        + (
            ""
            if entry.get("population")
            else " With so few models or lineages the models' share speaks of these models only."
        ),
    )


def covariates_figure(
    entries: Sequence[Entry], *, width: str = "page", partial: str = ""
) -> Figure:
    """What goes with λ: slopes of numbers by model, then each category's levels.

    entries: those of across_models.covariates of one corpus (or of all together), norm and view."""
    sheet = started(width, partial, 0.02)
    numbers = [e for e in entries if e.get("kind") != "category"]
    models = list(dict.fromkeys(str(e.get("model")) for e in numbers))
    names = words.shortened(models, 26 if width == "page" else 14)
    labels = [
        f"{words.covariate(str(e.get('covariate')))}, {names[str(e.get('model'))]}" for e in numbers
    ]
    if numbers:
        _strip(sheet, labels, "Numbers", lambda ax: plot_covariates(numbers, ax, names=names))
    categories = _one_each([e for e in entries if e.get("kind") == "category"])
    for entry in categories:
        levels = [f"{str(v.get('level'))[:18]} (00,000)" for v in entry.get("levels") or ()][:12]
        what = f"{entry.get('covariate')}, {entry.get('model')}"
        _strip(sheet, levels, what, lambda ax, entry=entry: plot_levels(entry, ax))
    return finished(
        sheet,
        f"{_described(entries[0])} Slopes of λ of single texts, with ln tokens in the model, and"
        " intervals over documents; filled: p ≤ 0.05 after Holm's correction. Categories: the"
        " levels with most texts (their number in brackets), of the first model.",
    )


def _one_each(entries: Sequence[Entry]) -> list[Entry]:
    """The first model's entry of every category."""
    return list({str(e.get("covariate")): e for e in reversed(entries)}.values())[::-1]


def _strip(sheet: Sheet, labels: Sequence[str], what: str, draw: Any) -> None:
    left = min(_names_left(labels), sheet.width - 1.4)
    height = max(0.5, 0.17 * len(labels))
    ax = sheet.axes(left, sheet.y + 0.24, sheet.width - left - 0.12, height, what)
    draw(ax)
    title(ax, "", what, left=left - 0.1)
    sheet.when_settled(lambda: keep_right_of(ax, 0.05))
    sheet.y += 0.24 + height + 0.46


def corpora_figure(entry: Entry, *, width: str = "page", partial: str = "") -> Figure:
    """λ of every model on every corpus. entry: one of across_models.model_corpus."""
    sheet = started(width, partial, 0.1)
    models = [str(m) for m in entry.get("models") or ()]
    names = words.shortened(models, 26 if width == "page" else 16)
    left = _names_left(list(names.values()))
    n_corpora = len(entry.get("corpora") or ())
    wide = min(sheet.width - left - 0.15, 0.75 * n_corpora)
    height = max(0.5, 0.18 * len(models))
    ax = sheet.axes(left, sheet.y, wide, height, "corpora")
    plot_corpora(entry, ax, names=names)
    sheet.y += height + (0.7 if n_corpora > 4 else 0.3)
    return finished(
        sheet,
        f"{words.norm_name(str(entry.get('norm'))).capitalize()}, special tokens"
        f" {'kept' if entry.get('view') != 'drop' else 'dropped'}. λ per layer of each model on"
        " each corpus.",
    )
