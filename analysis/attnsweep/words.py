"""Numbers, norms, verdicts and reasons as a reader sees them; the same words in figures and
page."""

from __future__ import annotations

import math
from collections.abc import Mapping

from attnsweep.summary import Cell

#: norm → (name, what d is, unit)
NORMS = {
    "frobenius": ("Frobenius norm", r"$\Vert A_{i+1}-A_i\Vert_\mathrm{F}$", "dimensionless"),
    "spectral": ("spectral norm", r"$\Vert A_{i+1}-A_i\Vert_2$", "dimensionless"),
    "nuclear": ("nuclear norm", r"$\Vert A_{i+1}-A_i\Vert_*$", "dimensionless"),
    "l1": ("operator 1-norm", r"$\Vert A_{i+1}-A_i\Vert_1$", "dimensionless"),
    "linf": ("operator ∞-norm", r"$\Vert A_{i+1}-A_i\Vert_\infty$", "dimensionless"),
    "max": ("largest entry", r"$\max\,|A_{i+1}-A_i|$", "dimensionless"),
    "tv": ("total variation", "mean over rows", "dimensionless"),
    "js": ("Jensen–Shannon divergence", "mean over rows", "nats"),
    "cosine": ("cosine distance", r"of $A_i$ and $A_{i+1}$", "dimensionless"),
}
LAWS = {
    "constant": "constant",
    "exponential": "exponential",
    "power": "power",
    "linear": "linear",
    "floor": "exponential with a floor",
}
REASONS = {
    "rises": "the differences grow with depth",
    "not_monotone": "the curve turns and rises again",
    "flat": "the fall over all layers is as good as none",
    "shallow": "the fall is too shallow to tell one law from another",
    "curvature": "the log-curve is bent",
    "s_shape": "the log-curve is S-shaped",
    "misfit": "the points lie off the line",
    "few_documents": "too few documents",
    "few_layers": "too few layer pairs",
    "excluded": "too many sequences had to be left out",
    "sampling": "the verdict changes when the documents are resampled",
    "multiplicity": "not firm after the correction for many tests",
    "control": "an untrained control is never called supported",
    "average_only": "the law holds for the mean curve, not within single texts",
}
FLAGS = {
    "also_untrained": "the untrained control shows the same, or at least half of the drop",
    "sensitive_ends": "the verdict changes without the first or the last layer pair",
    "control_missing": "no untrained control was measured",
}
VERDICT_MEANS = {
    "supported": "over these layer pairs the mean log-curve of these texts is straight: at most"
    " {variance} of its variance off the line, bend at most {bend} and S at most {cubic} of its"
    " drop, no rival law clearly better; nothing is claimed beyond this depth",
    "decays, not exponentially": "the differences fall with depth, but not along an exponential",
    "rejected": "the differences do not fall steadily with depth",
    "inconclusive": "these data cannot decide",
}
CRITERIA = {
    "lambda > 0": "λ > 0",
    "lambda ~ 0": "λ ≈ 0",
    "lambda <= 0": "λ ≤ 0",
}
EXCLUSIONS = {
    "too_short": "too short (fewer tokens than min_tokens)",
    "too_long": "over the token limit (on_long: drop)",
    "skipped": "record that cannot be read (on_bad_record: skip)",
    "bad_record": "record that cannot be read",
    "id_out_of_vocabulary": "token id outside the vocabulary",
    "too_many_positions": "longer than the model's positions",
    "not_finite": "nan or inf in an attention probability",
    "censored": "at or below the rounding floor in a usable layer",
    "zero": "a difference of exactly zero",
    "view_too_small": "fewer than two tokens without the special ones",
}


def unbroken(text: str) -> str:
    """With no-break spaces before % and around =."""
    return text.replace(" %", "\u00a0%").replace(" = ", "\u00a0=\u00a0")


def norm_name(norm: str) -> str:
    return NORMS.get(norm, (norm, "", ""))[0]


