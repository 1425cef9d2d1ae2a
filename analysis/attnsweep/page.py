"""report.html: question and answer first, then the figure, the table of cells, what was left out,
run facts and how to reproduce it. One file without scripts or external requests.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

from attnsweep import __version__, facts, words
from attnsweep.run import Run
from attnsweep.summary import VERDICTS, Cell, Series, Summary

MANY_ANSWERS = 12
LAW_ORDER = ("constant", "exponential", "power", "linear", "floor")


def controls_of(cell: Cell, summary: Summary) -> list[Cell]:
    """The untrained controls beside a trained model's cell: same corpus, norm, heads, view,
    head."""
    key = (cell.corpus, cell.norm, cell.heads, cell.view, cell.head)
    return [
        c
        for c in summary.cells
        if c.control_of == cell.model and (c.corpus, c.norm, c.heads, c.view, c.head) == key
    ]


def answer(cell: Cell, summary: Summary) -> dict[str, str]:
    """The parts of one sentence about a trained model: model, corpus, verdict, why, numbers,
    rest."""
    level = f"{100 * summary.level:g} %"
    low, high = cell.number("lambda_low"), cell.number("lambda_high")
    digits = words.rate_digits(cell)
    if cell.number("lambda") is None:
        numbers = f"λ is undefined ({cell.count('points')} usable layer pairs)"
    else:
        numbers = f"λ = {words.rate(cell)} per layer"
        if low is not None and high is not None:
            ends = f"{words.number(low, digits)} to {words.number(high, digits)}"
            numbers += f" ({level} interval {ends})"
        else:
            numbers += " (no interval: it needs at least two documents)"
        numbers += f"; over its {cell.count('points')} layer pairs d {words.percent_fall(cell)}"
    rest = []
    if cell.criterion:
        rest.append(f"The sign of λ alone, the original criterion, reads {words.criterion(cell)}.")
    controls = controls_of(cell, summary)
    if controls:
        rest.append(f"Untrained control: {control_text(controls)}.")
    rest += [words.FLAGS.get(f, f).capitalize() + "." for f in cell.flags]
    return {
        "model": cell.model,
        "corpus": cell.corpus,
        "verdict": cell.verdict or "no verdict",
        "why": "; ".join(words.reason_long(r) for r in _why(cell)),
        "numbers": numbers,
        "rest": " ".join(rest),
    }


def _why(cell: Cell) -> list[str]:
    return [cell.reason] if cell.reason else []


def control_text(controls: Sequence[Cell]) -> str:
    """ "λ 0.066 to 0.071, T 0.27 to 0.28 (3 seeds)"."""

    def span(key: str, digits: int) -> str:
        values = sorted(v for c in controls if (v := c.number(key)) is not None)
        if not values:
            return "undefined"
        low, high = words.number(values[0], digits), words.number(values[-1], digits)
        return low if low == high else f"{low} to {high}"

    seeds = f"{len(controls)} seeds" if len(controls) > 1 else "1 seed"
    return f"λ {span('lambda', 3)}, T {span('drop', 2)} ({seeds})"


def _row(cell: Cell, summary: Summary) -> dict[str, Any]:
    """One line of the table of cells."""
    controls = controls_of(cell, summary)
    number = {
        k: words.number(cell.number(k))
        for k in ("drop", "r2", "kappa", "kappa3", "rise", "r2_within", "tau")
    }
    adjusted = cell.number("p_v_adjusted")
    p_v = cell.number("p_v") if adjusted is None else adjusted
    return number | {
        "cell": cell,
        "control": bool(cell.control_of),
        "norm": words.norm_name(cell.norm),
        "view": {"keep": "kept", "drop": "dropped"}.get(cell.view, cell.view),
        "rate": words.rate_with_interval(cell),
        "points": cell.count("points"),
        "sequences": f"{cell.count('sequences'):,}",
        "documents": f"{cell.count('documents'):,}",
        "p_v": "–" if p_v is None else f"{p_v:.2g}",
        "criterion": words.criterion(cell),
        "verdict": cell.verdict or "–",
        "left_out": words.counts(cell.excluded),
        "reasons": ", ".join(words.reason_short(r) for r in cell.reasons or _why(cell)) or "–",
        "flags": "; ".join(words.FLAGS.get(f, f) for f in cell.flags) or "–",
        "beside": _beside(cell, controls),
        "primary": cell.norm == summary.primary_norm,
    }


def _beside(cell: Cell, controls: Sequence[Cell]) -> list[str]:
    """One line a control: its T, its verdict, and T − T_control paired on the common texts."""
    paired = cell.raw.get("control") or []
    if not paired:
        return [control_text(controls)] if controls else []
    out = []
    for one in paired:
        ends = [words.number(one.get(f"drop_difference_{end}")) for end in ("low", "high")]
        out.append(
            f"{one.get('model')}: T {words.number(one.get('drop'))}, {one.get('verdict') or '–'};"
            f" T − T_control {words.number(one.get('drop_difference'))} [{ends[0]}, {ends[1]}]"
        )
    return out


def _laws(cell: Cell) -> list[str]:
    """Leave-one-layer-out error of every law, in LAW_ORDER."""
    laws = cell.raw.get("laws") or {}
    out = []
    for law in LAW_ORDER:
        value = (laws.get(law) or {}).get("lolo")
        out.append(words.number(value, 3) if isinstance(value, (int, float)) else "–")
    return out


def _residuals(cell: Cell) -> str:
    if len(cell.residuals) != len(cell.curve) or not len(cell.curve):
        return "–"
    return "  ".join(words.number(float(r)) for r in cell.residuals)


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


def caption(series: Series) -> str:
    view = "" if series.view == "keep" else ", special tokens dropped"
    return f"{series.corpus}, {words.norm_name(series.norm)}{view}"


def render(run: Run, figures: Sequence[tuple[Series, bytes, str]]) -> str:
    """The page as text. figures: (series, SVG bytes, file name of the figure), the primary
    first."""
    summary = run.reduced
    primary = summary.primary_cells()
    answers = [answer(c, summary) for c in primary]
    counts = Counter(a["verdict"] for a in answers)
    shown = [
        {
            "uri": data_uri(svg),
            "alt": alternative(s, summary.of(s)),
            "caption": caption(s),
            "file": name,
        }
        for s, svg, name in figures
    ]
    folder = Path(__file__).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["unbroken"] = words.unbroken
    ordered = [c for s in summary.series() for c in summary.of(s)]
    return environment.get_template("page.html.j2").render(
        study=run.plan.study or run.path.name,
        partial=summary.partial,
        answers=answers,
        counts=[(v, counts[v]) for v in (*VERDICTS, "no verdict") if counts[v]],
        mixed=summary.mixed,
        many=len(answers) > MANY_ANSWERS,
        means={v: words.verdict_means(v, summary.options) for v in VERDICTS},
        verdicts_seen=[v for v in VERDICTS if counts[v]],
        figures=shown,
        rows=[_row(c, summary) for c in ordered],
        level=f"{100 * summary.level:g} %",
        laws=[(c, _laws(c)) for c in ordered if not c.control_of],
        law_names=LAW_ORDER,
        residuals=[(c, _residuals(c)) for c in ordered],
        n_heads=len(summary.raw.get("heads") or ()),
        excluded=words.counts(summary.excluded),
        left_out=facts.left_out(run),
        facts=facts.run_facts(run),
        models=facts.models(run),
        folder=run.path.name,
        version=__version__,
        commit=facts.commit(run),
        css=(folder / "page.css").read_text("utf-8"),
        primary_norm=words.norm_name(summary.primary_norm),
    )
