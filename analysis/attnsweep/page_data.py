"""What the page's charts are drawn from: one JSON text inside the page.

Numbers are rounded to five significant digits; the full ones are in summary.json.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np

from attnsweep import words
from attnsweep.answer import kind
from attnsweep.laws import PARAMETERS
from attnsweep.plot_models import QUANTITIES
from attnsweep.plot_parts import COMPONENTS
from attnsweep.plot_texts import Spread
from attnsweep.summary import LAWS, Cell, Series, Summary

#: Named as in charts.js.
Texts = Mapping[tuple[str, str, str, str], Spread]
BINS = 40  #: of a distribution on the page


def rounded(value: Any) -> Any:
    """Five significant digits; None for what is undefined; lists and dicts all the way down."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, Mapping):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [rounded(v) for v in value]
    number = float(value)
    if not math.isfinite(number):
        return None
    short = float(f"{number:.5g}")
    return int(short) if short == int(short) and abs(short) < 1e15 else short


def page_data(summary: Summary, texts: Texts) -> dict[str, Any]:
    """Everything the charts show, keyed as charts.js reads it."""
    series = summary.series()
    models = _models(summary)
    model_of = {m["id"]: k for k, m in enumerate(models)}
    series_of = {s: k for k, s in enumerate(series)}
    cells = [
        _cell(c, model_of[c.model], series_of[Series(c.corpus, c.norm, c.heads, c.view)], texts)
        for c in summary.cells
        if c.heads == "mean"
    ]
    return {
        "level": summary.level,
        "burn_in": int(summary.options.get("burn_in") or 0),
        "n_colors": len(list(mpl.rcParams["axes.prop_cycle"])),
        "models": models,
        "series": [
            {"corpus": s.corpus, "norm": s.norm, "view": s.view, "name": words.norm_name(s.norm)}
            for s in series
        ],
        "cells": cells,
        "laws": {law: words.LAWS.get(law, law) for law in LAWS},
        "heads": _heads(summary, model_of),
        "across": {
            "depth": [_depth(e) for e in summary.across("depth")],
            "variance": [_variance(e) for e in summary.across("variance")],
            "covariates": [_covariate(e, model_of) for e in summary.across("covariates")],
        },
        "quantities": {k: list(v) for k, v in QUANTITIES.items()},
    }


