"""What λ depends on: shares of variance, covariates, corpora."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.ticker import MaxNLocator

from attnsweep import plot, words

#: component of `across_models.variance` → its name
COMPONENTS = {
    "model": "model",
    "document": "document",
    "model_document": "model × document",
    "text": "text in a document",
    "model_text": "model × text",
}
MOST_LEVELS = 12


def _value(raw: Mapping[str, Any], key: str) -> float:
    value = raw.get(key)
    return float(value) if isinstance(value, (int, float)) else math.nan


def _rows_axis(ax: Axes, names: Sequence[str]) -> None:
    ax.set_ylim(max(0, len(names) - 1) + 0.6, -0.6)
    ax.set_yticks(range(len(names)), list(names))
    ax.tick_params(axis="y", length=0, pad=4)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="y", visible=False)


def _interval(ax: Axes, low: float, high: float, y: float, **style: Any) -> None:
    if np.isfinite([low, high]).all():
        ax.plot([low, high], [y, y], **({"marker": "none", "linestyle": "-"} | style))


def plot_variance(entry: Mapping[str, Any], ax: Axes | None = None) -> Axes:
    """Shares of the variance of λ_s that models, documents and their interaction carry: points
    with the interval over documents (solid) and, for the models, the interval of the share in a
    population of models (dashed).

    entry: one of summary.json's across_models.variance.
    """
    ax = plot.axes_or_current(ax)
    found = entry.get("components") or {}
    shown = [name for name in COMPONENTS if name in found]
    color = list(mpl.rcParams["axes.prop_cycle"])[0].get("color", "C0")
    for y, name in enumerate(shown):
        part = found[name]
        _interval(
            ax, _value(part, "population_share_low"), _value(part, "population_share_high"),
            y + 0.22, color="0.45", linestyle=(0, (3, 1.5)), linewidth=0.9,
            gid=f"population:{name}",
        )  # fmt: skip
        _interval(
            ax, _value(part, "share_low"), _value(part, "share_high"), y, color=color,
            linewidth=1.3, gid=f"interval:{name}",
        )  # fmt: skip
        ax.plot([_value(part, "share")], [y], marker="o", color=color, gid=f"share:{name}")
    sizes = [math.sqrt(max(0.0, _value(found[n], "variance"))) for n in shown]
    _rows_axis(
        ax,
        [
            f"{COMPONENTS[n]}\nσ = {words.number(s, 4)}"
            + (" (negative: 0)" if found[n].get("negative") else "")
            for n, s in zip(shown, sizes, strict=True)
        ],
    )
    ax.set_xlim(-0.02, 1.02)
    ax.set_xlabel("share of the variance of λ")
    if not shown:
        plot.nothing(ax, "no components")
    return ax


def plot_covariates(
    entries: Sequence[Mapping[str, Any]],
    ax: Axes | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Change of λ by one standard deviation of each number that goes with a text, by model, with
    its interval; filled where it stands after Holm's correction.

    entries: those of summary.json's across_models.covariates of one corpus, norm and view.
    """
    ax = plot.axes_or_current(ax)
    rows = [e for e in entries if e.get("kind") != "category"]
    rows.sort(key=lambda e: (e.get("covariate") != "ln_n", str(e.get("covariate"))))
    names = names or {}
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    covariates = list(dict.fromkeys(str(e.get("covariate")) for e in rows))
    for y, entry in enumerate(rows):
        scale = _value(entry, "sd")
        scale = scale if math.isfinite(scale) and scale > 0 else 1.0
        look = cycle[covariates.index(str(entry.get("covariate"))) % len(cycle)]
        color = look.get("color", "C0")
        low, slope, high = (scale * _value(entry, k) for k in ("slope_low", "slope", "slope_high"))
        _interval(ax, low, high, y, color=color, linewidth=1.2)
        firm = _value(entry, "p_adjusted") <= 0.05
        ax.plot(
            [slope], [y], marker=look.get("marker", "o"), color=color, linestyle="none",
            markerfacecolor=color if firm else "white", zorder=3,
            gid=f"slope:{entry.get('model')}:{entry.get('covariate')}",
        )  # fmt: skip
    ax.axvline(0, color="0.3", linewidth=0.7, zorder=1)
    model = [str(e.get("model")) for e in rows]
    _rows_axis(
        ax,
        [
            f"{words.covariate(str(e.get('covariate')))}, {names.get(m, m)}"
            for e, m in zip(rows, model, strict=True)
        ],
    )
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.set_xlabel("change of λ by one standard deviation")
    if not rows:
        plot.nothing(ax, "no numbers go with the texts")
    return ax


