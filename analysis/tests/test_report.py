"""The page and the command: the answer first, every cell in the table, nothing from outside, clear
ends."""

import html.parser
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
import synthetic as S
import synthetic_run as R

from attnsweep import report
from attnsweep.report import write_report

VERDICT_WORDS = {"supported", "decays", "rejected", "inconclusive"}
ANALYSIS = Path(__file__).resolve().parent.parent


class Page(html.parser.HTMLParser):
    """The page as tags, the text inside ids, and the rows of tables."""

    VOID = {"meta", "img", "br", "link", "hr", "input"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.stack, self.text_of, self.rows = [], [], {}, {}
        self.feed(text)
        assert not self.stack, f"never closed: {self.stack}"

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if tag == "tr":
            self.rows.setdefault(self.table(), []).append([])
        if tag in ("td", "th"):
            self.rows[self.table()][-1].append("")
        if tag not in self.VOID:
            self.stack.append((tag, attrs))

    def handle_endtag(self, tag):
        opened, _ = self.stack.pop()
        assert opened == tag, f"<{opened}> closed by </{tag}>"

    def table(self):
        return next((a.get("id") for t, a in reversed(self.stack) if t == "table"), None)

    def handle_data(self, data):
        for _, attrs in self.stack:
            if "id" in attrs:
                self.text_of[attrs["id"]] = self.text_of.get(attrs["id"], "") + data
        if any(tag in ("td", "th") for tag, _ in self.stack):
            self.rows[self.table()][-1][-1] += data

    def words(self, element):
        return " ".join(self.text_of[element].split())


def page_of(folder):
    return Page((folder / "report/report.html").read_text("utf-8"))


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    folder = R.make_run(tmp_path_factory.mktemp("run") / "run")
    return folder, write_report(folder)


def test_answer_holds_verdict_and_rate(reported):
    answer = page_of(reported[0]).words("answer")
    assert "minilm-l6 on fortunes: rejected" in answer
    assert "λ = 0.053 per layer (95 % interval 0.023 to 0.083)" in answer
    assert "falls by 19 % (T = 0.21)" in answer
    assert "reads λ > 0" in answer
    assert answer.count(" on fortunes: ") == 1  # one sentence a trained model, primary norm only


def test_first_screen_says_how_sure_and_what_was_left_out(reported):
    page = page_of(reported[0])
    assert page.words("answer").startswith("No: rejected minilm-l6 on fortunes: rejected")
    assert "same verdict in 100 % of 10,000 resamplings of its 431 documents" in page.words("sure")
    assert "λ 0.066 to 0.071, T 0.27 to 0.28 (3 seeds)" in page.words("beside")
    assert page.words("gone") == (
        "13 of 10 sequences: 13 × too short (fewer tokens than min_tokens). No layer pair."
        " No task failed."
    )  # the summary and the rows of this made-up run do not belong together


def test_answer_comes_before_figure_and_table(reported):
    page = page_of(reported[0])
    order = [t if t in ("h1", "img") else a.get("id") for t, a in page.tags]
    places = [order.index(x) for x in ("h1", "answer", "img", "cells", "left-out")]
    assert places == sorted(places)


def test_every_cell_is_in_the_table(reported):
    page = page_of(reported[0])
    head, *rows = page.rows["cells"]
    assert len(rows) == 8 and all(len(row) == len(head) for row in rows)
    models = {row[0] for row in rows}
    assert models == {"minilm-l6", *(f"minilm-l6-untrained.{k}" for k in range(3))}
    first = dict(zip(head, rows[0], strict=True))
    assert first["λ per layer"] == "0.053 [0.023, 0.083]"
    assert first["verdict"] == "rejected" and first["reasons"] == "not monotone"
    assert first["original criterion"] == "λ > 0"
    assert "3 seeds" in first["control beside"] and first["sequences"] == "1,987"
    assert first["T"] == "0.21" and first["R²"] == "0.03"


def test_left_out_and_facts(reported):
    page = page_of(reported[0])
    rows = page.rows["left-out"][1:]
    assert [
        "minilm-l6",
        "fortunes",
        "10",
        "9",
        "1 × too short (fewer tokens than min_tokens)",
    ] in rows
    text = " ".join(page.text_of["h-facts"].split())
    assert text == "The run"
    whole = (reported[0] / "report/report.html").read_text()
    assert "6 of 6 done, 0 failed" in whole and "abc1234" in whole and "node7" in whole
    said = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", whole)
    assert len({what for what, _ in said}) == len(said) and all(value for _, value in said)
    assert ("HDF5 version", "1.10.8") in said
    assert page.rows["models"][1][3:6] == ["6", "2", "22.7 M"]


def test_nothing_is_loaded_from_outside(reported):
    text = (reported[0] / "report/report.html").read_text("utf-8")
    assert "Content-Security-Policy\" content=\"default-src 'none';" in text
    for tag, attrs in page_of(reported[0]).tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        for key in ("src", "href", "srcset", "data", "action"):
            assert key not in attrs or attrs[key].startswith(("data:", "#")), (tag, key)
    assert "url(" not in text.split("</style>")[0] and "@import" not in text


def test_the_scripts_inside_are_the_published_ones():
    """Their digests are those of the table beside them, which names versions and licences."""
    import hashlib

    folder = ANALYSIS / "attnsweep/web/vendor"
    said = dict(
        re.findall(
            r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", (folder / "README.md").read_text(), re.M
        )
    )
    assert set(said) == {p.name for p in folder.glob("*.js")} == {"d3.min.js", "plot.umd.min.js"}
    for name, digest in said.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_names_cannot_end_the_data(tmp_path):
    cell = S.cell("</script><script>alert(1)</script>", S.MINILM)
    folder, _ = report_on(tmp_path, [cell])
    text = (folder / "report/report.html").read_text()
    assert "<script>alert(1)" not in text
    assert data_of(folder)["models"][0]["id"] == cell["model"]


def data_of(folder):
    """What the charts are drawn from."""
    text = (folder / "report/report.html").read_text("utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])


def test_data_of_the_charts(reported):
    data = data_of(reported[0])
    assert [s["norm"] for s in data["series"]] == ["frobenius", "tv"]
    assert [m["id"] for m in data["models"]][0] == "minilm-l6" and len(data["models"]) == 4
    assert [m["of"] for m in data["models"]] == [None, 0, 0, 0]
    first = data["cells"][0]
    assert [round(2.718281828**g, 2) for g in first["g"]] == [2.16, 0.75, 0.83, 0.82, 1.58]
    known = S.one_model()[0]  # five significant digits are kept
    ends = [known[k] for k in ("lambda", "lambda_low", "lambda_high")]
    assert first["l"] == pytest.approx(ends, rel=5e-5)
    assert list(first["laws"]) == ["constant", "exponential", "power", "linear", "floor"]
    assert first["texts"]["n"] == 9 and sum(first["texts"]["counts"]) <= 9


def test_accessible(reported):
    page = page_of(reported[0])
    tags = page.tags
    assert ("html", {"lang": "en"}) in tags
    assert all(len(a.get("alt", "")) > 40 for t, a in tags if t == "img")
    assert all("scope" in a for t, a in tags if t == "th")
    assert sum(t == "table" for t, _ in tags) == sum(t == "caption" for t, _ in tags)
    levels = [int(t[1]) for t, _ in tags if len(t) == 2 and t[0] == "h" and t[1].isdigit()]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(ids) == len(set(ids))
    style = (reported[0] / "report/report.html").read_text().split("</style>")[0]
    assert "prefers-color-scheme: dark" in style and "@media print" in style


def test_files(reported):
    folder, files = reported
    names = {str(f.relative_to(folder / "report")) for f in files}
    for base in (
        "figure",
        "figure_column",
        "figures/figure_fortunes_frobenius",
        "figures/figure_fortunes_tv_column",
        "figures/laws_fortunes_frobenius",
        "figures/texts_fortunes_tv_column",
    ):
        for form in ("png", "pdf", "svg"):
            assert f"{base}.{form}" in names
    assert files[0].name == "report.html" and files[1].name == "figure.pdf"
    there = (p for p in (folder / "report").rglob("*") if p.is_file())
    assert {str(p.relative_to(folder / "report")) for p in there} == names
    primary = folder / "report/figure.png"
    copy = folder / "report/figures/figure_fortunes_frobenius.png"
    assert primary.read_bytes() == copy.read_bytes()
    assert (folder / "report/figure.pdf").read_bytes().startswith(b"%PDF")
    assert b"CreationDate" not in (folder / "report/figure.pdf").read_bytes()


def test_figures_of_an_earlier_report_go(tmp_path):
    folder = R.make_run(tmp_path / "run", S.one_model())
    (folder / "report/figures").mkdir(parents=True)
    old, foreign = (folder / "report/figures" / n for n in ("laws_gone_tv.pdf", "notes.txt"))
    old.write_text("x"), foreign.write_text("x")
    write_report(folder, processes=1)
    assert foreign.is_file() and not old.exists()


def test_a_second_report_has_the_same_bytes(reported):
    folder, files = reported
    before = {f: f.read_bytes() for f in files}
    write_report(folder, processes=1)  # in one process or in many
    assert {f: f.read_bytes() for f in files} == before


def report_on(tmp_path, cells=None, **keys):
    """A report of which only the page is looked at: figures in one format are enough."""
    folder = R.make_run(tmp_path / "run", cells, **keys)
    with mock.patch.object(report, "METADATA", {"svg": report.METADATA["svg"]}):
        write_report(folder)
    return folder, page_of(folder)


def test_partial_and_mixed_are_said(tmp_path):
    folder, page = report_on(
        tmp_path,
        S.one_model(),
        partial=True,
        tasks={"done": 4, "all": 6},
        machines=["cpu float32", "cuda float32"],
    )
    text = (folder / "report/report.html").read_text()
    assert "PARTIAL: 4 of 6 tasks" in text
    assert "mixed: cpu float32; cuda float32" in text


def test_many_cells_are_counted_first(tmp_path):
    cells = [c for corpus in ("a", "b") for c in S.many_models(9, seeds=1, corpus=corpus)]
    _, page = report_on(tmp_path, cells)
    answer = page.words("answer")
    assert answer.startswith("Supported for 4 of 18 model–corpus pairs supported 4 λ ")
    assert answer.count("λ = ") == 18
    head, *rows = page.rows["matrix"]
    assert head == ["model", "a", "b"] and len(rows) == 9
    assert all(cell.split()[0].rstrip(",") in VERDICT_WORDS for row in rows for cell in row[1:])
    assert len(page.rows["cells"]) == 1 + 36


def test_controls_are_paired_where_reduce_says_so(tmp_path):
    cells = S.one_model()
    cells[0]["control"] = [
        {
            "model": "minilm-l6-untrained.0",
            "drop": 0.28,
            "verdict": "rejected",
            "drop_difference": -0.07,
            "drop_difference_low": -0.12,
            "drop_difference_high": -0.02,
        }
    ]
    _, page = report_on(tmp_path, cells)
    head, first, *_ = page.rows["cells"]
    beside = dict(zip(head, first, strict=True))["control beside"]
    assert "T − T_control −0.07 [−0.12, −0.02]" in beside


def test_names_are_escaped(tmp_path):
    _, page = report_on(tmp_path, [S.cell("<b>x</b>", S.MINILM, flags=["control_missing"])])
    assert "<b>x</b> on fortunes" in page.words("answer")
    assert "No untrained control was measured" in page.words("beside")


@pytest.mark.parametrize(
    "cells",
    [[], S.one_model()[1:], [S.cell("tiny", [1.3])], [S.cell("broken", [])]],
    ids=["none", "controls", "tiny", "broken"],
)
def test_sparse_runs(tmp_path, cells):
    _, page = report_on(tmp_path, cells)
    assert len(page.rows["cells"]) == 1 + len(cells)
    if cells and not cells[0]["control_of"]:
        assert "λ is undefined" in page.words("answer")
    else:
        assert "No trained model could be judged" in page.words("answer")


def command(*words, env=None, python=sys.executable):
    return subprocess.run(
        [python, "-m", "attnsweep", *map(str, words)],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ANALYSIS)) | (env or {}),
        timeout=300,
    )


