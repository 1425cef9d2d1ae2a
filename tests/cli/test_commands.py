"""What the commands print and write on a good run."""

import csv
import io
import json

import pytest

from harness import BUILD, ROOT, attnsweep, write_model


@pytest.fixture
def measured(project):
    project.write_study(norms="frobenius, tv, js", control=True,
                        more="heads: [mean, each]\nspecial_tokens: [keep, drop]")
    done = project.run(ranks=2)
    assert done.returncode == 0, done.stderr
    return project


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_export_has_every_value_in_order(measured):
    rows = rows_of(measured.export())
    assert list(rows[0]) == ["model", "corpus", "sequence", "document", "n_tokens", "view", "heads",
                             "head", "norm", "layer", "value"]
    # 4 models × 60 sequences × 2 views × (1 mean + 2 heads) × 3 norms × 5 pairs
    assert len(rows) == 4 * 60 * 2 * 3 * 3 * 5
    key = lambda r: (r["model"], r["corpus"], int(r["sequence"][1:]), r["view"], r["heads"],
                     int(r["head"] or -1), r["norm"], int(r["layer"]))
    assert [key(r) for r in rows] == sorted(key(r) for r in rows)
    for row in rows[:2000]:
        assert repr(float(row["value"])) == row["value"] or float(row["value"]) == float(
            repr(float(row["value"])))
        assert (row["head"] == "") == (row["heads"] == "mean")


def test_import_of_an_export_is_the_same_run(measured):
    text = measured.export("run", "--floor")
    (measured.folder / "rows.csv").write_text(text)
    done = measured.call("import", "rows.csv", "--output", "again", "--seed", "7",
                         "--control-of", "untrained.0=a", "--control-of", "untrained.1=a")
    assert done.returncode == 0, done.stderr
    assert measured.export("again", "--floor") == text
    assert measured.call("verify", "again").returncode == 0
    assert measured.call("status", "again").returncode == 0
    verdicts = []
    for run in ("run", "again"):
        reduced = measured.call("reduce", run, "--json")
        assert reduced.returncode == 0, reduced.stderr
        verdicts.append([
            (c["model"], c["norm"], c["view"], c["lambda"], c["lambda_low"], c["lambda_high"],
             c["p_v"], c["verdict"], c["reason"], c["flags"])
            for c in json.loads(reduced.stdout)["cells"]])
    assert verdicts[0] == verdicts[1]
    compared = measured.call("compare", "run", "again", "--json")
    assert compared.returncode == 0
    assert {d["max"] for d in json.loads(compared.stdout)} == {0}
    twice = measured.call("import", "rows.csv", "--output", "again")
    assert twice.returncode == 2 and "holds a run already" in twice.stderr


def test_compare_names_the_worst_sequence(measured):
    rows = measured.export().splitlines()
    changed = [line.rsplit(",", 1)[0] + ",9.5"
               if line.startswith("a,c,r17,") and ",keep,mean,,tv,3," in line else line
               for line in rows]
    assert changed != rows
    (measured.folder / "rows.csv").write_text("\n".join(changed) + "\n")
    assert measured.call("import", "rows.csv", "--output", "other").returncode == 0
    found = [d for d in json.loads(measured.call("compare", "run", "other", "--json").stdout)
             if d["max"] > 0]
    assert [(d["model"], d["norm"], d["worst_sequence"], d["worst_value"]) for d in found] == [
        ("a", "tv", "r17", 3)]


def test_summary_follows_the_contract(measured):
    done = measured.call("reduce", "run", "--json")
    summary = json.loads(done.stdout)
    assert (measured.run_folder / "summary.json").read_text().strip() == done.stdout.strip()
    keys = {"model", "corpus", "norm", "heads", "view", "sequences", "documents", "points", "head",
            "lambda", "lambda_low", "lambda_high", "se", "df", "j_eff", "amplitude", "drop", "r2",
            "kappa", "kappa3", "rise", "rise_rel", "r2_within", "tau", "p_v", "residuals", "verdict",
            "reason", "reasons", "original_criterion", "flags", "laws", "curve", "curve_low",
            "curve_high"}
    for cell in summary["cells"]:
        assert keys <= set(cell), keys - set(cell)
        assert cell["verdict"] in ("supported", "decays, not exponentially", "rejected",
                                   "inconclusive", None)
        assert set(cell["laws"]) >= {"constant", "exponential", "power", "linear", "floor"}
    assert {"cells", "excluded", "across_models"} <= set(summary)
    for name in ("summary.h5", "lambda.csv", "curves.csv", "laws.csv", "verdicts.csv", "models.csv"):
        assert (measured.run_folder / name).stat().st_size > 0
    table = measured.call("reduce", "run").stdout
    assert max(len(line) for line in table.splitlines()) <= 100


