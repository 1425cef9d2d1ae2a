"""attnsweep export for Python: the rows of the CSV as arrays, the Datasets as a netCDF file."""

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import synthetic_run as R
import xarray as xr

import attnsweep
from attnsweep.errors import ArchiveError, IncompleteError, NoPlaceError, UsageError
from attnsweep.export import export_run
from attnsweep.files import PatientFile
from attnsweep.long_form import Series, _series_of

ANALYSIS = Path(__file__).resolve().parent.parent
COLUMNS = "model corpus sequence document n_tokens view heads head norm layer value".split()


@pytest.fixture
def folder(tmp_path):
    return R.make_run(tmp_path / "run")


def expected(floor=False):
    """The rows by the rules of the CSV, as tuples: sorted by model, corpus, record, then view,
    heads ("each" before "mean"), head, norm, layer; nothing for record 5, which was too short."""
    rows = []
    for model in sorted(R.INFO):
        held = R.rows_of(model, 5, 2)
        for k in range(R.N_RECORDS):
            if held["reason"][k]:
                continue
            start = (model, R.CORPUS, held["ids"][k], held["documents"][k], 10 + k, "keep")
            for head in (0, 1):
                for i in range(5):
                    value = held["each"][k, i, head]
                    rows.append((*start, "each", head, "frobenius", i, value, np.nan))
            for norm, values, floors in (
                ("frobenius", held["values"], held["values"] * 1e-7),
                ("tv", held["values"] / 7, np.full((R.N_RECORDS, 5), np.nan)),
            ):
                for i in range(5):
                    rows.append((*start, "mean", -1, norm, i, values[k, i], floors[k, i]))
    return [row if floor else row[:-1] for row in rows]


def assert_equal(file, rows, columns):
    with np.load(file) as data:  # allow_pickle is off
        assert data.files == columns
        for name, column in zip(columns, zip(*rows, strict=True), strict=True):
            values = data[name]
            assert values.dtype.kind == np.array(column).dtype.kind, name
            np.testing.assert_array_equal(values, column, err_msg=name)


def drop_last_task(folder):
    file = folder / "journal/r0.jsonl"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    return f"minilm-l6-untrained.0/{R.CORPUS}/2+1"


def damage(folder):
    with open(folder / "segments/b.h5", "ab") as stream:
        stream.write(b"x")


def test_npz_has_the_rows_of_the_csv(folder, tmp_path):
    assert export_run(folder, tmp_path / "rows.npz", "npz") == tmp_path / "rows.npz"
    assert_equal(tmp_path / "rows.npz", expected(), COLUMNS)


def test_npz_with_floors(folder, tmp_path):
    export_run(folder, tmp_path / "rows.npz", "npz", floor=True)
    assert_equal(tmp_path / "rows.npz", expected(floor=True), [*COLUMNS, "floor"])


def test_npz_in_small_steps_is_the_same(folder, tmp_path, monkeypatch):
    export_run(folder, tmp_path / "whole.npz", "npz")
    monkeypatch.setattr("attnsweep.long_form.AT_ONCE", 21)  # one row of 20 values at a time
    export_run(folder, tmp_path / "steps.npz", "npz")
    assert_equal(tmp_path / "steps.npz", expected(), COLUMNS)
    assert (tmp_path / "whole.npz").read_bytes() == (tmp_path / "steps.npz").read_bytes()


@pytest.mark.parametrize("form", ["npz", "netcdf"])
def test_equal_runs_give_equal_bytes(folder, tmp_path, form):
    first = export_run(folder, tmp_path / "1", form).read_bytes()
    assert export_run(folder, tmp_path / "2", form).read_bytes() == first


def test_names_of_variables_are_taken_apart():
    def shape(*dims):
        sizes = {"sequence": 4, "pair": 2, "layer": 3, "head": 2}
        return dims, tuple(sizes[d] for d in dims), np.dtype(float), {}

    pair, layer = shape("sequence", "pair"), shape("sequence", "layer")
    each = shape("sequence", "pair", "head")
    held = {
        "js": pair, "js_floor": pair, "js_drop": pair, "js_each_drop": each,
        "js_each_drop_floor": each, "rank_one_residual_drop": layer, "n_tokens": shape("sequence"),
        "pair": shape("pair"),
    }  # fmt: skip
    assert _series_of(held) == [
        Series("drop", "each", 0, "js", "js_each_drop", 2, True),
        Series("drop", "each", 1, "js", "js_each_drop", 2, True),
        Series("drop", "mean", -1, "js", "js_drop", 2, False),
        Series("drop", "mean", -1, "rank_one_residual", "rank_one_residual_drop", 3, False),
        Series("keep", "mean", -1, "js", "js", 2, True),
    ]


