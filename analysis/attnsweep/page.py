"""report.html: the answer on the first screen, then charts, tables, run facts and how to reproduce
it. One file: styles, scripts and data stand inside, and nothing is asked from outside.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import matplotlib as mpl

from attnsweep import __version__, answer, facts, tables, words
from attnsweep.figures import Plate, Texts
from attnsweep.page_data import as_json, page_data
from attnsweep.run import Run
from attnsweep.summary import VERDICTS, Cell, Series, Summary

WEB = Path(__file__).with_name("web")
SCRIPTS = ("vendor/d3.min.js", "vendor/plot.umd.min.js")
OWN_SCRIPTS = ("charts.js", "charts_models.js", "page.js")
#: kind of a plate → what its figures show
KINDS = {
    "figure": "curves, fits, rates and verdicts",
    "laws": "every law and its residuals",
    "texts": "λ on the distribution over texts",
    "reach": "effective depth",
    "tokens": "with and without special tokens",
    "heads": "layers and heads",
    "depth": "against depth and parameters",
    "variance": "components of variance",
    "covariates": "covariates",
    "corpora": "models and corpora",
}


def data_uri(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")


def alternative(series: Series, cells: Sequence[Cell]) -> str:
    """What the figure shows, for those who cannot see it."""
    trained = [c for c in cells if not c.control_of]
    said = "; ".join(
        f"{c.model}: λ {words.rate_with_interval(c)}, {c.verdict or 'no verdict'}"
        for c in trained[:8]
    )
    more = f"; and {len(trained) - 8} more models in the table" if len(trained) > 8 else ""
    return (
        f"Four panels, corpus {series.corpus}, {words.norm_name(series.norm)}: layer differences by"
        " depth, the same on a log scale with exponential fits, decay rates with intervals,"
        f" numbers and verdicts. {said}{more}."
    )


def _figure(plates: Sequence[Plate], summary: Summary, folder: Path) -> dict[str, str] | None:
    """The primary series' four panels, inside the page."""
    first = next((p for p in plates if p.kind == "figure"), None)
    if first is None:
        return None
    series = Series(first.corpus, first.norm, "mean", first.view)
    view = "" if series.view == "keep" else ", special tokens dropped"
    return {
        "uri": data_uri((folder / f"{first.stem}.svg").read_bytes()),
        "alt": alternative(series, summary.of(series)),
        "caption": f"{series.corpus}, {words.norm_name(series.norm)}{view}",
    }


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(WEB),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["unbroken"] = words.unbroken
    return environment


def _answers(run: Run, summary: Summary) -> dict[str, Any]:
    """What the first screen says."""
    primary = summary.primary_cells()
    said, colour = answer.headline(primary)
    counted = answer.counted(primary)
    return {
        "answers": [answer.answer(c, summary, len(primary) == 1) for c in primary],
        "headline": said,
        "headline_kind": colour,
        "counts": counted,
        "sure": answer.how_sure(primary, summary),
        "beside": answer.beside(primary, summary),
        "gone": answer.left_out(primary, run),
        "many": len(primary) > answer.MANY_ANSWERS,
        "matrix": tables.matrix(primary),
        "means": [
            (v, words.verdict_means(v, summary.options))
            for v in VERDICTS
            if any(c["verdict"] == v for c in counted)
        ],
    }


def _tables(run: Run, summary: Summary) -> dict[str, Any]:
    ordered = [c for s in summary.series() for c in summary.of(s)]
    return {
        "rows": [tables.cell_row(c, summary) for c in ordered],
        "laws": [(c, tables.law_rows(c)) for c in ordered if not c.control_of],
        "residuals": [(c, tables.residuals(c)) for c in ordered],
        "variance": tables.variance_rows(summary),
        "heterogeneity": tables.heterogeneity_rows(summary),
        "depth": tables.depth_rows(summary),
        "covariates": tables.covariate_rows(summary),
        "common": tables.common_rows(summary),
        "excluded": words.counts(summary.excluded),
        "left_out": facts.left_out(run),
        "facts": facts.run_facts(run),
        "models": facts.models(run),
    }


def _charts(summary: Summary, texts: Texts) -> dict[str, bool]:
    """Which charts have something to show."""
    cells = [c for c in summary.cells if c.heads == "mean"]
    trained = [c for c in cells if not c.control_of]
    return {
        "curves": any(len(c.curve) for c in cells),
        "laws": any(c.laws and len(c.curve) > 1 for c in trained),
        "rates": any(c.number("lambda") is not None for c in cells),
        "texts": bool(texts),
        "control": any(c.raw.get("control") for c in trained),
        "reach": any(c.raw.get("effective_depth") for c in trained),
        "tokens": len({c.view for c in trained}) > 1,
        "heads": bool(summary.raw.get("heads")),
        "depth": bool(summary.across("depth")),
        "variance": bool(summary.across("variance")),
        "covariates": bool(summary.across("covariates")),
    }


def _colors() -> list[tuple[str, str]]:
    """The style sheet's colours, and the same mixed with white for a dark page."""
    out = []
    for entry in mpl.rcParams["axes.prop_cycle"]:
        color = mpl.colors.to_rgb(entry.get("color", "C0"))
        light = tuple(0.68 * c + 0.32 for c in color)
        dark = "#e8e8e6" if sum(color) < 0.3 else mpl.colors.to_hex(light)
        out.append((mpl.colors.to_hex(color), dark))
    return out


def _files(plates: Sequence[Plate]) -> list[dict[str, Any]]:
    """Names of the figures beside the page, by what they show."""
    found: dict[str, list[str]] = {}
    for plate in plates:
        found.setdefault(plate.kind, []).append(plate.stem)
    return [{"what": KINDS.get(kind, kind), "stems": stems} for kind, stems in found.items()]


def _hero(hero: bytes | None, summary: Summary) -> dict[str, str] | None:
    """The picture of the first screen, for where scripts do not run."""
    if hero is None:
        return None
    series = summary.series()[0]
    shown = [c.model for c in summary.of(series) if not c.control_of]
    return {
        "uri": data_uri(hero),
        "alt": f"Layer differences by depth on a log scale with exponential fits and untrained"
        f" controls, {words.norm_name(series.norm)}, models {', '.join(shown[:12])}.",
    }


def render(
    run: Run, plates: Sequence[Plate], texts: Texts, folder: Path, hero: bytes | None
) -> str:
    """The page as text. plates: the figures that lie in `folder`, the primary one first; texts: the
    spread of λ over the texts, by cell; hero: the SVG of the first screen."""
    summary = run.reduced
    scripts = {
        "vendor": [(WEB / name).read_text("utf-8") for name in SCRIPTS],
        "own": [(WEB / name).read_text("utf-8") for name in OWN_SCRIPTS],
    }
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            **_answers(run, summary),
            **_tables(run, summary),
            study=run.plan.study or run.path.name,
            partial=summary.partial,
            mixed=summary.mixed,
            charts=_charts(summary, texts),
            figure=_figure(plates, summary, folder),
            hero=_hero(hero, summary),
            first_corpus=next((s.corpus for s in summary.series()), ""),
            primary=summary.primary_norm,
            files=_files(plates),
            level=f"{100 * summary.level:g} %",
            folder=run.path.name,
            version=__version__,
            commit=facts.commit(run),
            primary_norm=words.norm_name(summary.primary_norm),
            colors=_colors(),
            css=(WEB / "page.css").read_text("utf-8"),
            scripts=scripts,
            data=as_json(page_data(summary, texts)),
        )
    )
