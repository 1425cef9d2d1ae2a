"""What the table has beside the works: norms, two ranks, everything that is not the model."""
import json
import shutil
import statistics

import ours
from works import Work, drawn, pieces, tokenised

CHEAP = "frobenius,tv,js,cosine,max,l1,linf"


def by_turns(rounds, runs):
    """Seconds of processor of each run, `rounds` times, by turns."""
    rows = [{name: run() for name, run in runs.items()} for _ in range(rounds)]
    return {name: [row[name] for row in rows] for name in runs}


def ratio(rows, name, base):
    return statistics.median(a / b for a, b in zip(rows[name], rows[base]))


def norms_together(tool, folder, texts, scratch, rounds):
    """Seven norms beside frobenius alone, on fortunes; spectral beside it, at n = 128."""
    def run(ids, norms):
        return lambda: ours.measure(tool, folder, ids, norms)["processor"]
    fortunes = Work("norms fortunes", folder, drawn(texts, 1000)).write_ids(scratch)
    longer = Work("norms 128", folder, pieces(texts, 128, 300)).write_ids(scratch)
    rows = by_turns(rounds, {
        "frobenius": run(fortunes, "frobenius"), "cheap": run(fortunes, CHEAP),
        "frobenius 128": run(longer, "frobenius"), "cheap 128": run(longer, CHEAP),
        "spectral 128": run(longer, "frobenius,spectral")})
    return {"seven cheap norms, fortunes": ratio(rows, "cheap", "frobenius") - 1,
            "seven cheap norms, n = 128": ratio(rows, "cheap 128", "frobenius 128") - 1,
            "spectral, n = 128": ratio(rows, "spectral 128", "frobenius 128") - 1}


def write_study(root, scratch):
    file = scratch / "whole.yaml"
    file.write_text(json.dumps({
        "study": "whole", "seed": 1,
        "models": [{"id": "minilm", "path": str(root / "models/all-MiniLM-L6-v2")}],
        "corpora": [{"id": "fortunes", "files": [str(root / "corpora/fortunes.jsonl.gz")],
                     "fields": {"text": "text", "id": "id", "document": "document"}}],
        "norms": ["frobenius"]}))
    return file


def whole_runs(root, build, scratch, texts, rounds):
    """All fortunes through `attnsweep run`: on one rank beside the forward passes alone, and on
    two."""
    folder = root / "models/all-MiniLM-L6-v2"
    study = write_study(root, scratch)
    ids = Work("whole", folder, texts).write_ids(scratch)

    def run(ranks, index):
        def one():
            output = scratch / "whole-run"
            shutil.rmtree(output, ignore_errors=True)
            return ours.whole_run(build / "attnsweep", study, output, ranks)[index]
        return one
    rows = by_turns(rounds, {
        "model": lambda: ours.measure(build / "tests/model_tool", folder, ids)["processor"],
        "one rank": run(1, 1)})
    clocks = by_turns(rounds, {"one": run(1, 0), "two": run(2, 0)})
    return {"not the model, of a run": 1 - 1 / ratio(rows, "one rank", "model"),
            "two ranks, times one": ratio(clocks, "one", "two")}


def all_sides(root, build, scratch, quick, rounds):
    folder = root / "models/all-MiniLM-L6-v2"
    texts = tokenised(folder / "tokenizer.json", root / "corpora/fortunes.jsonl.gz")
    out = norms_together(build / "tests/model_tool", folder, texts, scratch, rounds)
    out.update(whole_runs(root, build, scratch, texts, 1 if quick else rounds))
    return out


def print_sides(sides):
    wanted = {"seven cheap norms, fortunes": "at most +10 %", "seven cheap norms, n = 128":
              "at most +10 %", "spectral, n = 128": "at most +25 %",
              "not the model, of a run": "under 3 %", "two ranks, times one": "at least 1.9"}
    print()
    for name, value in sides.items():
        text = f"{value:.2f}" if "times" in name else f"{100 * value:+.1f} %"
        print(f"{name:32} {text:>8}   wanted: {wanted[name]}")
