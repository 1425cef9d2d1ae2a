#!/usr/bin/env python3
"""Reference values of the comparison across models, by other means than the program's.

Variance components from projections and, where balanced, from REML by R's lme4; trends by listing
every permutation, and SciPy's exact Kendall test; Hotelling's T² and cluster-robust regressions by
statsmodels; bootstrap intervals from the program's own resamples by R's boot. Writes
across_reference.json beside this script.

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1, statsmodels 0.15.0, R 4.2.2, lme4 1.1-31,
boot 1.3-28.1 (Debian's r-cran-lme4, r-cran-boot).
Run: python make_across_reference.py
"""
import itertools
import json
import pathlib
import subprocess

import numpy as np
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multivariate import test_mvmean

from make_reduce_reference import curve, weights

HERE = pathlib.Path(__file__).parent


def r_script(name, *arguments):
    out = subprocess.run(["Rscript", str(HERE / name), *map(str, arguments)], check=True,
                         capture_output=True, text=True)
    return [float(x) for x in out.stdout.split()]


# ---- variance components ----

def residual_square(y, *factors):
    """Residual sum of squares of y on indicators of the factors, by least squares."""
    columns = [np.ones(len(y))]
    for factor in factors:
        columns += [np.asarray(factor) == level for level in sorted(set(factor))]
    x = np.stack(columns, 1).astype(float)
    return float(((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum())


def components(x):
    """Crossed components of a complete table (models, documents), one value a cell."""
    m, j = x.shape
    y = x.ravel()
    model, document = np.repeat(np.arange(m), j), np.tile(np.arange(j), m)
    total, no_m = residual_square(y), residual_square(y, document)
    no_d, both = residual_square(y, model), residual_square(y, model, document)
    ms_m, ms_d = (total - no_d) / (m - 1), (total - no_m) / (j - 1)
    ms_e = both / ((m - 1) * (j - 1))
    return {"ms_model": ms_m, "ms_document": ms_d, "ms_error": ms_e,
            "model": (ms_m - ms_e) / j, "document": (ms_d - ms_e) / m, "model_document": ms_e}


def window_components(lam, document):
    """lam (models, sequences): components with texts inside documents."""
    m = len(lam)
    ids = sorted(set(document))
    means = np.array([[row[np.asarray(document) == c].mean() for c in ids] for row in lam])
    out = components(means)
    n = np.array([list(document).count(c) for c in ids])
    y, doc = lam.ravel(), np.tile(document, m)
    model = np.repeat(np.arange(m), lam.shape[1])
    text = np.tile(np.arange(lam.shape[1]), m)
    cell = [f"{a} {b}" for a, b in zip(model, doc)]
    df = (n - 1).sum()
    e_w = residual_square(y, cell, text) / ((m - 1) * df)
    s_w = m * residual_square(lam.mean(0), document) / df
    harmonic = len(n) / (1 / n).sum()
    out |= {"e_within": e_w, "s_within": s_w, "harmonic_n": harmonic, "model_text": e_w,
            "text": (s_w - e_w) / m, "model_document": out["ms_error"] - e_w / harmonic,
            "document": (out["ms_document"] - out["ms_error"] - (s_w - e_w) / harmonic) / m}
    return out


def simulate(rng, m, j, n, sd):
    """λ (models, sequences) of the crossed and nested model, and the sequences' documents."""
    document = [f"document {c:03d}" for c in range(j) for _ in range(n[c])]
    place = np.array([c for c in range(j) for _ in range(n[c])])
    lam = (0.3 + sd["model"] * rng.normal(size=(m, 1)) + sd["document"] * rng.normal(size=j)[place]
           + sd["model_document"] * rng.normal(size=(m, j))[:, place])
    lam = lam + sd["text"] * rng.normal(size=len(place)) + sd["model_text"] * rng.normal(
        size=lam.shape)
    return lam, document


def replicate_components(lam, document, seed, n):
    """The components in bootstrap replicates over documents, and their percentile intervals."""
    ids = sorted(set(document))
    parts = [np.asarray(document) == c for c in ids]
    values = []
    for w in weights(seed, len(ids), n):
        chosen = [c for c, times in enumerate(w) for _ in range(times)]
        sample = np.concatenate([lam[:, parts[c]] for c in chosen], 1)
        names = [f"{k:03d}" for k, c in enumerate(chosen) for _ in range(parts[c].sum())]
        v = (window_components(sample, names) if len(names) > len(ids)
             else components(sample))
        values.append([max(v[k], 0) for k in ("model", "document", "model_document")])
    return {k: list(np.quantile([v[i] for v in values], [0.025, 0.975]))
            for i, k in enumerate(("model", "document", "model_document"))}


def variance(rng):
    sd = {"model": 0.05, "document": 0.04, "model_document": 0.02, "text": 0, "model_text": 0}
    windows = sd | {"text": 0.03, "model_text": 0.015}
    sets = []
    for m, j, n, sds in ((3, 8, [1] * 8, sd), (4, 6, [3] * 6, windows),
                         (4, 9, [1, 2, 4, 3, 1, 2, 2, 5, 1], windows)):
        lam, document = simulate(rng, m, j, n, sds)
        one = {"lambda": lam.tolist(), "document": document, "balanced": len(set(n)) == 1}
        one["moments"] = (components(lam) if max(n) == 1 else window_components(lam, document))
        one["interval"] = replicate_components(lam, document, 20251030, 60)
        if one["balanced"]:
            rows = "\n".join(f"{lam[k, s]:.17g} {k} {document[s].split()[1]} {s}"
                             for k in range(m) for s in range(lam.shape[1]))
            file = HERE / "across.tmp"
            file.write_text(rows + "\n")
            keys = ["model", "document", "model_document", "text", "model_text"]
            values = r_script("reml_components.R", file, "texts" if max(n) > 1 else "none")
            one["reml"] = dict(zip(keys, values))
            file.unlink()
        sets.append(one)
    return sets


# ---- trends ----

def tau_sum(x, y):
    return sum(np.sign(x[a] - x[b]) * np.sign(y[a] - y[b])
               for a in range(len(x)) for b in range(a))


def trend(labels, values, blocks):
    """Every permutation inside the blocks, repeated ones too."""
    observed = tau_sum(labels, values)
    all_sums = []
    for orders in itertools.product(*(itertools.permutations(b) for b in blocks)):
        moved = list(labels)
        for block, order in zip(blocks, orders):
            for place, origin in zip(block, order):
                moved[place] = labels[origin]
        all_sums.append(tau_sum(moved, values))
    s = np.array(all_sums)
    return {"labels": labels, "values": values, "blocks": blocks,
            "tau": float(stats.kendalltau(labels, values, variant="b").statistic),
            "p_falls": float((s <= observed).mean()), "p_rises": float((s >= observed).mean()),
            "p_attainable": float((s == s.min()).mean())}


def trends(rng):
    out = []
    for labels, blocks in (([6, 12, 24, 3, 18], [[0, 1, 2, 3, 4]]),
                           ([6, 6, 12, 12, 12, 24], [[0, 1, 2, 3, 4, 5]]),
                           ([6, 12, 6, 12, 24, 3, 9], [[0, 1], [2, 3, 4], [5, 6]]),
                           ([6, 12, 24, 6, 12, 24], [[0, 1, 2], [3, 4, 5]]),
                           ([4, 8, 12, 16, 20, 24, 28], [[0, 1, 2, 3, 4, 5, 6]])):
        values = [round(float(v), 4) for v in -0.01 * np.array(labels) + rng.normal(
            0, 0.08, len(labels))]
        out.append(trend(labels, values, blocks))
    out.append(trend([2, 4, 6, 8], [0.3, 0.3, 0.1, 0.2], [[0, 1, 2, 3]]))
    # SciPy's exact one-sided p where there are no ties.
    for one in (out[0], out[4]):
        one["scipy_p_falls"] = float(stats.kendalltau(
            one["labels"], one["values"], method="exact", alternative="less").pvalue)
    return out


# ---- heterogeneity ----

def heterogeneity(rng):
    lam, document = simulate(rng, 3, 40, [1] * 40, {
        "model": 0.01, "document": 0.05, "model_document": 0.03, "text": 0, "model_text": 0})
    test = test_mvmean((lam[:-1] - lam[1:]).T)
    return {"lambda": lam.tolist(), "document": document, "t2": float(test.t2),
            "f": float(test.statistic), "p": float(test.pvalue)}


# ---- covariates ----

def regression(y, z, group, corpora, w=None):
    """Slopes of y on z beside one intercept a corpus; CR1 by statsmodels. `w`: weights."""
    x = np.column_stack([z, *[np.asarray(corpora) == c for c in sorted(set(corpora))]]).astype(
        float)
    codes = np.unique(group, return_inverse=True)[1]
    model = sm.OLS(y, x) if w is None else sm.WLS(y, x, weights=w)
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": codes, "use_correction": True})
    k = np.asarray(z).reshape(len(y), -1).shape[1]
    means = sm.OLS(y, x[:, k:]).fit() if w is None else sm.WLS(y, x[:, k:], weights=w).fit()
    return fit, k, 1 - fit.ssr / means.ssr


def covariates(rng):
    n = 90
    corpus = ["a"] * 50 + ["b"] * 40
    document = [f"{c}{rng.integers(12):02d}" for c in corpus]
    tokens = rng.integers(9, 300, n)
    score = 1e6 + 1e3 * rng.normal(size=n) + 200 * np.log(tokens)
    topic = rng.choice(["news", "poem", "code"], n, p=[0.5, 0.3, 0.2])
    effect = {"news": 0, "poem": 0.03, "code": -0.02}
    own = {d: 0.05 * rng.normal() for d in sorted(set(document))}
    y = (0.3 + 0.02 * np.log(tokens) + 2e-5 * (score - 1e6) + np.array([effect[t] for t in topic])
         + np.array([own[d] for d in document]) + 0.05 * rng.normal(size=n)
         + 0.1 * (np.array(corpus) == "b"))
    ln_n = np.log(tokens)
    # Slopes do not depend on where a covariate's zero is; statsmodels' digits do.
    centred = score - 1e6
    out = {"lambda": y.tolist(), "n_tokens": tokens.tolist(), "corpus": corpus,
           "document": document, "score": [repr(float(s)) for s in score],
           "topic": topic.tolist(), "fits": []}

    def effective(groups):
        _, counts = np.unique(groups, return_counts=True)
        return max(1, min(len(counts), counts.sum() ** 2 / (counts**2).sum()) - 1)

    for which in ("a", "b", None):
        keep = np.array([which in (c, None) for c in corpus])
        g, c = np.asarray(document)[keep], np.asarray(corpus)[keep]
        df = effective(g)
        for name, column in (("ln_n", None), ("score", centred)):
            z = ln_n[keep] if column is None else np.column_stack([column, ln_n])[keep]
            fit, k, r2 = regression(y[keep], z, g, c)
            alone, _, _ = regression(y[keep], (ln_n if column is None else column)[keep], g, c)
            base = 0 if column is None else regression(y[keep], ln_n[keep], g, c)[2]
            t = fit.params[0] / fit.bse[0]
            out["fits"].append({
                "corpus": which, "covariate": name, "slope": fit.params[0], "se": fit.bse[0],
                "df": df, "r2": r2, "r2_added": r2 - base, "slope_alone": alone.params[0],
                "p": 2 * stats.t.sf(abs(t), df)})
        levels = sorted(set(topic[keep]))
        counts = {v: int((topic[keep] == v).sum()) for v in levels}
        reference = max(levels, key=lambda v: counts[v])
        rest = [v for v in levels if v != reference]
        z = np.column_stack([*[topic[keep] == v for v in rest], ln_n[keep]]).astype(float)
        fit, k, r2 = regression(y[keep], z, g, c)
        q = len(rest)
        wald = fit.params[:q] @ np.linalg.solve(fit.cov_params()[:q, :q], fit.params[:q]) / q
        out["fits"].append({"corpus": which, "covariate": "topic", "r2": r2, "df": df,
                            "p": stats.f.sf(wald, q, df),
                            "levels": {v: [fit.params[i], fit.bse[i]] for i, v in enumerate(rest)},
                            "reference": reference})
    # Every document counts once: weights 1/n_c, and N of the correction is their sum.
    keep = np.array(corpus) == "a"
    g = np.asarray(document)[keep]
    size = np.array([(g == d).sum() for d in g])
    fit, k, r2 = regression(y[keep], np.column_stack([centred, ln_n])[keep], g,
                            np.asarray(corpus)[keep], 1 / size)
    j, n_obs, p = len(set(g)), keep.sum(), 3
    again = np.sqrt((j - 1) / (j - p) / ((n_obs - 1) / (n_obs - p)))
    out["by_document"] = {"slope": fit.params[0], "se": fit.bse[0] * again, "r2": r2, "df": j - 1}
    return out


# ---- windows and effective depth ----

def depth_values(rng):
    """Two curves on their common window and relative depth."""
    curves = [list(np.cumsum(-rng.uniform(0, 0.4, m))) for m in (5, 11)]
    n_layers = [7, 12]  # the first one's last pair is not usable
    hi = min((len(g) - 1) / (n - 2) for g, n in zip(curves, n_layers))
    x = np.linspace(0, hi, 5)
    out = []
    for g, n in zip(curves, n_layers):
        read = np.interp(x, np.arange(len(g)) / (n - 2), g)
        out.append({"g": g, "n_layers": n, "lambda_window": -np.polyfit(np.arange(5), g[:5], 1)[0],
                    "drop_relative": -np.polyfit(x, read, 1)[0]})
    return out


def reach(g, log_epsilon):
    """Smallest x such that the broken line through g lies below from there on, by bisection on a
    fine grid's last crossing."""
    if g[-1] >= log_epsilon:
        return None
    x = np.linspace(0, len(g) - 1, 40 * (len(g) - 1) * 1000 + 1)
    above = np.nonzero(np.interp(x, np.arange(len(g)), g) >= log_epsilon)[0]
    return 0.0 if len(above) == 0 else float(x[above[-1]])


def reaches(rng):
    out = []
    for g in ([0, -1, -2, -3, -4], [0, -3, -2, -1, -4], [0, -1, -1.5, -2, -2.2],
              list(np.cumsum(rng.normal(-0.4, 0.5, 9)))):
        out.append({"g": list(g), "log_epsilon": float(np.log(0.1)), "n": reach(g, np.log(0.1))})
    return out


# ---- R's boot on the same resamples ----

def boot_intervals(rng):
    n = rng.integers(1, 5, 25)
    y = np.stack([np.concatenate([[c], c * (0.05 * rng.gamma(2, size=1) - 0.3 * np.arange(6)
                                            + 0.1 * rng.normal(size=6))]) for c in n])
    seed, b = 20251030, 9999
    lam = lambda w: curve((w @ y[:, 1:]) / (w @ y[:, 0]))["lambda"]
    t = np.array([lam(w) for w in weights(seed, len(n), b)])
    without = np.array([lam(np.arange(len(n)) != c) for c in range(len(n))])
    file, values = HERE / "boot.tmp", HERE / "boot_values.tmp"
    file.write_text("\n".join(f"{x:.17g}" for x in t) + "\n")
    values.write_text("\n".join(f"{x:.17g}" for x in without.mean() - without) + "\n")
    got = r_script("boot_intervals.R", file, values, f"{lam(np.ones(len(n))):.17g}")
    file.unlink()
    values.unlink()
    return {"n": n.tolist(), "y": y[:, 1:].tolist(), "seed": seed, "replicates": b,
            "lambda": lam(np.ones(len(n))), "percentile": got[:2], "bca": got[2:]}


def main():
    rng = np.random.default_rng(11)
    out = {"variance": variance(rng), "trends": trends(rng), "heterogeneity": heterogeneity(rng),
           "covariates": covariates(rng), "depth": depth_values(rng), "reach": reaches(rng),
           "boot": boot_intervals(rng)}
    (HERE / "across_reference.json").write_text(json.dumps(out, indent=1, default=float) + "\n")


if __name__ == "__main__":
    main()
