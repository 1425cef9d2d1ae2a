"""The ratios of calibrate_floor.py as this program has them: two runs, exported with the floors."""

import csv
import json
import pathlib
import re
import subprocess
import tempfile

from calibrate_floor import EPSILON, HERE, NORMS

HEADER = HERE.parents[1] / "src" / "measure" / "floor_constants.hpp"


def constants_in_use():
    """c(norm) that the program was built with: its floors are c times what r is divided by."""
    found = dict(re.findall(r"\{Norm::(\w+), ([0-9.]+)\}", HEADER.read_text()))
    assert set(found) == set(NORMS), found
    return {norm: float(c) for norm, c in found.items()}


def write_study(file, source, precision):
    file.write_text("\n".join([
        "study: floor", "seed: 1",
        f"models: [{{id: m, path: {json.dumps(str(source.folder))}}}]",
        "corpora: [{id: c, files: [c.jsonl], min_tokens: 2}]",
        f"norms: [{', '.join(NORMS)}]", "heads: [mean, each]", "special_tokens: [keep, drop]",
        f"compute: {{precision: {precision}}}", ""]))


def exported(build, source, folder, precision):
    """(sequence, view, heads, head, layer) and norm -> value and floor."""
    write_study(folder / f"{precision}.yaml", source, precision)
    call = lambda *words: subprocess.run([build / "attnsweep", *words], cwd=folder, check=True,
                                         text=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    call("run", f"{precision}.yaml", "--output", precision, "--quiet")
    out = {}
    for row in csv.DictReader(call("export", precision, "--floor").stdout.splitlines()):
        key = (row["sequence"], row["view"], row["heads"], row["head"], row["layer"])
        out[key, row["norm"]] = float(row["value"]), float(row["floor"])
    return out


def ratios(source, build):
    """(view, heads) -> rows of r in the order of NORMS."""
    c = constants_in_use()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        with open(folder / "c.jsonl", "w", encoding="utf-8") as out:
            for k, sequence in enumerate(source.sequences):
                out.write(json.dumps({"id": f"s{k}", "input_ids": list(map(int, sequence.ids))}))
                out.write("\n")
        single, double = (exported(build.resolve(), source, folder, precision)
                          for precision in ("float32", "float64"))
    assert single.keys() == double.keys() and single
    assert len({key[0][0] for key in single}) == len(source.sequences)
    rows = {}
    for (key, norm), (value, floor) in single.items():
        if norm in ("tv", "js", "cosine"):  # their floor is c times epsilon: the build's own c
            assert abs(floor / EPSILON - c[norm]) < 1e-9, "the build has other constants"
        r = abs(value - double[key, norm][0]) * c[norm] / floor
        rows.setdefault(key, {})[norm] = r
    out = {}
    for key, of_norm in rows.items():
        out.setdefault((key[1], key[2]), []).append([of_norm[norm] for norm in NORMS])
    return out
