"""`across_models`, `heads` and `effective_depth` made of arithmetic, in the keys that reduce writes
(analysis/reduce/output.hpp)."""

from __future__ import annotations

import numpy as np
import synthetic as S


def with_reach(cells):
    """Adds effective_depth: half of the first difference, and an ε that is never reached."""
    for cell in cells:
        g = np.asarray(cell["curve"], float)
        m = len(g)
        below = next((i for i in range(m) if (g[i:] < g[0] + np.log(0.5)).all()), None)
        cell["effective_depth"] = [
            {
                "epsilon": 0.5,
                "relative": True,
                "n": below,
                "low": None if below is None else max(0.0, below - 0.4),
                "high": None if below is None else below + 0.3,
                "n_beyond": below is None,
                "low_beyond": below is None,
                "high_beyond": below is None,
                "extrapolated": False,
                "unreliable": False,
            },
            {
                "epsilon": 0.01,
                "relative": True,
                "n": None,
                "low": None,
                "high": None,
                "n_beyond": True,
                "low_beyond": True,
                "high_beyond": True,
                "extrapolated": False,
                "unreliable": False,
            },
        ]
    return cells


def heads(models, n_heads=4, n_pairs=5, corpus="fortunes", norm="frobenius", view="keep"):
    rng = np.random.default_rng(11)
    out = []
    for model in models:
        for h in range(n_heads):
            curve = np.log(S.exponential(n_pairs, 0.3 * h, 1.5)) + rng.normal(0, 0.05, n_pairs)
            out.append(
                {
                    "model": model,
                    "corpus": corpus,
                    "norm": norm,
                    "view": view,
                    "heads": "each",
                    "head": h,
                    "sequences": 1987,
                    "documents": 431,
                    "points": n_pairs,
                    "lambda": 0.1 * h,
                    "lambda_low": 0.1 * h - 0.02,
                    "lambda_high": 0.1 * h + 0.02,
                    "drop": 0.4 * h,
                    "r2": 0.8,
                    "share_positive": 0.7,
                    "excluded": {},
                    "curve": list(curve),
                }
            )
    return out


def _depth(cells, against, corpus, norm, verdict):
    models = []
    for k, cell in enumerate(cells):
        entry = {"model": cell["model"], "lineage": "abc"[k % 3], "points": cell["points"]}
        entry["value"] = cell["n_layers"] if against == "depth" else 1e6 * (k + 1)
        entry["pairs"] = cell["points"]
        for quantity in ("lambda_all", "lambda_window"):
            entry[quantity] = cell["lambda"]
            entry[f"{quantity}_low"], entry[f"{quantity}_high"] = (
                cell["lambda_low"],
                cell["lambda_high"],
            )
        for quantity in ("drop_all", "drop_relative"):
            entry[quantity] = cell["drop"]
            entry[f"{quantity}_low"], entry[f"{quantity}_high"] = (
                cell["drop"] - 0.1,
                cell["drop"] + 0.1,
            )
        models.append(entry)
    rows = [
        {"quantity": q, "tau": -0.42, "p": 0.012, "p_rises": 0.99, "p_attainable": 1e-4}
        for q in ("lambda_all", "drop_all", "lambda_window", "drop_relative")
    ]
    return {
        "corpus": corpus,
        "norm": norm,
        "view": "keep",
        "against": against,
        "window": 5,
        "models": models,
        "rows": rows,
        "units": "models",
        "blocks": [[c["model"] for c in cells]],
        "exact": False,
        "permutations": 99_999,
        "verdict": verdict,
        "separable": len(cells) >= 10,
        "tau_depth_parameters": 0.3,
        "note": None,
    }


def _share(share, half=0.05, population=False):
    out = {
        "variance": 1e-4 * share,
        "negative": False,
        "low": 0.0,
        "high": 2e-4 * share,
        "share": share,
        "share_low": max(0.0, share - half),
        "share_high": min(1.0, share + half),
    }
    if population:
        out |= {
            "population_low": 0.0,
            "population_high": 1e-3,
            "population_share_low": max(0.0, share - 3 * half),
            "population_share_high": min(1.0, share + 4 * half),
        }
    return out


