"""The first screen in words: what is the answer, how sure is it, what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from attnsweep import facts, words
from attnsweep.run import Run
from attnsweep.summary import VERDICTS, Cell, Summary

MANY_ANSWERS = 12
#: verdict → the answer to the page's question, for one cell
SHORT_ANSWERS = {
    "supported": "Yes, over these layers",
    "decays, not exponentially": "It falls, but not exponentially",
    "rejected": "No",
    "inconclusive": "These data cannot tell",
}


def controls_of(cell: Cell, summary: Summary) -> list[Cell]:
    """The untrained controls beside a trained model's cell: same corpus, norm, heads, view,
    head."""
    return summary.controls.get((cell.model, cell.corpus, cell.norm, cell.heads, cell.view), [])


#: What the list below the sentences says already, where there is one sentence.
SAID_BELOW = ("also_untrained", "sensitive_ends", "control_missing")


def answer(cell: Cell, summary: Summary, alone: bool = False) -> dict[str, str]:
    """The parts of one sentence about a trained model: model, corpus, verdict, why, numbers,
    rest. `alone`: it is the only one, and what is said below it is not repeated."""
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
    if controls and not alone:
        rest.append(f"Untrained control: {control_text(controls)}.")
    flags = [f for f in cell.flags if not (alone and f in SAID_BELOW)]
    rest += [sentence(words.FLAGS.get(f, f)) for f in flags]
    return {
        "model": cell.model,
        "corpus": cell.corpus,
        "verdict": cell.verdict or "no verdict",
        "kind": kind(cell.verdict),
        "why": words.reason_long(cell.reason) if cell.reason else "",
        "numbers": numbers,
        "rest": " ".join(rest),
    }


def kind(verdict: str) -> str:
    """The verdict as one word, for the style sheet."""
    return {"decays, not exponentially": "decays", "": "none"}.get(verdict, verdict)


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


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


def headline(cells: Sequence[Cell]) -> tuple[str, str]:
    """The answer in a few words, and its kind for the style sheet."""
    if not cells:
        return "Nothing to judge", "none"
    if len(cells) == 1:
        verdict = cells[0].verdict
        said = SHORT_ANSWERS.get(verdict, "No verdict")
        return (f"{said}: {verdict}" if verdict else said), kind(verdict)
    counts = Counter(c.verdict for c in cells)
    n, of = counts["supported"], len(cells)
    what = "models" if len({c.corpus for c in cells}) == 1 else "model–corpus pairs"
    if n == of:
        return f"Yes, over these layers, for all {of} {what}", "supported"
    if len(counts) == 1 and not n:
        verdict = cells[0].verdict
        said = SHORT_ANSWERS.get(verdict, "No verdict")
        return f"{said}: {verdict} for all {of} {what}", kind(verdict)
    return f"Supported for {n} of {of} {what}", "supported" if 2 * n > of else "mixed"


def counted(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Verdicts that occur, with their number and kind."""
    counts = Counter(c.verdict for c in cells)
    order = [v for v in (*VERDICTS, "") if counts[v]]
    return [
        {
            "verdict": v or "no verdict",
            "n": counts[v],
            "kind": kind(v),
            "rates": _range([c for c in cells if c.verdict == v]),
        }
        for v in order
    ]


def _range(cells: Sequence[Cell]) -> str:
    """ "λ 0.012 to 0.443", empty where it is undefined."""
    values = sorted(v for c in cells if (v := c.number("lambda")) is not None)
    if not values:
        return ""
    low, high = words.number(values[0], 3), words.number(values[-1], 3)
    return f"λ {low}" if low == high else f"λ {low} to {high}"


def how_sure(cells: Sequence[Cell], summary: Summary) -> str:
    """How firm the verdicts are: resampling, correction for many tests, ends of the curve."""
    if not cells:
        return "There is no verdict."
    n = int(summary.raw.get("n_replicates") or summary.options.get("replicates") or 0)
    family = int(summary.raw.get("family_size") or 1)
    need = float(summary.options.get("stability") or 0.95)
    known = [c for c in cells if c.number("stability") is not None]
    firm = [c for c in known if (c.number("stability") or 0) >= need]
    documents = facts.spread([c.count("documents") for c in cells])
    if not known:
        said = f"No resampling was possible ({documents} documents)."
    elif len(cells) == 1:
        share = words.share(known[0].number("stability"))
        said = (
            f"The shape gets the same verdict in {share} of {n:,} resamplings of its"
            f" {documents} documents"
        )
        adjusted = cells[0].number("p_v_adjusted")
        p = cells[0].number("p_v") if adjusted is None else adjusted
        said += f" (p {_p(p)}{f' after Holm, {family} tests' if family > 1 else ''})."
    else:
        said = (
            f"In {len(firm)} of {len(cells)} the shape gets the same verdict in at least"
            f" {words.share(need)} of {n:,} resamplings of the {documents} documents;"
            f" Holm’s correction for {family:,} tests is applied."
        )
    ends = sum("sensitive_ends" in c.flags for c in cells)
    if ends:
        who = "The verdict changes" if len(cells) == 1 else f"{ends} of {len(cells)} change"
        said += f" {who} without the first or the last layer pair."
    return said


def _p(value: float | None) -> str:
    text = words.p_value(value)
    return text if text.startswith("<") else f"= {text}"


def beside(cells: Sequence[Cell], summary: Summary) -> str:
    """What the untrained controls say."""
    if not cells:
        return ""
    with_any = [c for c in cells if controls_of(c, summary)]
    if not with_any:
        return "No untrained control was measured, so the answer may hold for random weights too."
    same = sum("also_untrained" in c.flags for c in cells)
    if len(cells) == 1:
        said = f"Random weights, same texts: {control_text(controls_of(cells[0], summary))}."
        if same:
            said += " They get the same verdict, or at least half of the drop."
        else:
            said += " They do not show it."
        return said
    said = f"{len(with_any)} of {len(cells)} have untrained controls on the same texts"
    return f"{said}; in {same} these get the same verdict, or at least half of the drop."


def left_out(cells: Sequence[Cell], run: Run) -> str:
    """Sequences, layer pairs and tasks that are in no number of the page."""
    rows = facts.counts_of_rows(run, [(c.model, c.corpus) for c in cells])
    total = sum(sum(r.values()) for r in rows.values()) or sum(
        c.count("sequences") + sum(c.excluded.values()) for c in cells
    )
    by_reason: Counter[str] = Counter()
    for cell in cells:
        by_reason.update(cell.excluded)
    gone = sum(by_reason.values())
    said = f"{gone:,} of {total:,} sequences" if gone else f"None of {total:,} sequences"
    if len(cells) > 1:
        said += " (summed over models)"
    said += f": {words.counts(dict(by_reason))}." if gone else "."
    pairs = [max(0, c.count("pairs") - c.count("points")) for c in cells if c.count("pairs")]
    if any(pairs):
        said += (
            f" {facts.spread(pairs)} of {facts.spread([c.count('pairs') for c in cells])}"
            " layer pairs, too near the rounding floor."
        )
    else:
        said += " No layer pair."
    failed = len(run.journal.failed(run.done))
    said += f" {failed:,} tasks failed." if failed else " No task failed."
    return said