def test_command_lists_its_files(tmp_path):
    folder = R.make_run(tmp_path / "run", S.one_model())
    done = command("report", folder)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.splitlines()[0] == str(folder / "report/report.html")
    assert all(Path(line).is_file() for line in done.stdout.splitlines())
    quiet = command("report", folder, "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_command_ends(tmp_path):
    folder = R.make_run(tmp_path / "run", S.one_model())
    assert command().returncode == 2
    assert command("report").returncode == 2
    assert command("report", folder, "--style", tmp_path / "none").returncode == 2
    absent = command("report", tmp_path / "absent")
    assert absent.returncode == 5 and absent.stderr.count("\n") == 1
    (folder / "summary.json").rename(folder / "kept.json")
    early = command("report", folder)
    assert early.returncode == 75 and f"run `attnsweep reduce {folder}` first" in early.stderr
    (folder / "summary.json").write_text(json.dumps({"cells": [{}]}))
    assert command("report", folder).returncode == 5
    (folder / "kept.json").rename(folder / "summary.json")
    with open(folder / "segments/a.h5", "ab") as stream:
        stream.write(b"x")
    damaged = command("report", folder)
    assert damaged.returncode == 5 and "a.h5: damaged" in damaged.stderr


def test_a_place_that_cannot_be_written(tmp_path):
    folder = R.make_run(tmp_path / "run", S.one_model())
    (folder / "report").write_text("a file where the folder goes")
    blocked = command("report", folder)
    assert blocked.returncode == 76 and blocked.stderr.count("\n") == 1


def test_missing_module_is_named_with_the_line_that_installs_it(tmp_path):
    folder = R.make_run(tmp_path / "run", S.one_model())
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import importlib.util as u;"
        "find = u.find_spec;"
        "u.find_spec = lambda name, *a: None if name == 'jinja2' else find(name, *a);"
        "from attnsweep.__main__ import main; sys.exit(main(['report', sys.argv[2]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ANALYSIS), str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert f"lacks jinja2; install with: {sys.executable} -m pip install -r" in done.stderr
    assert str(ANALYSIS / "requirements.txt") in done.stderr


def test_every_requirement_is_checked_before_an_import():
    from attnsweep.__main__ import NEEDED

    lines = (ANALYSIS / "requirements.txt").read_text().splitlines()
    named = {line.split(">")[0] for line in lines if line and not line.startswith("#")}
    assert named == set(NEEDED)


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, attnsweep; sys.exit(any(m in sys.modules for m in ('numpy', 'matplotlib')))"
    env = dict(os.environ, PYTHONPATH=str(ANALYSIS))
    assert subprocess.run([sys.executable, "-c", code], env=env, timeout=60).returncode == 0


def test_home_that_cannot_be_written(tmp_path):
    folder = R.make_run(tmp_path / "run", S.one_model())
    home = tmp_path / "home"
    home.write_text("not a folder")
    env = {"HOME": str(home), "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": ""}
    done = command("report", folder, "--quiet", env=env)
    assert (done.returncode, done.stderr) == (0, "")