@pytest.mark.parametrize("floor", [False, True])
def test_netcdf_holds_the_datasets(folder, tmp_path, floor):
    file = export_run(folder, tmp_path / "rows.nc", "netcdf", floor=floor)
    for model in R.INFO:
        group = f"{model}/{R.CORPUS}"
        with xr.open_dataset(file, engine="h5netcdf", group=group) as data:
            source = attnsweep.open_run(folder).dataset(model, R.CORPUS)
            assert ("frobenius_floor" in data) == floor
            if not floor:
                source = source.drop_vars("frobenius_floor")
            xr.testing.assert_equal(data, source)
            assert set(data.coords) == set(source.coords)
            assert data.attrs == source.attrs
            assert all(data[v].attrs == source[v].attrs for v in source.variables)
            ids = R.rows_of(model, 5, 2)["ids"]
            assert list(data.sequence.values) == ids
            assert all(isinstance(one, str) for one in data.sequence.values)
            np.testing.assert_array_equal(data.tv.sel(sequence=ids[2]), source.tv[2])
    with xr.open_dataset(file, engine="h5netcdf") as root:
        assert root.attrs["study"] == "synthetic" and "partial" not in root.attrs


@pytest.mark.parametrize("form", ["npz", "netcdf"])
def test_incomplete_needs_partial(folder, tmp_path, form):
    task = re.escape(drop_last_task(folder))
    with pytest.raises(IncompleteError, match=f"1 of 6 tasks are not done .*{task}.*--partial"):
        export_run(folder, tmp_path / "out", form)
    assert not (tmp_path / "out").exists()


def test_partial_is_marked(folder, tmp_path):
    drop_last_task(folder)
    npz = export_run(folder, tmp_path / "rows.npz", "npz", partial=True)
    lost = R.rows_of("minilm-l6-untrained.0", 5, 2)["ids"][8:]
    rows = [(*row, 1) for row in expected() if row[0] == "minilm-l6" or row[2] not in lost]
    assert_equal(npz, rows, [*COLUMNS, "partial"])
    netcdf = export_run(folder, tmp_path / "rows.nc", "netcdf", partial=True)
    for group in (None, *(f"{model}/{R.CORPUS}" for model in R.INFO)):
        with xr.open_dataset(netcdf, engine="h5netcdf", group=group) as data:
            assert data.attrs["partial"] == "5 of 6 tasks"
    assert data.sizes["sequence"] == 8


def test_partial_of_a_complete_run_marks_nothing(folder, tmp_path):
    export_run(folder, tmp_path / "rows.npz", "npz", partial=True)
    assert_equal(tmp_path / "rows.npz", expected(), COLUMNS)


def test_partial_with_nothing_done(folder, tmp_path):
    (folder / "journal/r0.jsonl").write_bytes(b"")
    with np.load(export_run(folder, tmp_path / "rows.npz", "npz", partial=True)) as data:
        assert data.files == [*COLUMNS, "partial"] and not any(len(data[n]) for n in data.files)
    file = export_run(folder, tmp_path / "rows.nc", "netcdf", partial=True)
    with xr.open_dataset(file, engine="h5netcdf") as root:
        assert root.attrs["partial"] == "0 of 6 tasks"


@pytest.mark.parametrize("form", ["npz", "netcdf"])
def test_damage_leaves_nothing(folder, tmp_path, form):
    damage(folder)
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(ArchiveError, match="b.h5: damaged"):
        export_run(folder, place / "out", form)
    assert list(place.iterdir()) == []


def test_a_lost_segment_is_damage_also_for_partial(folder, tmp_path):
    (folder / "segments/b.h5").unlink()
    with pytest.raises(ArchiveError, match="b.h5: is missing, the journal names it for task"):
        export_run(folder, tmp_path / "out", "npz", partial=True)


def test_places_that_are_no_files(folder, tmp_path):
    with pytest.raises(NoPlaceError, match="absent/out: cannot be written: No such file"):
        export_run(folder, tmp_path / "absent/out", "npz")
    with pytest.raises(NoPlaceError, match="/dev/null: cannot be written: it is there"):
        export_run(folder, "/dev/null", "npz")
    with pytest.raises(NoPlaceError, match="run: cannot be written: it is there"):
        export_run(folder, folder, "netcdf")
    with pytest.raises(UsageError, match="format csv: expected npz or netcdf"):
        export_run(folder, tmp_path / "out", "csv")


