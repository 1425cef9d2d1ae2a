"""The tables of the page, as texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attnsweep import words
from attnsweep.answer import control_text, controls_of, kind
from attnsweep.laws import PARAMETERS
from attnsweep.summary import LAWS, Cell, Summary


def cell_row(cell: Cell, summary: Summary) -> dict[str, Any]:
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
        "p_v": "–" if p_v is None or cell.control_of else f"{p_v:.2g}",
        "criterion": words.criterion(cell),
        "verdict": cell.verdict or "–",
        "kind": kind(cell.verdict),
        "left_out": words.counts(cell.excluded),
        "reasons": ", ".join(words.reason_short(r) for r in cell.reasons or _why(cell)) or "–",
        "flags": "; ".join(words.FLAGS.get(f, f) for f in cell.flags) or "–",
        "beside": _beside(cell, controls),
        "secondary": cell.norm != summary.primary_norm,
    }


def _why(cell: Cell) -> list[str]:
    return [cell.reason] if cell.reason else []


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


def law_rows(cell: Cell) -> list[dict[str, str]]:
    """Every law of a cell: leave-one-layer-out error with its interval, forecast error, parameters,
    status."""
    told = set(cell.raw.get("not_told_apart") or ())
    out = []
    for law in LAWS:
        fit = cell.laws.get(law)
        if fit is None:
            continue
        lolo = words.number(fit.get("lolo"), 3)
        ends = [fit.get("lolo_low"), fit.get("lolo_high")]
        if None not in ends and lolo != "–":
            lolo += f" [{words.number(ends[0], 3)}, {words.number(ends[1], 3)}]"
        parameters = ", ".join(
            f"{_SYMBOLS.get(p, p)} {words.number(fit.get(p), 4)}" for p in ("a", *PARAMETERS[law])
        )
        said = "beats the exponential" if law in (cell.raw.get("beaten_by") or ()) else ""
        said = "not told apart" if law in told and law != "exponential" else said
        if fit.get("identifiable") is False:
            said = "not identifiable"
        out.append(
            {
                "law": words.LAWS.get(law, law),
                "lolo": lolo,
                "forecast": words.number(fit.get("forecast"), 3),
                "parameters": parameters,
                "status": str(fit.get("status") or "–"),
                "said": said or "–",
            }
        )
    return out


_SYMBOLS = {"lambda": "λ", "rho": "ρ", "beta": "β"}


def residuals(cell: Cell) -> str:
    """r_i in order, "–" where there is no fit."""
    if len(cell.residuals) != len(cell.curve) or not len(cell.curve):
        return "–"
    return "  ".join(words.number(float(r)) for r in cell.residuals)


def matrix(cells: Sequence[Cell]) -> dict[str, Any]:
    """Verdict and λ of every model on every corpus: corpora, and rows of (model, cells)."""
    corpora = list(dict.fromkeys(c.corpus for c in cells))
    found = {(c.model, c.corpus): c for c in cells}
    rows = []
    for model in dict.fromkeys(c.model for c in cells):
        own = [found.get((model, corpus)) for corpus in corpora]
        rows.append(
            {
                "model": model,
                "cells": [
                    {
                        "verdict": c.verdict or "no verdict",
                        "kind": kind(c.verdict),
                        "rate": words.rate_with_interval(c),
                        "why": words.reason_short(c.reason) if c.reason else "",
                    }
                    if c is not None
                    else None
                    for c in own
                ],
            }
        )
    return {"corpora": corpora, "rows": rows}


def variance_rows(summary: Summary) -> list[dict[str, str]]:
    """One line a component of every entry of across_models.variance."""
    from attnsweep.plot_parts import COMPONENTS

    out = []
    for entry in summary.across("variance"):
        for name, part in (entry.get("components") or {}).items():
            out.append(
                _where(entry)
                | {
                    "what": COMPONENTS.get(name, name),
                    "sigma": _root(part.get("variance")) + " (negative: 0)" * bool(part["negative"])
                    if "negative" in part
                    else _root(part.get("variance")),
                    "share": words.interval(part, "share"),
                    "population": words.interval(part, "population_share"),
                }
            )
    return out


def _root(value: Any) -> str:
    return words.number(max(0.0, value) ** 0.5, 4) if isinstance(value, (int, float)) else "–"


def _where(entry: dict[str, Any]) -> dict[str, str]:
    view = "" if entry.get("view") in (None, "keep") else ", special tokens dropped"
    return {"where": f"{entry.get('corpus') or 'all corpora'}, {entry.get('norm')}{view}"}


def heterogeneity_rows(summary: Summary) -> list[dict[str, str]]:
    """Spread of λ among the models, and the test that it is none."""
    out = []
    for entry in summary.across("heterogeneity"):
        f = words.number(entry.get("f"))
        test = entry.get("reason") or (
            f"F = {f} on {words.number(entry.get('df1'), 0)} and"
            f" {words.number(entry.get('df2'), 0)} df, p {words.p_value(entry.get('p'))}"
        )
        out.append(
            _where(entry)
            | {
                "models": str(entry.get("models") or "–"),
                "sigma": words.number(entry.get("sigma"), 4),
                "cv": words.number(entry.get("cv")),
                "test": str(test).replace("_", " "),
            }
        )
    return out


def depth_rows(summary: Summary) -> list[dict[str, str]]:
    """Kendall's τ of every quantity against depth and parameters."""
    from attnsweep.plot_models import QUANTITIES

    out = []
    for entry in summary.across("depth"):
        for row in entry.get("rows") or ():
            name = QUANTITIES.get(str(row.get("quantity")), (str(row.get("quantity")),))[0]
            out.append(
                _where(entry)
                | {
                    "against": str(entry.get("against")),
                    "quantity": name,
                    "tau": words.number(row.get("tau")),
                    "p": words.p_value(row.get("p")),
                    "attainable": words.p_value(row.get("p_attainable")),
                    "verdict": str(entry.get("verdict") or "–").replace("_", " "),
                    "note": str(entry.get("note") or ""),
                }
            )
    return out


