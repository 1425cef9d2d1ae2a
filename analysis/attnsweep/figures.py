"""Every figure of a report: which there are, under which name, and how each is made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from attnsweep import cell_figures, model_figures
from attnsweep.figure import four_panel_figure
from attnsweep.plot_texts import Spread
from attnsweep.summary import Cell, Series, Summary

#: (model, corpus, norm, view) → its texts
Texts = Mapping[tuple[str, str, str, str], Spread]


@dataclass(frozen=True)
class Plate:
    """One figure of the report. `kind` says how it is made, `stem` how its files are called."""

    kind: str
    corpus: str  #: empty: all together
    norm: str
    view: str

    @property
    def stem(self) -> str:
        """<kind>_<corpus>_<norm>, with the view where it is not the default one."""
        parts = [self.kind, self.corpus or "all", self.norm]
        if self.view != "keep":
            parts.append(self.view)
        return re.sub(r"[^A-Za-z0-9._-]", "_", "_".join(parts))


def plates(summary: Summary) -> list[Plate]:
    """What can be drawn of a summary, the primary series' four panels first."""
    out = [Plate("figure", s.corpus, s.norm, s.view) for s in summary.series()]
    for series in summary.series():
        cells = summary.of(series)
        own = (series.corpus, series.norm, series.view)
        if any(len(c.curve) > 1 and c.laws for c in cells):
            out.append(Plate("laws", *own))
        if any(c.number("lambda") is not None for c in cells):
            out.append(Plate("texts", *own))
        if any(c.raw.get("effective_depth") and not c.control_of for c in cells):
            out.append(Plate("reach", *own))
        if series.view == "keep" and _both_views(summary, series):
            out.append(Plate("tokens", *own))
    out += _unique("heads", summary.raw.get("heads") or ())
    for kind in ("depth", "variance", "covariates"):
        out += _unique(kind, summary.across(kind))
    return out + _unique("corpora", summary.across("model_corpus"))


def _both_views(summary: Summary, series: Series) -> bool:
    other = Series(series.corpus, series.norm, series.heads, "drop")
    kept = {c.model for c in summary.of(series) if not c.control_of}
    return any(c.model in kept for c in summary.of(other))


def _unique(kind: str, entries: Iterable[Mapping[str, Any]]) -> list[Plate]:
    found = (_plate(kind, e) for e in entries)
    return list(dict.fromkeys(found))


def _plate(kind: str, entry: Mapping[str, Any]) -> Plate:
    view = str(entry.get("view") or "keep")
    return Plate(kind, str(entry.get("corpus") or ""), str(entry.get("norm")), view)


def draw(plate: Plate, summary: Summary, texts: Texts, width: str) -> Figure:
    """The figure of a plate at the width "page" or "column", under the rcParams in force."""
    common: dict[str, Any] = {"width": width, "partial": summary.partial}
    cells = summary.of(Series(plate.corpus, plate.norm, "mean", plate.view))
    if plate.kind == "figure":
        return four_panel_figure(cells, mixed=summary.mixed, level=summary.level, **common)
    if plate.kind == "laws":
        return cell_figures.laws_figure(cells, **common)
    if plate.kind == "texts":
        own = texts_of(texts, cells)
        return cell_figures.texts_figure(cells, own, level=summary.level, **common)
    if plate.kind == "reach":
        return cell_figures.reach_figure(cells, **common)
    if plate.kind == "tokens":
        dropped = summary.of(Series(plate.corpus, plate.norm, "mean", "drop"))
        return cell_figures.tokens_figure(cells, dropped, **common)
    return _across(plate, summary, common)


def _across(plate: Plate, summary: Summary, common: dict[str, Any]) -> Figure:
    where = {"heads": summary.raw.get("heads") or (), "corpora": summary.across("model_corpus")}
    entries = where.get(plate.kind, ()) or summary.across(plate.kind)
    own = [e for e in entries if _plate(plate.kind, e) == plate]
    if plate.kind == "heads":
        burn_in = int(summary.options.get("burn_in") or 0)
        return cell_figures.heads_figure(own, burn_in=burn_in, **common)
    if plate.kind == "depth":
        return model_figures.depth_figure(own, **common)
    if plate.kind == "covariates":
        return model_figures.covariates_figure(own, **common)
    one = {"variance": model_figures.variance_figure, "corpora": model_figures.corpora_figure}
    return one[plate.kind](own[0], **common)


def texts_of(texts: Texts, cells: Iterable[Cell]) -> dict[str, Spread]:
    """Model → its texts, of the cells of one series."""
    keys = {c.model: (c.model, c.corpus, c.norm, c.view) for c in cells}
    return {model: texts[key] for model, key in keys.items() if key in texts}
