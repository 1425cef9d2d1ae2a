#!/usr/bin/env python3
"""Reference values of analysis/reduce, by other means than the program's.

Naive refits instead of update formulas, SciPy's optimisers, rank statistics, quantiles and
distributions, statsmodels' Holm, and a Philox4x32-10 of its own for the bootstrap weights.
Writes reduce_reference.json beside this script.

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1, statsmodels 0.15.0.
Run: python make_reduce_reference.py
"""
import json
import pathlib

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests

HERE = pathlib.Path(__file__).parent
MASK = (1 << 32) - 1


def philox(counter, key):
    """Philox4x32-10 from the paper: 10 rounds, key bumped by the Weyl constants."""
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def weights(seed, units, n):
    out = np.zeros((n, units), dtype=int)
    for b in range(n):
        for k in range(units):
            o = philox((b, k, 0, 0), (seed & MASK, seed >> 32))
            out[b, units * (o[0] + (o[1] << 32)) >> 64] += 1
    return out


def clusters(d, cluster):
    """(n, Y) by cluster, as in measurement.md section 3."""
    y = np.log(np.asarray(d))
    ids = sorted(set(cluster))
    member = [np.asarray(cluster) == c for c in ids]
    return np.array([m.sum() for m in member]), np.array([y[m].sum(0) for m in member]), member


def slope(g):
    return -np.polyfit(np.arange(len(g)), g, 1)[0]


def curve(g):
    g = np.asarray(g)
    m = len(g)
    i = np.arange(m)
    lam = slope(g)
    r = g - g.mean() + lam * (i - i.mean())
    rise = max([0.0] + [g[b] - g[a] for a in range(m) for b in range(a + 1, m)])
    q = np.polyfit(i, g, 2)[0]
    cubic = np.linalg.qr(np.vander(i - i.mean(), 4, increasing=True))[0][:, 3]
    t = lam * (m - 1)
    return {
        "lambda": lam, "drop": t, "r2": 1 - (r**2).sum() / ((g - g.mean()) ** 2).sum(),
        "kappa": q * (m - 1) ** 2 / (4 * abs(t)),
        "kappa3": abs(cubic @ g) * abs(cubic).max() / abs(t),
        "rise": rise, "rise_rel": rise / (g.max() - g.min()),
        "log_amplitude": g.mean() + lam * i.mean(),
    }


QS = np.linspace(0.02, 0.999, 64)
RHOS = np.geomspace(0.5, 40, 40)
BETAS = np.geomspace(0.005, 0.7, 24)


def shapes(m):
    x = np.arange(m) / (m - 1)
    return {
        "linear": np.array([np.log1p(-q * x) for q in QS]),
        "floor": np.array([np.log((1 - b) * np.exp(-r * x) + b) for r in RHOS for b in BETAS]),
    }


PARAMETERS = {"constant": 1, "exponential": 2, "power": 2, "linear": 2, "floor": 3}


def predict(law, g, keep, m, grids):
    """Fit to the points `keep`, prediction at every point."""
    i = np.arange(m)
    if law in grids:
        f = grids[law]
        a = (g[keep] - f[:, keep]).mean(1)
        sse = ((g[keep] - a[:, None] - f[:, keep]) ** 2).sum(1)
        k = sse.argmin()
        return a[k] + f[k]
    basis = {"constant": [np.ones(m)], "exponential": [np.ones(m), i],
             "power": [np.ones(m), np.log(i + 1)], "quadratic": [np.ones(m), i, i**2]}[law]
    x = np.stack(basis, 1).astype(float)
    return x @ np.linalg.lstsq(x[keep], g[keep], rcond=None)[0]


def lolo(law, g, grids=None):
    m = len(g)
    grids = grids or shapes(m)
    e = []
    for i in range(m):
        keep = np.array([j for j in range(m) if j != i])
        e.append(g[i] - predict(law, g, keep, m, grids)[i])
    return float(np.sqrt(np.mean(np.square(e))))


def lolo_all(g, grids=None):
    return [lolo(law, g, grids) if len(g) >= k + 2 else None for law, k in PARAMETERS.items()]


