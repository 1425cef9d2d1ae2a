"""open_run: rows across segments, in record order, read where they are indexed; damage is
refused."""

import json

import numpy as np
import pandas as pd
import pytest
import synthetic as S
import synthetic_run as R
import xarray as xr

import attnsweep
from attnsweep.checked import check_of
from attnsweep.errors import ArchiveError, IncompleteError, UsageError

MODEL, CORPUS = "minilm-l6", R.CORPUS


@pytest.fixture
def folder(tmp_path):
    return R.make_run(tmp_path / "run")


def rows():
    return R.rows_of(MODEL, 5, 2)


def rewrite_journal(folder, change):
    """Lines of the journal after `change(list of lines)`."""
    file = folder / "journal/r0.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(change(lines)))


# RFC 7693, BLAKE2b keyed: computed with the reference program b2sum's library for the bytes "abc",
# key "journal" zero-padded to 8 bytes; the C++ side holds the same pair in its own tests.
def test_check_is_little_endian_and_keyed():
    import hashlib

    digest = hashlib.blake2b(b"abc", digest_size=8, key=b"lanruoj\0").digest()
    assert check_of(0x6A6F75726E616C, b"abc") == digest[::-1].hex()
    assert check_of(0x6A6F75726E616C, b"abc") != check_of(0x706C616E, b"abc")


def test_a_digest_that_begins_with_zeros_keeps_sixteen_digits():
    found = next(k for k in range(10_000) if check_of(1, str(k).encode()).startswith("00"))
    assert len(check_of(1, str(found).encode())) == 16


def test_dataset_joins_segments_in_record_order(folder):
    data = attnsweep.open_run(folder).dataset(MODEL, CORPUS)
    assert dict(data.sizes) == {"sequence": 10, "pair": 5, "layer": 6, "head": 2}
    assert data.frobenius.dims == ("sequence", "pair")
    assert data.frobenius_each.dims == ("sequence", "pair", "head")
    np.testing.assert_array_equal(data.frobenius.values, rows()["values"])
    np.testing.assert_array_equal(data.frobenius_each.values, rows()["each"])
    assert list(data.sequence.values) == rows()["ids"]
    assert list(data.document.values) == rows()["documents"]
    assert {"document", "record", "n_tokens", "reason"} <= set(data.coords)
    assert data.frobenius.attrs["units"] == "1"
    assert data.attrs["model"] == MODEL


@pytest.mark.parametrize(
    "pick",
    [
        dict(sequence=3),
        dict(sequence=-1),
        dict(sequence=slice(2, 9, 3)),
        dict(pair=1),
        dict(sequence=[9, 0, 5], pair=slice(1, 3)),
        dict(sequence=[9, 0, 5], pair=[4, 0]),
        dict(sequence=slice(6, 10), pair=-1),
        dict(sequence=[]),
        dict(sequence=2, pair=3),
        dict(sequence=slice(None, None, -1)),
        dict(sequence=[7, 7, 8]),
        dict(sequence=xr.DataArray([1, 8], dims="point"), pair=xr.DataArray([0, 3], dims="point")),
    ],
    ids=str,
)
def test_lazy_indexing_equals_indexing_in_memory(folder, pick):
    lazy = attnsweep.open_run(folder).dataset(MODEL, CORPUS)
    full = xr.DataArray(rows()["values"], dims=("sequence", "pair"))
    np.testing.assert_array_equal(lazy.frobenius.isel(pick).values, full.isel(pick).values)
    head = dict(pick, head=1)
    full = xr.DataArray(rows()["each"], dims=("sequence", "pair", "head"))
    np.testing.assert_array_equal(lazy.frobenius_each.isel(head).values, full.isel(head).values)


def test_values_are_read_on_use(folder, monkeypatch):
    from attnsweep import lazy

    seen = []
    read = lazy.RowArray._rows
    monkeypatch.setattr(
        lazy.RowArray,
        "_rows",
        lambda self, piece, rows: seen.append((self.name, len(rows))) or read(self, piece, rows),
    )
    data = attnsweep.open_run(folder).dataset(MODEL, CORPUS)
    assert not [name for name, _ in seen if name != "sequence"]
    assert data.frobenius.isel(sequence=slice(8, 10)).values.shape == (2, 5)
    assert [entry for entry in seen if entry[0] != "sequence"] == [("frobenius", 2)]


def test_select_by_id_and_mean(folder):
    data = attnsweep.open_run(folder).dataset(MODEL, CORPUS)
    np.testing.assert_array_equal(
        data.tv.sel(sequence=rows()["ids"][8]).values, rows()["values"][8] / 7
    )
    np.testing.assert_allclose(
        data.frobenius.mean("sequence").values, np.nanmean(rows()["values"], 0), rtol=1e-15
    )


