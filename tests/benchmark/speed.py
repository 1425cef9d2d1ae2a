"""Prints the table of speed and memory, and writes it as JSON.

    python speed.py BUILD SCRATCH OUT.json [--quick]

BUILD is the folder of a Release build, SCRATCH holds what may be kept from call to call (models,
exported graphs). Called by run.sh. One thread each, float32. Everything that is compared runs by
turns in the same minutes; each number is the median over the rounds, each ratio the median of the
rounds' ratios. Seconds are of processor time, which stays comparable where the machine is shared;
what the clock says stands in the JSON beside it.
"""
import json
import os
import statistics
import sys
import time
from pathlib import Path

import torch

import limit
import ours
import rates
import sides
from onnx_peer import OnnxPeer
from peers import BUDGETS, Eager, batches
from works import all_works

ROOT = Path(__file__).resolve().parents[2]
# Norms in float32 of sums over thousands of texts: what else ran would differ in the first digits.
SAME_WORK = 1e-3


def timed(run):
    """Clock and processor seconds of run(), and what it returns."""
    clock, processor = time.perf_counter(), time.process_time()
    value = run()
    return {"clock": time.perf_counter() - clock, "processor": time.process_time() - processor,
            "checksum": value}


def best_budget(eager, sequences):
    """The token budget at which a part of the batches ran fastest."""
    speed = {}
    for budget in BUDGETS:
        some = batches(sequences, budget)[::-8]
        took = timed(lambda: eager.run_batches(some))["processor"]
        speed[budget] = sum(map(len, some)) / took
    return max(speed, key=speed.get)


class Contest:
    """One work and those who do it."""

    def __init__(self, work, tool, scratch):
        self.work, self.tool = work, tool
        self.ids = work.write_ids(scratch)
        self.shape = limit.shape_of(json.loads((work.folder / "config.json").read_text()))
        self.needs = limit.needs(self.shape, [len(s) for s in work.sequences])
        self.runs = {"attnsweep": self.measure}
        self.budget = None
        if work.peers:
            self.add_peers(scratch)

    def add_peers(self, scratch):
        sequences = self.work.sequences
        eager = Eager(self.work.folder)
        onnx = OnnxPeer(eager.model, scratch / (self.work.folder.name + ".onnx"))
        eager.run_one_by_one(sequences[:2])
        onnx.run(sequences[:2])
        self.budget = best_budget(eager, sequences)
        whole = batches(sequences, self.budget)
        self.runs["eager"] = lambda: timed(lambda: eager.run_batches(whole))
        self.runs["loop"] = lambda: timed(lambda: eager.run_one_by_one(sequences))
        self.runs["onnx"] = lambda: timed(lambda: onnx.run(sequences))

    def measure(self):
        out = ours.measure(self.tool, self.work.folder, self.ids)
        return {"clock": out["seconds"], "processor": out["processor"],
                "checksum": out["checksum"], "kilobytes": out["peak_kilobytes"]}

    def limits(self):
        """Seconds at the rates of rates.PRODUCTS: addmm's, and that of packed weights."""
        exponential = rates.exponential_seconds()
        return {by: limit.seconds(self.needs, rates.shape_rate(self.shape, product), exponential)
                for by, product in rates.PRODUCTS.items()}

    def round(self):
        """One turn of everybody."""
        row = {name: run() for name, run in self.runs.items()}
        row["limit"] = self.limits()
        for name in self.runs:
            gap = abs(row[name]["checksum"] / row["attnsweep"]["checksum"] - 1)
            if gap > SAME_WORK:
                raise SystemExit(f"{self.work.name}: {name} measured other values than attnsweep "
                                 f"(sums differ by {gap:.1e}, expected at most {SAME_WORK})")
        return row


def median(rows, of):
    return statistics.median(of(row) for row in rows)


def summary(contest, rows):
    """The medians of one work's rounds."""
    work = contest.work
    mine = [row["attnsweep"] for row in rows]
    out = {"work": work.name, "sequences": len(work.sequences), "tokens": work.tokens,
           "budget": contest.budget, "wanted_of_limit": work.target,
           "operations": contest.needs.operations, "rounds": rows,
           "texts_per_second": {}, "clock_texts_per_second": {}, "times": {}}
    for name in contest.runs:
        count = len(work.sequences)
        out["texts_per_second"][name] = count / median(rows, lambda r: r[name]["processor"])
        out["clock_texts_per_second"][name] = count / median(rows, lambda r: r[name]["clock"])
        out["times"][name] = median(
            rows, lambda r: r[name]["processor"] / r["attnsweep"]["processor"])
    out["of_limit"] = {by: median(rows, lambda r: r["limit"][by] / r["attnsweep"]["processor"])
                       for by in rates.PRODUCTS}
    out["megabytes"] = max(r["kilobytes"] for r in mine) / 1000
    out["weights_megabytes"] = sum(
        f.stat().st_size for f in work.folder.glob("*.safetensors")) / 1e6
    return out


def print_works(results):
    print(f"\n{'work':32} {'texts/s':>8} {'of the limit':>13} {'wanted':>7} {'(packed)':>9} "
          f"{'x eager (budget)':>17} {'x loop':>7} {'x ONNX RT':>9} {'MB beside weights':>18}")
    for r in results:
        times = [r["times"].get(name) for name in ("eager", "loop", "onnx")]
        eager, loop, onnx = (f"{t:.2f}" if t else "-" for t in times)
        budget = f" ({r['budget']})" if r["budget"] else ""
        print(f"{r['work']:32} {r['texts_per_second']['attnsweep']:8.2f} "
              f"{r['of_limit']['addmm']:13.0%} {r['wanted_of_limit']:7.0%} "
              f"{r['of_limit']['packed']:9.0%} {eager + budget:>17} {loop:>7} {onnx:>9} "
              f"{r['megabytes'] - r['weights_megabytes']:18.0f}")


def main():
    build, scratch, out = (Path(a) for a in sys.argv[1:4])
    quick = "--quick" in sys.argv
    rounds = 2 if quick else 3
    torch.set_num_threads(1)
    scratch.mkdir(parents=True, exist_ok=True)
    results = []
    print(f"one thread, float32, torch {torch.__version__} "
          f"(OPENBLAS_CORETYPE={os.environ.get('OPENBLAS_CORETYPE', 'unset')}), "
          f"{rounds} rounds, processor time", flush=True)
    for work in all_works(ROOT, scratch, quick):
        print(f"  {work.name} …", file=sys.stderr, flush=True)
        contest = Contest(work, build / "tests/model_tool", scratch)
        results.append(summary(contest, [contest.round() for _ in range(rounds)]))
    print_works(results)
    extra = sides.all_sides(ROOT, build, scratch, quick, rounds)
    sides.print_sides(extra)
    out.write_text(json.dumps({"quick": quick, "works": results, "sides": extra}, indent=1) + "\n")


if __name__ == "__main__":
    main()