def command(*words, **more):
    return subprocess.run(
        [sys.executable, "-m", "attnsweep", "export", *map(str, words)],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ANALYSIS)),
        timeout=120,
        **more,
    )


def test_command(folder, tmp_path):
    out = tmp_path / "rows.npz"
    done = command(folder, "--format", "npz", "--out", out, "--floor", "--partial")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{out}\n", "")
    assert_equal(out, expected(floor=True), [*COLUMNS, "floor"])
    quiet = command(folder, "--format", "netcdf", "--out", tmp_path / "rows.nc", "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert out.stat().st_mode & 0o777 == 0o644


def test_command_ends(folder, tmp_path):
    out = ("--out", tmp_path / "out")
    assert command(folder, *out).returncode == 2
    assert command(folder, "--format", "csv", *out).returncode == 2
    assert command(folder, "--format", "npz", "--out", tmp_path / "no/out").returncode == 76
    drop_last_task(folder)
    early = command(folder, "--format", "npz", *out)
    assert early.returncode == 75 and early.stderr.startswith("attnsweep export: ")
    damage(folder)
    for form in ("npz", "netcdf"):
        damaged = command(folder, "--format", form, *out, "--partial")
        assert damaged.returncode == 5 and damaged.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


# A limit on the size of a file stands for a full disk: the write fails at any place, also while
# HDF5 closes the file.
@pytest.mark.parametrize("form", ["npz", "netcdf"])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.7, 0.9, 0.99])
def test_full_disk(folder, tmp_path, form, share):
    size = export_run(folder, tmp_path / "whole", form).stat().st_size
    place = tmp_path / "place"
    place.mkdir()
    limit = int(share * size)
    full = command(
        folder, "--format", form, "--out", place / "out",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert full.returncode == 76, full.stderr
    assert f"{place / 'out'}: cannot be written: File too large" in full.stderr
    assert list(place.iterdir()) == []


def test_patient_file_reads_back_what_could_not_be_written(tmp_path):
    stream = PatientFile(tmp_path / "file")
    stream.write(b"0123456789")
    stream._file.write = lambda data: (_ for _ in ()).throw(OSError(28, "full"))  # noqa: SLF001
    stream.seek(8)
    stream.write(b"abcd")
    stream.seek(14)
    stream.write(b"z")
    stream.seek(6)
    assert stream.read(20) == b"67abcd\0\0z"
    assert stream.seek(0, os.SEEK_END) == 15
    with pytest.raises(OSError, match="full"):
        stream.check()
    stream.close()
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_nothing_of_the_drawing_is_needed(folder, tmp_path):
    code = (
        "import sys; import importlib.util as u; find = u.find_spec;"
        "u.find_spec = lambda n, *a: None if n in ('jinja2', 'matplotlib') else find(n, *a);"
        "from attnsweep.__main__ import main; code = main(sys.argv[1:]);"
        "sys.exit(code or 100 * ('matplotlib' in sys.modules))"
    )
    words = ["export", str(folder), "--format", "npz", "--out", str(tmp_path / "out")]
    env = dict(os.environ, PYTHONPATH=str(ANALYSIS))
    done = subprocess.run([sys.executable, "-c", code, *words], env=env, timeout=60)
    assert done.returncode == 0
    lacking = code.replace("'jinja2', 'matplotlib'", "'h5netcdf',")
    done = subprocess.run(
        [sys.executable, "-c", lacking, *words], env=env, timeout=60, capture_output=True, text=True
    )
    assert done.returncode == 2 and "attnsweep export: " in done.stderr
    assert "lacks h5netcdf; install with: " in done.stderr


def test_a_segment_that_lacks_a_column_is_refused(folder, tmp_path):
    import h5py

    file = folder / "segments/b.h5"
    with h5py.File(file, "a") as segment:
        del segment[f"minilm-l6/{R.CORPUS}/document"]
    journal = folder / "journal/r0.jsonl"
    entries = [json.loads(line)["entry"] for line in journal.read_bytes().splitlines()]
    digest = attnsweep.run.digest_of_file(file)
    for entry in entries:
        if entry["segment"] == "b.h5":
            entry["digest"] = digest
    journal.write_bytes(b"".join(map(R.journal_line, entries)))
    with pytest.raises(ArchiveError, match="b.h5: minilm-l6/fortunes lacks document"):
        export_run(folder, tmp_path / "out", "npz")
