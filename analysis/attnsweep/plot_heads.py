"""Layer differences of every head: a map of layers and heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import MaxNLocator

from attnsweep import plot

COLORS = "cividis"  #: lightness rises evenly, also for colour-blind eyes


def head_matrix(heads: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """(heads, pairs) of ln d: `curve` of the entries of summary.json's `heads` of one model,
    corpus, norm and view; NaN where a head has fewer usable pairs."""
    wide = max((len(h.get("curve") or ()) for h in heads), default=0)
    n = 1 + max((int(h["head"]) for h in heads), default=-1)
    out = np.full((n, wide), np.nan)
    for h in heads:
        row = [np.nan if v is None else float(v) for v in h.get("curve") or ()]
        out[int(h["head"]), : len(row)] = row
    return out


def color_scale(matrices: Sequence[np.ndarray]) -> Normalize:
    """One for all maps of a figure, of d, logarithmic."""
    values = np.concatenate([np.exp(m[np.isfinite(m)]) for m in matrices] or [np.ones(1)])
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        values = np.ones(1)
    low, high = float(values.min()), float(values.max())
    return LogNorm(low, high if high > low else 1.001 * low)


def plot_heads(
    heads: Sequence[Mapping[str, Any]],
    ax: Axes | None = None,
    *,
    scale: Normalize | None = None,
    burn_in: int = 0,
) -> Axes:
    """Map of d_i of every head, (heads, pairs): head h of layer i against head h of layer i + 1.
    Heads are not aligned across layers, so a row is not one head's life.

    heads: entries of summary.json's `heads` of one model, corpus, norm and view.
    """
    ax = plot.axes_or_current(ax)
    matrix = head_matrix(heads)
    ax.set_xlabel(plot.LAYERS_LABEL)
    ax.set_ylabel("head")
    if not matrix.size:
        plot.nothing(ax, "no heads measured")
        return ax
    n, m = matrix.shape
    ax.imshow(
        np.exp(matrix),
        norm=scale or color_scale([matrix]),
        cmap=COLORS,
        extent=(burn_in - 0.5, burn_in + m - 0.5, n - 0.5, -0.5),
        aspect="auto",
        interpolation="nearest",
        gid="heads",
    )
    ax.set_ylim(n - 0.5, -0.5)
    ax.grid(visible=False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    return ax