def number(value: float | None, digits: int = 2) -> str:
    """A number with a real minus sign and `digits` decimals, fewer for large ones; "–" where it is
    undefined."""
    if value is None or not math.isfinite(value):
        return "–"
    if abs(value) >= 1e5:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{value:.{0 if abs(value) >= 100 else digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def rate_digits(cell: Cell) -> int:
    """Three decimals for λ, more where its interval would vanish in them."""
    low, high = cell.number("lambda_low"), cell.number("lambda_high")
    value = cell.number("lambda")
    if value is None:
        return 3
    scale = (high - low) / 2 if low is not None and high is not None else abs(value)
    if scale <= 0 or scale >= 0.0015:
        return 3
    return min(6, max(3, math.ceil(-math.log10(scale)) + 1))


def rate(cell: Cell) -> str:
    """λ with three decimals (more for a very short interval)."""
    return number(cell.number("lambda"), rate_digits(cell))


def rate_with_interval(cell: Cell, joined: str = " ") -> str:
    """ "0.163 [0.151, 0.176]"; without brackets where there is no interval."""
    low, high = cell.number("lambda_low"), cell.number("lambda_high")
    if low is None or high is None:
        return rate(cell)
    digits = rate_digits(cell)
    doubt = "?" if cell.raw.get("interval_unreliable") else ""
    return f"{rate(cell)}{joined}[{number(low, digits)}, {number(high, digits)}]{doubt}"


def reason_short(reason: str) -> str:
    """A reason's code as words: "not_monotone" → "not monotone", "beaten_by:power" → "beaten by
    power law"."""
    if reason.startswith("beaten_by:"):
        return "beaten by " + _law(reason)
    if reason.startswith("not_told_apart:"):
        return "not told apart: " + reason.partition(":")[2].replace(",", ", ")
    return reason.replace("_", " ")


def _law(reason: str) -> str:
    law = reason.partition(":")[2]
    return law if law == "floor" else f"{law} law"


def reason_long(reason: str) -> str:
    """A reason as half a sentence."""
    if reason.startswith("beaten_by:"):
        law = reason.partition(":")[2]
        name = LAWS.get(law, law)
        return f"the law “{name}” predicts left-out layers clearly better"
    if reason.startswith("not_told_apart:"):
        return "these data do not tell it apart from: " + ", ".join(
            LAWS.get(law, law) for law in reason.partition(":")[2].split(",")
        )
    return REASONS.get(reason, reason_short(reason))


def criterion(cell: Cell) -> str:
    return CRITERIA.get(cell.criterion, cell.criterion or "–")


def percent_fall(cell: Cell) -> str:
    """By how much the fitted line falls (or rises) over the measured depth."""
    drop = cell.number("drop")
    if drop is None:
        return "no drop can be computed"
    if drop >= 0:
        return f"falls by {100 * (1 - math.exp(-drop)):.0f} % (T = {number(drop)})"
    if drop < -math.log(10):
        return f"grows {math.exp(-drop):.3g}-fold (T = {number(drop)})"
    return f"grows by {100 * (math.exp(-drop) - 1):.0f} % (T = {number(drop)})"


def shortened(names: list[str], limit: int) -> dict[str, str]:
    """Names cut in the middle to `limit` characters, still distinct; a clash gets a number."""
    out: dict[str, str] = {}
    used: set[str] = set()
    for name in names:
        short = name
        if len(name) > limit:
            head = (limit - 1) // 2
            short = name[:head] + "…" + name[len(name) - (limit - 1 - head) :]
        number_ = 2
        while short in used:
            tail = f"~{number_}"
            short = short[: limit - len(tail)].rstrip() + tail
            number_ += 1
        used.add(short)
        out[name] = short
    return out


def verdict_means(verdict: str, options: dict[str, object]) -> str:
    """What a verdict claims, with the tolerances in force."""

    def share(key: str, default: float, one_minus: bool = False) -> str:
        value = options.get(key, default)
        value = float(value) if isinstance(value, (int, float)) else default
        return f"{100 * (1 - value if one_minus else value):.3g} %"

    return VERDICT_MEANS[verdict].format(
        variance=share("r2_min", 0.9, one_minus=True),
        bend=share("curvature_tol", 0.15),
        cubic=share("cubic_tol", 0.08),
    )


def counts(by_reason: dict[str, int]) -> str:
    """ "13 × fewer tokens than min_tokens; 2 × …", or "none"."""
    said = [f"{n:,} × {EXCLUSIONS.get(k, k.replace('_', ' '))}" for k, n in by_reason.items() if n]
    return "; ".join(said) or "none"


def p_value(value: object) -> str:
    """ "0.031", "< 0.0001", "–" where it is undefined."""
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return "–"
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}"


def covariate(name: str) -> str:
    """ "ln_n" is the logarithm of a text's number of tokens."""
    return "ln tokens" if name == "ln_n" else name


def count_short(value: float) -> str:
    """ "110 M" for a number of parameters."""
    for size, unit in ((1e9, " B"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def share(value: float | None) -> str:
    """ "97.3 %", "100 %"; never rounded up to the whole."""
    if value is None or not math.isfinite(value):
        return "–"
    percent = 100 * value
    return "100 %" if value >= 1 else f"{min(percent, 99.9):.3g} %"


def interval(raw: Mapping[str, object], key: str, ends: str = "", digits: int = 2) -> str:
    """ "0.62 [0.57, 0.67]" of raw[key], raw[key_low], raw[key_high]; only the brackets where the
    value itself is absent."""
    ends = ends or key
    values = [raw.get(k) for k in (key, f"{ends}_low", f"{ends}_high")]
    value, low, high = (v if isinstance(v, (int, float)) else None for v in values)
    said = number(value, digits)
    if low is None or high is None:
        return said
    brackets = f"[{number(low, digits)}, {number(high, digits)}]"
    return brackets if value is None else f"{said} {brackets}"