def as_json(data: dict[str, Any]) -> str:
    """As the content of a script element: nothing in it can end the element."""
    text = json.dumps(rounded(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _models(summary: Summary) -> list[dict[str, Any]]:
    about = {m["model"]: m for m in summary.raw.get("models") or () if "model" in m}
    found: dict[str, Cell] = {}
    for s in summary.series():
        for cell in summary.of(s):
            found.setdefault(cell.model, cell)
    place = {model: k for k, model in enumerate(found)}
    return [
        {
            "id": model,
            "of": place.get(cell.control_of, -1) if cell.control_of else None,
            "layers": cell.count("n_layers") or about.get(model, {}).get("n_layers"),
            "parameters": about.get(model, {}).get("n_parameters"),
            "lineage": cell.raw.get("lineage"),
        }
        for model, cell in found.items()
    ]


def _cell(cell: Cell, model: int, series: int, texts: Texts) -> dict[str, Any]:
    out = {
        "m": model,
        "s": series,
        "g": cell.curve,
        "l": [cell.number(k) for k in ("lambda", "lambda_low", "lambda_high")],
        "t": [cell.number(k) for k in ("drop", "drop_low", "drop_high")],
        "c": cell.number("amplitude"),
        "r2": cell.number("r2"),
        "v": kind(cell.verdict),
        "why": words.reason_short(cell.reason) if cell.reason else "",
        "n": [cell.count("sequences"), cell.count("documents")],
    }
    if cell.has_band:
        out |= {"lo": cell.low, "hi": cell.high}
    if not cell.control_of:
        out["laws"] = {
            law: [fit.get(p) for p in ("a", *PARAMETERS[law])] + [fit.get("lolo")]
            for law, fit in cell.laws.items()
            if law in PARAMETERS
        }
        if reach := cell.raw.get("effective_depth"):
            out["reach"] = [_reach(one) for one in reach]
            out["pairs"] = cell.count("pairs") or len(cell.curve)
        if control := cell.raw.get("control"):
            out["control"] = [
                [one.get("model")]
                + [one.get(f"drop_difference{end}") for end in ("", "_low", "_high")]
                for one in control
            ]
    spread = texts.get((cell.model, cell.corpus, cell.norm, cell.view))
    if spread is not None and spread.n:
        out["texts"] = {
            "n": spread.n,
            "of": spread.of,
            "from": spread.edges[0],
            "to": spread.edges[-1],
            "counts": [int(n) for n in spread.counts],
            "q": spread.quantiles,
        }
    return out


def _reach(one: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("epsilon", "n", "low", "high")
    flags = ("relative", "n_beyond", "low_beyond", "high_beyond", "extrapolated")
    return {k: one.get(k) for k in keys} | {k: bool(one.get(k)) for k in flags}


def _heads(summary: Summary, model_of: Mapping[str, int]) -> list[dict[str, Any]]:
    """One map a (model, corpus, norm, view): d by head and layer pair, λ by head."""
    maps: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for h in summary.raw.get("heads") or ():
        key = (h["model"], h["corpus"], h["norm"], h.get("view") or "keep")
        maps.setdefault(key, []).append(h)
    out = []
    for (model, corpus, norm, view), own in maps.items():
        own = sorted(own, key=lambda h: int(h["head"]))
        out.append(
            {
                "m": model_of.get(model, -1),
                "model": model,
                "corpus": corpus,
                "norm": norm,
                "view": view,
                "d": [[_exp(v) for v in h.get("curve") or ()] for h in own],
                "l": [[h.get(f"lambda{end}") for end in ("", "_low", "_high")] for h in own],
            }
        )
    return out


def _exp(value: Any) -> float | None:
    return math.exp(value) if isinstance(value, (int, float)) and value < 700 else None


def _where(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"corpus": entry.get("corpus"), "norm": entry.get("norm"), "view": entry.get("view")}


def _depth(entry: Mapping[str, Any]) -> dict[str, Any]:
    models = []
    for m in entry.get("models") or ():
        one = {"model": m.get("model"), "lineage": m.get("lineage"), "x": m.get("value")}
        for q in QUANTITIES:
            one[q] = [m.get(f"{q}{end}") for end in ("", "_low", "_high")]
        models.append(one)
    tests = {r.get("quantity"): [r.get("tau"), r.get("p")] for r in entry.get("rows") or ()}
    return _where(entry) | {
        "against": entry.get("against"),
        "verdict": str(entry.get("verdict") or "").replace("_", " "),
        "models": models,
        "tests": tests,
    }


def _variance(entry: Mapping[str, Any]) -> dict[str, Any]:
    parts = []
    for name, part in (entry.get("components") or {}).items():
        share = [part.get(f"share{end}") for end in ("", "_low", "_high")]
        population = [part.get(f"population_share_{end}") for end in ("low", "high")]
        parts.append({"name": COMPONENTS.get(name, name), "share": share, "population": population})
    return _where(entry) | {"parts": parts}


def _covariate(entry: Mapping[str, Any], model_of: Mapping[str, int]) -> dict[str, Any]:
    out = _where(entry) | {
        "model": entry.get("model"),
        "name": words.covariate(str(entry.get("covariate"))),
        "p": entry.get("p_adjusted"),
        "r2": entry.get("r2"),
    }
    if entry.get("kind") == "category":
        levels: Sequence[Mapping[str, Any]] = entry.get("levels") or ()
        most = sorted(levels, key=lambda v: -int(v.get("sequences") or 0))[:30]
        keys = ("level", "sequences", "difference", "low", "high")
        return out | {"levels": [[v.get(k) for k in keys] for v in most]}
    scale = entry.get("sd")
    scale = scale if isinstance(scale, (int, float)) and scale > 0 else 1.0
    slope = [entry.get(f"slope{end}") for end in ("", "_low", "_high")]
    return out | {"slope": [None if v is None else v * scale for v in slope]}