def _covariates(cells, corpus, norm):
    out = []
    for k, cell in enumerate(cells):
        for name, slope in (("ln_n", 0.01 * (k + 1)), ("year", -2e-4)):
            out.append(
                {
                    "model": cell["model"],
                    "corpus": corpus,
                    "norm": norm,
                    "view": "keep",
                    "covariate": name,
                    "kind": "number",
                    "status": "fitted",
                    "sequences": 1987,
                    "documents": 431,
                    "missing": 3,
                    "slope": slope,
                    "slope_low": slope - abs(slope) / 3,
                    "slope_high": slope + abs(slope) / 3,
                    "se": abs(slope) / 6,
                    "df": 400,
                    "slope_alone": slope,
                    "sd": 0.8 if name == "ln_n" else 12.0,
                    "r2": 0.11,
                    "r2_added": 0.0 if name == "ln_n" else 0.02,
                    "p": 0.001,
                    "p_adjusted": 0.004 if name == "ln_n" else 0.2,
                }
            )
        levels = [
            {
                "level": f"topic-{j}",
                "sequences": 400 - 20 * j,
                "difference": 0.004 * (j - 6),
                "low": 0.004 * (j - 6) - 0.003,
                "high": 0.004 * (j - 6) + 0.003,
            }
            for j in range(14)
        ]
        out.append(
            {
                "model": cell["model"],
                "corpus": corpus,
                "norm": norm,
                "view": "keep",
                "covariate": "topic",
                "kind": "category",
                "status": "fitted",
                "sequences": 1987,
                "documents": 431,
                "missing": 0,
                "r2": 0.05,
                "r2_added": 0.03,
                "p": 0.02,
                "p_adjusted": 0.06,
                "levels": levels,
            }
        )
    return out


def across(cells, corpora=("fortunes",), norm="frobenius", verdict="window_artifact"):
    """across_models of the trained models' cells of one norm."""
    trained = [c for c in cells if not c["control_of"] and c["norm"] == norm]
    out = {"pairs": [], "common": [], "depth": [], "variance": [], "heterogeneity": []}
    out |= {"model_corpus": [], "covariates": []}
    for corpus in corpora:
        own = [c for c in trained if c["corpus"] == corpus]
        where = {"corpus": corpus, "norm": norm, "view": "keep"}
        ids = [c["model"] for c in own]
        out["covariates"] += _covariates(own, corpus, norm)
        if len(own) < 2:
            continue
        out["common"].append(
            where
            | {
                "models": ids,
                "left_out": {},
                "sequences": 1900,
                "documents": 430,
                "not_common": {m: 87 for m in ids},
            }
        )
        out["depth"] += [_depth(own, a, corpus, norm, verdict) for a in ("depth", "parameters")]
        out["variance"].append(
            where
            | {
                "models": ids,
                "documents": 430,
                "sequences": 1900,
                "windows": False,
                "mean": 0.1,
                "population": len(own) >= 5,
                "components": {
                    "model": _share(0.62, population=len(own) >= 5),
                    "document": _share(0.08),
                    "model_document": _share(0.3),
                },
            }
        )
        out["heterogeneity"].append(
            where
            | {
                "models": len(own),
                "documents": 430,
                "sigma": 0.021,
                "cv": 0.35,
                "mean": 0.06,
                "t2": 812.0,
                "f": 95.2,
                "df1": len(own) - 1,
                "df2": 430 - len(own) + 1,
                "p": 1e-9,
                "reason": None,
            }
        )
    if len(corpora) > 1:
        ids = list(dict.fromkeys(c["model"] for c in trained))
        rate = {(c["model"], c["corpus"]): c["lambda"] for c in trained}
        table = [[rate.get((m, c)) for c in corpora] for m in ids]
        out["model_corpus"].append(
            {
                "norm": norm,
                "view": "keep",
                "models": ids,
                "corpora": list(corpora),
                "lambda": table,
                "lambda_low": table,
                "lambda_high": table,
                "drop": table,
                "lambda_common": table,
                "model_mean": [None] * len(ids),
                "corpus_mean": [None] * len(corpora),
                "mean": 0.1,
                "interaction": table,
            }
        )
    return out
