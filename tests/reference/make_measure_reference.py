"""Reference values of src/measure: every norm, dropped view and observable of made-up pairs.

Made with numpy 2.4 and scipy 1.17 on x86-64. Writes measure_reference.json (the cases and the
values) and measure_reference.bin (the matrices, little-endian, row-major, at the byte offsets that
the cases name), so the test works on the very same bits.

    python make_measure_reference.py

The values follow measurement.md section 2 word by word: sums in numpy's 80-bit long double, 1 - cos
and the Jensen-Shannon divergence in decimals of 50 digits, because for nearly equal matrices the
words lose up to fifteen. Singular and eigenvalues are numpy's (LAPACK, double). For the divergence
scipy.spatial.distance.jensenshannon is asked as a second opinion. An undefined number is null.
"""

import decimal
import json
import pathlib

import numpy as np
from scipy.spatial.distance import jensenshannon

HERE = pathlib.Path(__file__).resolve().parent
LONG = np.longdouble
decimal.getcontext().prec = 50
assert np.finfo(LONG).eps < 1.1e-19, "needs the 80-bit long double of x86-64"


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def row_stochastic(rng, n, spread):
    # A slope over the columns makes attention sinks: l1 and linf, rows and columns differ.
    return softmax(spread * rng.standard_normal((n, n)) + np.linspace(2, 0, n))


def causal(rng, n, spread):
    x = np.where(np.tri(n, dtype=bool), spread * rng.standard_normal((n, n)), -np.inf)
    return softmax(x)


def make_pair(kind, rng, n):
    """a, b and the flags of the special tokens."""
    special = np.zeros(n, dtype=int)
    special[[0, -1]] = 1
    if kind == "softmax":
        return row_stochastic(rng, n, 1.5), row_stochastic(rng, n, 2.5), special
    if kind == "causal":
        special[-1] = 0
        return causal(rng, n, 1.5), causal(rng, n, 2.0), special
    a = row_stochastic(rng, n, 1.5)
    if kind == "near":
        b = a * (1 + 1e-6 * rng.standard_normal((n, n)))
        return a, b / b.sum(axis=1, keepdims=True), special
    if kind == "parallel":  # D almost a multiple of A, rows that do not sum to 1
        return a, 1.25 * a * (1 + 1e-3 * rng.standard_normal((n, n))), special
    assert kind == "zeros"
    b = row_stochastic(rng, n, 2.0)
    a[rng.random((n, n)) < 0.5] = 0
    b[rng.random((n, n)) < 0.5] = 0
    # All mass on special tokens: in a, in b, in both.
    for matrix, rows in ((a, (1, 3)), (b, (2, 3))):
        for row in rows:
            if row < n - 1:
                matrix[row] = np.where(special == 1, 0.5, 0.0)
    a[:, 0] += 1e-3
    b[:, 0] += 1e-3
    return a / a.sum(axis=1, keepdims=True), b / b.sum(axis=1, keepdims=True), special


def plogp(p, m):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p > 0, p * np.log(p / m), LONG(0))


def decimals(a):
    return [[decimal.Decimal(float(x)) for x in row] for row in a]


def divergences(a, b):
    """Jensen-Shannon divergence of every row, in nats."""
    half = decimal.Decimal("0.5")
    term = lambda p, m: p * (p / m).ln() if p else 0
    row = lambda u, v: sum(half * (term(p, (p + q) / 2) + term(q, (p + q) / 2))
                           for p, q in zip(u, v))
    return np.array([LONG(str(row(u, v))) for u, v in zip(decimals(a), decimals(b))])


def cosine_distance(a, b):
    inner = lambda x, y: sum(p * q for u, v in zip(x, y) for p, q in zip(u, v))
    x, y = decimals(a), decimals(b)
    return 1 - inner(x, y) / (inner(x, x) * inner(y, y)).sqrt()


def norms_of(a, b):
    js, cosine = divergences(a, b), cosine_distance(a, b)
    a, b = a.astype(LONG), b.astype(LONG)
    d = b - a
    sigma = np.linalg.svd(d.astype(float), compute_uv=False)
    second = [jensenshannon(p, q) ** 2 for p, q in zip(a.astype(float), b.astype(float))]
    if np.allclose([a.sum(axis=1), b.sum(axis=1)], 1, atol=1e-6):  # scipy normalises its rows
        assert np.allclose(js.astype(float), np.nan_to_num(second), rtol=1e-4, atol=1e-7)
    return {
        "frobenius": np.sqrt((d * d).sum()),
        "spectral": sigma[0],
        "nuclear": sigma.sum(),
        "l1": np.abs(d).sum(axis=0).max(),
        "linf": np.abs(d).sum(axis=1).max(),
        "max": np.abs(d).max(),
        "tv": (np.abs(d).sum(axis=1) / 2).mean(),
        "js": js.mean(),
        "cosine": cosine,
    }


