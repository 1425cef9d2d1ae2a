"""Results made of arithmetic: summaries with known content, in the layout of the program.

Estimators here are the definitions written out in NumPy; nothing in the package computes them, so a
figure that shows the right numbers has read them.
"""

from __future__ import annotations

import numpy as np

MINILM = [2.165, 0.748, 0.834, 0.821, 1.584]
E5 = [2.34, 1.13, 1.11, 2.15, 0.60, 0.59, 0.77, 0.77, 1.02, 0.94, 0.98]


def _numbers(g, half, documents):
    """Every scalar of the line through g that can be computed, in the keys of summary.json."""
    keys = (
        "lambda lambda_low lambda_high se df j_eff amplitude drop r2 kappa kappa3 rise rise_rel"
        " r2_within tau p_v"
    ).split()
    out = dict.fromkeys(keys)
    m = len(g)
    if m < 2:
        return out
    i = np.arange(m)
    t = i - i.mean()
    rate = -(t @ g) / (t @ t)
    r = g - g.mean() + rate * t
    drop = rate * (m - 1)
    low, high = rate - half, rate + half
    out |= {
        "lambda": rate,
        "lambda_low": low,
        "lambda_high": high,
        "se": half / 1.96,
        "df": documents - 1,
        "j_eff": documents / 1.3,
        "drop": drop,
        "amplitude": float(np.exp(g.mean() + rate * (i.mean()))),
        "r2": 1 - (r @ r) / max(((g - g.mean()) ** 2).sum(), 1e-300),
        "rise": max(0.0, max(g[b] - g[a] for a in range(m) for b in range(a + 1, m))),
        "residuals": list(r),
        "r2_within": 0.6,
        "tau": 0.4,
        "p_v": 1e-4,
        "stability": 1.0,
        "original_criterion": (
            "lambda > 0" if low > 0 else "lambda <= 0" if high < 0 else "lambda ~ 0"
        ),
    }
    if m >= 3:
        out["kappa"] = np.polyfit(t, g, 2)[0] * (m - 1) ** 2 / (4 * abs(drop))
    if m >= 4:
        v = np.linalg.qr(np.polynomial.polynomial.polyvander(t, 3))[0][:, 3]
        out["kappa3"] = abs(g @ v) * np.abs(v).max() / abs(drop)
    return out


def _laws(g, d):
    """Laws with parameters that go through the ends of the curve where they can."""
    m = len(g)
    if m < 2 or not np.isfinite(g).all():
        return {}
    drop = g[0] - g[-1]
    fits = {
        "constant": {"a": g.mean()},
        "exponential": {"a": g[0], "lambda": drop / (m - 1)},
        "power": {"a": g[0], "p": drop / np.log(m)},
        "linear": {"a": g[0], "q": 1 - np.exp(-max(drop, 0.0))},
        "floor": {"a": g[0], "rho": 4.0, "beta": min(0.9, d.min() / d.max())},
    }
    common = {"lolo": 0.1, "lolo_low": 0.08, "lolo_high": 0.12, "forecast": 0.2, "rms": 0.1}
    extra = {"identifiable": m >= 5, "status": "converged"}
    return {law: common | extra | fit for law, fit in fits.items()}


def cell(
    model,
    d,
    *,
    corpus="fortunes",
    norm="frobenius",
    half=0.03,
    verdict="rejected",
    reason="not_monotone",
    control_of="",
    documents=431,
    sequences=1987,
    flags=(),
    **more,
):
    """A cell of summary.json whose mean log-curve is ln d, with intervals of ± half."""
    d = np.asarray(d, float)
    g = np.log(d)
    m = len(d)
    if m < 2:
        verdict, reason = "inconclusive", "few_layers"
    if control_of:
        verdict, reason = "rejected", "flat"
    return (
        dict(
            model=model,
            corpus=corpus,
            norm=norm,
            heads="mean",
            view="keep",
            head=None,
            sequences=sequences,
            documents=documents,
            points=m,
            pairs=m,
            n_layers=m + 1,
            control_of=control_of or None,
        )
        | _numbers(g, half, documents)
        | dict(
            verdict=verdict,
            reason=reason or None,
            reasons=[reason] if reason else [],
            interval="t",
            excluded={"too_short": 13},
            flags=list(flags),
            laws=_laws(g, d),
            curve=list(g),
            curve_low=list(g - half),
            curve_high=list(g + half),
        )
        | more
    )