def plot_levels(entry: Mapping[str, Any], ax: Axes | None = None) -> Axes:
    """How far λ of each level of a category lies from the mean, with its interval; the levels with
    most sequences, at most twelve.

    entry: one of summary.json's across_models.covariates whose kind is "category".
    """
    ax = plot.axes_or_current(ax)
    levels = sorted(entry.get("levels") or (), key=lambda v: -int(v.get("sequences") or 0))
    shown = sorted(levels[:MOST_LEVELS], key=lambda v: -_value(v, "difference"))
    color = list(mpl.rcParams["axes.prop_cycle"])[0].get("color", "C0")
    for y, level in enumerate(shown):
        _interval(ax, _value(level, "low"), _value(level, "high"), y, color=color, linewidth=1.2)
        ax.plot(
            [_value(level, "difference")], [y], marker="o", color=color, linestyle="none",
            gid=f"level:{level.get('level')}",
        )  # fmt: skip
    ax.axvline(0, color="0.3", linewidth=0.7, zorder=1)
    names = words.shortened([str(v.get("level")) for v in shown], 18)
    _rows_axis(
        ax, [f"{names[str(v.get('level'))]} ({int(v.get('sequences') or 0):,})" for v in shown]
    )
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.set_xlabel("λ minus the mean")
    if not shown:
        plot.nothing(ax, "no levels")
    return ax


def plot_corpora(
    entry: Mapping[str, Any],
    ax: Axes | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """λ of every model on every corpus as numbers on colours (blue above 0, orange below).

    entry: one of summary.json's across_models.model_corpus; its `lambda` is (models, corpora).
    """
    ax = plot.axes_or_current(ax)
    models, corpora = list(entry.get("models") or ()), list(entry.get("corpora") or ())
    table = np.array(
        [[np.nan if v is None else float(v) for v in row] for row in entry.get("lambda") or ()]
    )
    if not table.size:
        plot.nothing(ax, "fewer than two corpora")
        return ax
    top = float(np.nanmax(np.abs(table))) if np.isfinite(table).any() else 1.0
    scale = TwoSlopeNorm(0, -max(top, 1e-12), max(top, 1e-12))
    colors = mpl.colors.LinearSegmentedColormap.from_list("", ["#D55E00", "#ffffff", "#0072B2"])
    ax.pcolormesh(
        np.arange(len(corpora) + 1) - 0.5, np.arange(len(models) + 1) - 0.5, table, norm=scale,
        cmap=colors, edgecolor="white", linewidth=0.8, gid="corpora",
    )  # fmt: skip
    size = max(5.5, mpl.rcParams["ytick.labelsize"] - 0.5)
    for y, row in enumerate(table):
        for x, value in enumerate(row):
            dark = math.isfinite(value) and abs(value) > 0.6 * top
            ax.text(
                x, y, words.number(value, 3), ha="center", va="center_baseline", fontsize=size,
                color="white" if dark else "black",
            )  # fmt: skip
    shown = names or {}
    _rows_axis(ax, [shown.get(m, m) for m in models])
    ax.set_ylim(len(models) - 0.5, -0.5)
    short = words.shortened(corpora, 14)
    ax.set_xticks(range(len(corpora)), [short[c] for c in corpora])
    if len(corpora) > 4:
        ax.tick_params(axis="x", rotation=40)
        for label in ax.get_xticklabels():
            label.set_ha("right")
    ax.tick_params(axis="x", length=0)
    ax.spines["bottom"].set_visible(False)
    ax.grid(visible=False)
    return ax