def forecast_all(g):
    m = len(g)
    head = -(-2 * m // 3)
    out = []
    for law, k in PARAMETERS.items():
        if m < k + 2 or head < k or head >= m:
            out.append(None)
            continue
        p = predict(law, g, np.arange(head), m, shapes(m))
        out.append(float(np.sqrt(np.mean((g[head:] - p[head:]) ** 2))))
    return out


def judge(g):
    """V(g) with the default thresholds."""
    c = curve(g)
    t = c["drop"]
    if c["rise"] >= np.log(1.25) and c["rise_rel"] >= 0.35 or t < np.log(1.25):
        return "rejected"
    if t < np.log(2):
        return "inconclusive"
    q = dict(zip(PARAMETERS, lolo_all(np.asarray(g))))
    beaten = q["exponential"] > 0.05 * t and any(
        v is not None and v <= 0.7 * q["exponential"] for k, v in q.items() if k != "exponential")
    good = c["r2"] >= 0.9 and abs(c["kappa"]) <= 0.15 and c["kappa3"] <= 0.08
    return "supported" if good and not beaten else "decays, not exponentially"


def refined(g):
    m = len(g)
    x = np.arange(m) / (m - 1)

    def centred(f):
        r = g - f
        return r - r.mean()

    lin = optimize.least_squares(lambda p: centred(np.log1p(-p[0] * x)), [0.5],
                                 bounds=([0], [0.999]), xtol=1e-15, ftol=1e-15, gtol=1e-15)
    best = None
    for rho in (1, 3, 10, 30):
        for beta in (0.01, 0.1, 0.5):
            fit = optimize.least_squares(
                lambda p: centred(np.log((1 - p[1]) * np.exp(-p[0] * x) + p[1])), [rho, beta],
                bounds=([0.5, 0.005], [40, 0.7]), xtol=1e-15, ftol=1e-15, gtol=1e-15)
            if best is None or fit.cost < best.cost:
                best = fit
    return {"linear": {"q": lin.x[0], "rms": np.sqrt(2 * lin.cost / m)},
            "floor": {"rho": best.x[0], "beta": best.x[1], "rms": np.sqrt(2 * best.cost / m)}}


def nls(a):
    a = np.asarray(a)
    i = np.arange(len(a))
    best = None
    for lam in np.linspace(-2, 4, 25):
        fit = optimize.least_squares(lambda p: p[0] * np.exp(-p[1] * i) - a, [a.max(), lam],
                                     xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale="jac")
        if best is None or fit.cost < best.cost:
            best = fit
    return best.x[1], best.x[0]


def bootstrap(d, cluster, seed, n):
    """Intervals of λ and of κ and q_exp, and the share of replicates with the curve's verdict."""
    size, y, member = clusters(d, cluster)
    j, m = y.shape
    lam_of = lambda w: slope((w @ y) / (w @ size))
    lam = lam_of(np.ones(j))
    x = np.array([j_lam for j_lam in (-(np.arange(m) - (m - 1) / 2) @ y.T
                                      / ((np.arange(m) - (m - 1) / 2) ** 2).sum())])
    w = weights(seed, j, n)
    rep = np.array([lam_of(v) for v in w])
    without = np.array([lam_of(np.arange(j) != c) for c in range(j)])
    l = without.mean() - without
    a = (l**3).sum() / (6 * (l**2).sum() ** 1.5)
    # Replicates of the sample itself equal λ up to rounding, and count half.
    same = abs(rep - lam) < 1e-14
    z0 = stats.norm.ppf(((rep < lam) & ~same).mean() + same.mean() / 2)
    z = stats.norm.ppf([0.025, 0.975])
    bca = np.quantile(rep, stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))))
    # Fully written out: residuals of the replicate about the replicate's own estimate.
    se = lambda v, th: (np.sqrt(j / (j - 1) * (v * (x - th * size) ** 2).sum()) / (v @ size))
    t = np.array([0.0 if abs(r - lam) < 1e-14 else (r - lam) / se(v, r) for v, r in zip(w, rep)])
    tq = np.quantile(t, [0.025, 0.975])
    gs = [(v @ y) / (v @ size) for v in w]
    grids = shapes(m)
    v0 = judge((np.ones(j) @ y) / size.sum())
    return {
        "replicates": n, "seed": seed,
        "percentile": list(np.quantile(rep, [0.025, 0.975])), "bca": list(bca),
        "student": [lam - tq[1] * se(np.ones(j), lam), lam - tq[0] * se(np.ones(j), lam)],
        "kappa": list(np.quantile([curve(g)["kappa"] for g in gs], [0.025, 0.975])),
        "q_exponential": list(np.quantile([lolo("exponential", g, grids) for g in gs],
                                          [0.025, 0.975])),
        "q_linear": list(np.quantile([lolo("linear", g, grids) for g in gs], [0.025, 0.975])),
        "same_verdict": int(sum(judge(g) == v0 for g in gs)), "v": v0,
        "first_weights": w[:3].tolist(),
    }