def test_reduce_options_are_the_studys_or_given(measured):
    wide = json.loads(measured.call("reduce", "run", "--json", "--set", "reduce.level=0.99").stdout)
    usual = json.loads(measured.call("reduce", "run", "--json").stdout)
    for w, u in zip(wide["cells"], usual["cells"]):
        if u["lambda_low"] is not None:
            assert w["lambda_low"] < u["lambda_low"] and w["lambda_high"] > u["lambda_high"]
    bad = measured.call("reduce", "run", "--set", "reduce.levle=0.9")
    assert bad.returncode == 3 and "did you mean 'level'?" in bad.stderr


def test_growth_runs_only_what_is_new(project):
    assert project.run().returncode == 0
    first = project.export()
    write_model(project.folder / "d", seed=4)
    project.write_study(models=("a", "b", "d"))
    plan = json.loads(project.call("plan", "study.yaml", "--output", "run", "--json").stdout)
    assert [(c["model"], c["tasks"] - c["done"], c["why"]) for c in plan["cells"]] == [
        ("a", 0, ""), ("b", 0, ""), ("d", 1, "new in the study")]
    assert project.run(ranks=2).returncode == 0
    assert [r for r in project.export().splitlines() if not r.startswith("d,")] == first.splitlines()
    project.write_study(models=("a", "b", "d"), norms="frobenius, tv, linf")
    plan = json.loads(project.call("plan", "study.yaml", "--output", "run", "--json").stdout)
    assert [c["why"] for c in plan["cells"]] == ["measured again with linf"] * 3
    assert project.run().returncode == 0
    grown = project.export().splitlines()
    assert [r for r in grown if not r.startswith("d,") and ",linf," not in r] == first.splitlines()
    assert sum(",linf," in r for r in grown) == 3 * 60 * 5
    fresh = project.run(output="fresh")
    assert fresh.returncode == 0
    assert project.export("fresh").splitlines() == grown
    assert project.call("verify", "run").returncode == 0


def test_windows_share_a_document(project):
    project.write_study(more_corpus="max_tokens: 16\non_long: window\nstride: 4")
    assert project.run().returncode == 0
    rows = rows_of(project.export())
    assert all("#" in r["sequence"] for r in rows)
    assert {r["document"] for r in rows if r["sequence"].startswith("r5#")} == {"d1"}
    assert max(int(r["n_tokens"]) for r in rows) == 16


def test_partial_is_marked(project):
    assert project.run().returncode == 0
    write_model(project.folder / "d", seed=4)
    project.write_study(models=("a", "b", "d"))
    assert project.run("--share", "1/9").returncode in (0, 75)
    for words in (["export", "run"], ["reduce", "run"]):
        done = project.call(*words)
        assert done.returncode == 75, (words, done.stdout)
        assert "d/c: 1 of 1 tasks" in done.stderr
        assert project.call(*words, "--partial").returncode == 0
    assert rows_of(project.export("run", "--partial"))[0]["partial"] == "1"


def test_plan_predicts(project):
    plan = json.loads(project.call("plan", "study.yaml", "--ranks", "100000", "--json").stdout)
    assert plan["tasks"] == plan["to_run"] == 2
    assert plan["makespan_seconds"] > 0 and 0 < plan["efficiency"] <= 1
    assert not project.run_folder.exists()


def test_report_and_other_formats(measured):
    assert measured.call("report", "run").returncode == 75, "not reduced yet"
    assert measured.call("reduce", "run").returncode == 0
    done = measured.call("report", "run")
    assert done.returncode == 0, done.stderr
    for name in ("figure.png", "figure.pdf", "report.html"):
        assert (measured.run_folder / "report" / name).stat().st_size > 1000
    for form, name in (("npz", "rows.npz"), ("netcdf", "rows.nc")):
        done = measured.call("export", "run", "--format", form, "--out", name)
        assert done.returncode == 0, done.stderr
        assert (measured.folder / name).stat().st_size > 1000


def test_the_table_of_families_in_the_readme_is_what_the_program_prints():
    readme = (ROOT / "README.md").read_text()
    table = readme.split("<!-- attnsweep families --markdown -->\n")[1].split("\n<!-- end -->")[0]
    assert table == attnsweep("families", "--markdown").stdout.strip()


def test_help_version_families():
    for name in ("validate", "plan", "run", "status", "verify", "reduce", "report", "export",
                 "import", "compare", "families"):
        done = attnsweep(name, "--help")
        assert done.returncode == 0 and "Example:" in done.stdout, name
        version = attnsweep(name, "--version")
        assert version.returncode == 0 and "HDF5" in version.stdout, name
    assert "LibTorch" in attnsweep("run", "--version").stdout
    families = attnsweep("families").stdout
    for name in ("bert", "distilbert", "roberta"):
        assert f"\n{name}\n" in "\n" + families
    assert BUILD.is_dir()