def covariate_rows(summary: Summary) -> list[dict[str, str]]:
    """Every covariate of every model: slope with interval, R², adjusted p."""
    out = []
    for e in summary.across("covariates"):
        slope = words.interval(e, "slope", "slope", 4) if e.get("kind") != "category" else "levels"
        out.append(
            _where(e)
            | {
                "model": str(e.get("model")),
                "covariate": words.covariate(str(e.get("covariate"))),
                "slope": slope,
                "r2": words.number(e.get("r2"), 3),
                "r2_added": words.number(e.get("r2_added"), 3),
                "p": words.p_value(e.get("p_adjusted")),
                "sequences": f"{int(e.get('sequences') or 0):,}",
                "missing": f"{int(e.get('missing') or 0):,}",
                "status": str(e.get("status") or "–").replace("_", " "),
            }
        )
    return out


def common_rows(summary: Summary) -> list[dict[str, str]]:
    """What the comparison across models is made from, and what it leaves out."""
    out = []
    for e in summary.across("common"):
        gone = {m: int(n) for m, n in (e.get("not_common") or {}).items() if n}
        models = ", ".join(f"{m} ({str(r).replace('_', ' ')})" for m, r in _items(e, "left_out"))
        out.append(
            _where(e)
            | {
                "models": str(len(e.get("models") or ())),
                "sequences": f"{int(e.get('sequences') or 0):,}",
                "documents": f"{int(e.get('documents') or 0):,}",
                "not_common": ", ".join(f"{m}: {n:,}" for m, n in gone.items()) or "none",
                "left_out": models or "none",
            }
        )
    return out


def _items(entry: dict[str, Any], key: str) -> list[tuple[str, Any]]:
    return list((entry.get(key) or {}).items())