def jackknife(d, cluster):
    size, y, member = clusters(d, cluster)
    d = np.asarray(d)
    j = len(size)
    a = np.array([d[mm].sum(0) for mm in member])
    r2, lam = [], []
    for c in range(j):
        keep = np.arange(j) != c
        r2.append(curve(y[keep].sum(0) / size[keep].sum())["r2"])
        lam.append(nls(a[keep].sum(0) / size[keep].sum())[0])
    se = lambda v: float(np.sqrt((j - 1) / j * ((np.array(v) - np.mean(v)) ** 2).sum()))
    return {"r2_se": se(r2), "nls_se": se(lam)}


def main():
    rng = np.random.default_rng(7)
    golden = json.loads((HERE / "golden.json").read_text())
    out = {"kendall": [], "curves": [], "holm": [], "t": [], "sets": {}}
    for row in ([5, 4, 3, 2, 1], [1, 1, 2, 0.5, 1], [3, 3, 3, 2], [1, 2, 2, 1, 4, 0.1],
                list(np.round(rng.uniform(0, 1, 11), 1))):
        tau = stats.kendalltau(-np.arange(len(row)), row, variant="b").statistic
        out["kendall"].append({"d": row, "tau": tau})
    for m in range(5, 13):
        i = np.arange(m)
        for base in (-0.3 * i, -np.log1p(i), np.log1p(-0.9 * i / (m - 1)),
                     np.log(0.9 * np.exp(-4 * i / (m - 1)) + 0.1)):
            g = base + rng.normal(0, 0.08, m)
            out["curves"].append({"g": list(g), "lolo": lolo_all(g), "forecast": forecast_all(g),
                                  "quadratic": lolo("quadratic", g), "stats": curve(g),
                                  "v": judge(g), "refined": refined(g)})
    for p in (rng.uniform(0, 0.1, 6), np.array([0.01, 0.01, 0.04, 0.3, 0.02])):
        out["holm"].append({"p": list(p), "adjusted": list(multipletests(p, method="holm")[1])})
    for df in (1, 3.5, 11.2, 4095):
        out["t"].append({"df": df, "quantile": stats.t.ppf(0.975, df)})
    for key, data in golden.items():
        d, c = data["d"], data["cluster"]
        size, y, member = clusters(d, c)
        mean = np.asarray(d).mean(0)
        lam, amplitude = nls(mean)
        out["sets"][key] = {"bootstrap": bootstrap(d, c, 20251030, 400),
                            "nls": {"lambda": lam, "c": amplitude}, "jackknife": jackknife(d, c)}
    r = np.array([10, 12, 12.5, 12.5, 13.9, 15, 21, 22, 23, 34, 50, 81, 89, 121, 134, 213])
    out["r_boot"] = {"x": list(r), "percentile": [28.86, 84.21], "bca": [32.31, 91.43]}
    (HERE / "reduce_reference.json").write_text(json.dumps(out, indent=1, default=float) + "\n")


if __name__ == "__main__":
    main()