def exponential(m, drop, top=2.0, bend=0.0):
    x = np.linspace(0, 1, m)
    return top * np.exp(-drop * (x + bend * x * (x - 1)))


def one_model(norm="frobenius", corpus="fortunes"):
    cells = [cell("minilm-l6", MINILM, norm=norm, corpus=corpus)]
    rng = np.random.default_rng(1)
    for k in range(3):
        d = exponential(5, 0.27, 0.4) * np.exp(rng.normal(0, 0.02, 5))
        cells.append(
            cell(
                f"minilm-l6-untrained.{k}",
                d,
                control_of="minilm-l6",
                norm=norm,
                corpus=corpus,
                half=0.01,
            )
        )
    return cells


def many_models(n, seeds=3, corpus="fortunes", norm="frobenius"):
    rng = np.random.default_rng(7)
    verdicts = [
        ("supported", ""),
        ("decays, not exponentially", "beaten_by:floor"),
        ("rejected", "not_monotone"),
        ("inconclusive", "sampling"),
        ("decays, not exponentially", "curvature"),
        ("rejected", "flat"),
    ]
    cells = []
    for k in range(n):
        m = [5, 11, 23, 11][k % 4]
        name = ["minilm-l6", "bert-base-uncased", "roberta-large-openai-detector", "e5-base-v2"][
            k % 4
        ] + (f"-{k}" if k > 3 else "")
        verdict, reason = verdicts[k % len(verdicts)]
        d = exponential(m, rng.uniform(-0.3, 2.5), rng.uniform(0.8, 2.5), rng.uniform(-0.6, 0.6))
        d = d * np.exp(rng.normal(0, 0.12, m))
        cells.append(
            cell(
                name,
                d,
                half=rng.uniform(0.004, 0.05),
                verdict=verdict,
                reason=reason,
                corpus=corpus,
                norm=norm,
            )
        )
        for s in range(seeds):
            d = exponential(m, 0.27, 0.4) * np.exp(rng.normal(0, 0.03, m))
            cells.append(
                cell(
                    f"{name}-untrained.{s}", d, control_of=name, half=0.01, corpus=corpus, norm=norm
                )
            )
    return cells


def as_read(cells):
    """Cells as they come back from a JSON file: undefined numbers are null."""
    import json
    import math

    def clean(value):
        if isinstance(value, dict):
            return {k: clean(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [clean(v) for v in value]
        if isinstance(value, (float, np.floating)):
            return float(value) if math.isfinite(value) else None
        return value

    return json.loads(json.dumps(clean(cells)))


def summary(cells, **more):
    """The whole of summary.json around the cells."""
    options = {
        "level": 0.95,
        "replicates": 10000,
        "interval": "t",
        "weights": "sequence",
        "primary_norm": "frobenius",
        "burn_in": 0,
        "r2_min": 0.9,
        "curvature_tol": 0.15,
        "cubic_tol": 0.08,
    }
    return {
        "study": "synthetic",
        "seed": 20251030,
        "version": "0.1.0",
        "partial": False,
        "tasks": {"done": 6, "all": 6},
        "machines": ["cpu float32"],
        "mixed_devices": False,
        "options": options,
        "n_replicates": 10000,
        "family_size": 1,
        "cells": cells,
        "excluded": {"too_short": 13},
        "models": [],
        "across_models": {"pairs": []},
    } | more