def size_of(a):
    """s of the rounding floor for every norm that has one."""
    frobenius = np.sqrt((a.astype(LONG) ** 2).sum())
    return {
        "frobenius": frobenius,
        "spectral": frobenius,
        "nuclear": np.sqrt(LONG(a.shape[1])) * frobenius,
        "l1": np.abs(a).astype(LONG).sum(axis=0).max(),
        "linf": np.abs(a).astype(LONG).sum(axis=1).max(),
        "max": np.abs(a).astype(LONG).max(),
    }


def scales_of(a, b):
    s, t = size_of(a), size_of(b)
    return {name: s[name] + t[name] for name in s}


def observables_of(a):
    sigma = np.linalg.svd(a.astype(float), compute_uv=False)
    share = (sigma / sigma.sum()).astype(LONG)
    wide = a.astype(LONG)
    square = a.shape[0] == a.shape[1] and a.shape[0] > 1
    modulus = np.sort(np.abs(np.linalg.eigvals(a.astype(float)))) if square else None
    return {
        "entropy": -plogp(wide, LONG(1)).sum(axis=1).mean(),
        "effective_rank": np.exp(-plogp(share, LONG(1)).sum()),
        "spectral_gap": 1 - modulus[-2] if square else None,
        "rank_one_residual": np.sqrt((sigma[1:] ** 2).sum() / (sigma**2).sum()),
    }


def dropped_view(p, special):
    """The kept tokens' matrix in p's precision, and the flags of its rows without mass."""
    keep = np.flatnonzero(special == 0)
    kept = p[np.ix_(keep, keep)].astype(float)
    mass = kept.sum(axis=1, keepdims=True)
    empty = mass[:, 0] == 0
    return np.where(empty[:, None], 0, kept / np.where(mass == 0, 1, mass)).astype(p.dtype), empty


def dropped_values(a, b, special):
    (a, empty_a), (b, empty_b) = dropped_view(a, special), dropped_view(b, special)
    rows = ~(empty_a | empty_b)
    measurable = a.shape[0] >= 2 and rows.any()
    observable = a.shape[0] >= 2 and not empty_a.all()
    return {
        "n": a.shape[0],
        "empty_a": empty_a.astype(int).tolist(),
        "empty_b": empty_b.astype(int).tolist(),
        "left_out": int((~rows).sum()),
        "matrix_a": a.astype(float).ravel().tolist() if a.shape[0] <= 6 else None,
        "norms": plain(norms_of(a[rows], b[rows])) if measurable else None,
        "scales": plain(scales_of(a[rows], b[rows])) if measurable else None,
        "observables_a": plain(observables_of(a[~empty_a])) if observable else None,
    }


def plain(values):
    return {name: None if x is None else float(x) for name, x in values.items()}


def main():
    rng = np.random.default_rng(20251030)
    cases, data = [], b""
    plan = [(kind, n, dtype) for n in (2, 3, 7, 8, 33) for dtype in ("float32", "float64")
            for kind in ("softmax", "causal", "near", "zeros", "parallel")]
    plan += [("softmax", 64, "float64"), ("near", 64, "float32"), ("zeros", 64, "float32"),
             ("softmax", 129, "float32")]
    for kind, n, dtype in plan:
        a, b, special = make_pair(kind, rng, n)
        a, b = a.astype(dtype), b.astype(dtype)
        offsets = len(data), len(data) + a.nbytes
        data += a.astype(a.dtype.newbyteorder("<")).tobytes()
        data += b.astype(b.dtype.newbyteorder("<")).tobytes()
        cases.append({
            "name": f"{kind}-{n}-{dtype}", "n": n, "type": dtype,
            "offset_a": offsets[0], "offset_b": offsets[1], "special": special.tolist(),
            "norms": plain(norms_of(a, b)), "scales": plain(scales_of(a, b)),
            "observables_a": plain(observables_of(a)), "dropped": dropped_values(a, b, special),
        })
    (HERE / "measure_reference.bin").write_bytes(data)
    text = "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"
    (HERE / "measure_reference.json").write_text(text)


if __name__ == "__main__":
    main()