def test_segment_opens_in_xarray_alone(folder):
    data = xr.open_dataset(folder / "segments/b.h5", engine="h5netcdf", group=f"{MODEL}/{CORPUS}")
    assert data.frobenius.dims == ("sequence", "pair")


def test_a_later_entry_with_more_norms_wins(folder):
    R.write_segment(folder / "segments/c.h5", {MODEL: [8, 9]})
    entry = R.entry_of(
        folder,
        MODEL,
        f"{MODEL}/{CORPUS}/2+1",
        "c.h5",
        [8, 9],
        replaces="b.h5",
        measure=dict(R.MEASURE, norms=["frobenius", "tv", "max"]),
    )
    (folder / "journal/r1.jsonl").write_bytes(R.journal_line(entry))
    run = attnsweep.open_run(folder)
    assert run.done[f"{MODEL}/{CORPUS}/2+1"].segment == "c.h5"
    np.testing.assert_array_equal(run.dataset(MODEL, CORPUS).frobenius.values, rows()["values"])


def test_an_entry_that_lacks_a_norm_of_the_plan_is_not_done(folder):
    def change(lines):
        return [
            R.journal_line(json.loads(line)["entry"] | {"measure": dict(R.MEASURE, norms=["tv"])})
            for line in lines
        ]

    rewrite_journal(folder, change)
    with pytest.raises(IncompleteError, match="3 of 3 tasks"):
        attnsweep.open_run(folder).dataset(MODEL, CORPUS)


def test_missing_task_needs_partial(folder):
    rewrite_journal(folder, lambda lines: lines[:2] + lines[3:])
    run = attnsweep.open_run(folder)
    with pytest.raises(IncompleteError, match="1 of 3 tasks of minilm-l6/fortunes"):
        run.dataset(MODEL, CORPUS)
    data = run.dataset(MODEL, CORPUS, partial=True)
    np.testing.assert_array_equal(data.frobenius.values, rows()["values"][:8])


def test_torn_last_line_is_normal(folder):
    with open(folder / "journal/r0.jsonl", "ab") as stream:
        stream.write(b'{"check":"0123')
    run = attnsweep.open_run(folder)
    assert run.journal.torn == ["r0.jsonl"]
    assert run.dataset(MODEL, CORPUS).sizes["sequence"] == 10


def test_damaged_line_names_file_and_line(folder):
    def change(lines):
        return [lines[0], lines[1].replace(b'"seconds": 1.5', b'"seconds": 2.5'), *lines[2:]]

    rewrite_journal(folder, change)
    with pytest.raises(ArchiveError, match=r"r0\.jsonl:2: damaged line: checksum is"):
        attnsweep.open_run(folder).dataset(MODEL, CORPUS)


def test_whole_line_of_another_form_is_damage(folder):
    with open(folder / "journal/r0.jsonl", "ab") as stream:
        stream.write(b"hello\n")
    with pytest.raises(ArchiveError, match=r"r0\.jsonl:7: damaged line: is not of the form"):
        attnsweep.open_run(folder).journal  # noqa: B018


@pytest.mark.parametrize("at", [0, 100, -1])
def test_a_flipped_bit_in_a_segment_is_refused(folder, at):
    file = folder / "segments/b.h5"
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
    with pytest.raises(ArchiveError, match=r"b\.h5: damaged: its digest is"):
        attnsweep.open_run(folder).dataset(MODEL, CORPUS)


def measured_again(folder, model=MODEL, segment="again.h5", records=range(10)):
    """All tasks of one model a second time, in a segment of their own."""
    R.write_segment(folder / "segments" / segment, {model: list(records)})
    lines = [
        R.journal_line(R.entry_of(folder, model, f"{model}/{CORPUS}/{b}+1", segment, own))
        for b, own in enumerate(([0, 1, 2, 3], [4, 5, 6, 7], [8, 9]))
    ]
    (folder / "journal/r1.jsonl").write_bytes(b"".join(lines))


@pytest.mark.parametrize("segment", ["a.h5", "again.h5"])
def test_a_damaged_segment_does_no_harm_where_its_tasks_were_measured_again(folder, segment):
    measured_again(folder)
    run = attnsweep.open_run(folder)
    before = run.dataset(MODEL, CORPUS).frobenius.values
    with open(folder / "segments" / segment, "ab") as stream:
        stream.write(b"x")
    run = attnsweep.open_run(folder)
    np.testing.assert_array_equal(run.dataset(MODEL, CORPUS).frobenius.values, before)
    # The later copy is the one that is read; the other one is not even looked at.
    assert run.damaged == (["again.h5"] if segment == "again.h5" else [])
    if segment == "a.h5":  # the other model's only copy
        with pytest.raises(ArchiveError, match="a.h5: damaged"):
            run.dataset("minilm-l6-untrained.0", CORPUS)
        with pytest.raises(ArchiveError, match="a.h5: damaged"):
            run.is_sound(run.done[f"minilm-l6-untrained.0/{CORPUS}/0+1"])


def test_damage_of_both_copies_is_refused(folder):
    measured_again(folder)
    for segment in ("a.h5", "again.h5"):
        with open(folder / "segments" / segment, "ab") as stream:
            stream.write(b"x")
    with pytest.raises(ArchiveError, match=r"again\.h5: damaged"):
        attnsweep.open_run(folder).dataset(MODEL, CORPUS)


def test_a_lost_segment_makes_its_tasks_not_done(folder):
    (folder / "segments/b.h5").unlink()
    with pytest.raises(IncompleteError, match="1 of 3"):
        attnsweep.open_run(folder).dataset(MODEL, CORPUS)


def test_unknown_major_version_is_refused_by_number(folder):
    R.write_segment(folder / "segments/b.h5", {m: [8, 9] for m in R.INFO}, schema_major=2)
    rewrite_journal(
        folder, lambda lines: [R.journal_line(R.entry_of(folder, *_task(line))) for line in lines]
    )
    with pytest.raises(ArchiveError, match=r"b\.h5: segment schema 2 is unknown, this reads 1\.x"):
        attnsweep.open_run(folder).dataset(MODEL, CORPUS)


def _task(line):
    entry = json.loads(line)["entry"]
    records = {"0": [0, 1, 2, 3], "1": [4, 5, 6, 7], "2": [8, 9]}[entry["task"].split("/")[2][0]]
    return entry["task"].split("/")[0], entry["task"], entry["segment"], records


def test_rows_that_the_journal_does_not_promise(folder):
    rewrite_journal(
        folder,
        lambda lines: [R.journal_line(json.loads(line)["entry"] | {"n_rows": 3}) for line in lines],
    )
    with pytest.raises(ArchiveError, match="holds 4 rows, the journal says 3"):
        attnsweep.open_run(folder).dataset(MODEL, CORPUS)


def test_segment_names_cannot_leave_the_folder(folder):
    entry = R.entry_of(folder, MODEL, f"{MODEL}/{CORPUS}/0+1", "a.h5", [0, 1, 2, 3])
    (folder / "journal/r1.jsonl").write_bytes(R.journal_line(entry | {"segment": "../tasks.json"}))
    with pytest.raises(ArchiveError, match="expected a file name"):
        attnsweep.open_run(folder).done  # noqa: B018


def test_not_a_run(tmp_path):
    with pytest.raises(ArchiveError, match="holds no tasks.json"):
        attnsweep.open_run(tmp_path)
    with pytest.raises(ArchiveError, match="no such folder"):
        attnsweep.open_run(tmp_path / "absent")


def test_damaged_plan(folder):
    file = folder / "tasks.json"
    file.write_bytes(file.read_bytes().replace(b"synthetic", b"synthetik"))
    with pytest.raises(ArchiveError, match="tasks.json: checksum is"):
        attnsweep.open_run(folder)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ArchiveError, match="cut off"):
        attnsweep.open_run(folder)


def test_unknown_cell_lists_the_known_ones(folder):
    with pytest.raises(UsageError, match="minilm-l6-untrained.0"):
        attnsweep.open_run(folder).dataset("minilm", CORPUS)


def test_frames(folder):
    run = attnsweep.open_run(folder)
    fits, curves, verdicts = run.fits(), run.curves(), run.verdicts()
    assert list(fits["norm"].unique()) == ["frobenius", "tv"] and len(fits) == 8
    first = fits[(fits.model == MODEL) & (fits.norm == "frobenius")].iloc[0]
    i = np.arange(5) - 2.0
    assert first["lambda"] == pytest.approx(-(i @ np.log(S.MINILM)) / 10, rel=1e-12)
    assert isinstance(first["lambda_low"], float)
    one = curves[(curves.model == MODEL) & (curves.norm == "frobenius")]
    assert list(one.pair) == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(one.d, S.MINILM, rtol=1e-14)
    assert set(verdicts.model) == {MODEL} and set(verdicts.verdict) == {"rejected"}
    assert run.summary["cells"][0]["model"] == MODEL


def test_undefined_numbers_are_nan(tmp_path):
    folder = R.make_run(tmp_path / "run", [S.cell("tiny", [1.3])])
    fits = attnsweep.open_run(folder).fits()
    assert pd.isna(fits.loc[0, "lambda"]) and fits["lambda"].dtype == float
    assert attnsweep.open_run(folder).heads().empty


def test_burn_in_shifts_the_pairs(tmp_path):
    folder = R.make_run(tmp_path / "run", options={"burn_in": 2})
    assert attnsweep.open_run(folder).curves().pair.min() == 2


def test_no_summary_yet(folder):
    (folder / "summary.json").unlink()
    with pytest.raises(IncompleteError, match="run `attnsweep reduce"):
        attnsweep.open_run(folder).fits()
