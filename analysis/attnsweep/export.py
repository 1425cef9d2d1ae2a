"""`attnsweep export RUN --format npz|netcdf`: the measured values for NumPy and for xarray.

The rows of the npz are those of the CSV, in its order; the netCDF file holds one group a model and
corpus, the Dataset that Run.dataset gives.
"""

from __future__ import annotations

import zipfile
from contextlib import closing
from pathlib import Path

import h5netcdf
import numpy as np
import xarray as xr

from attnsweep import __version__
from attnsweep.errors import ArchiveError, IncompleteError, NoPlaceError, UsageError
from attnsweep.files import PatientFile, whole_file
from attnsweep.journal import segment_file
from attnsweep.long_form import LongForm
from attnsweep.run import Run, open_run

FORMATS = ("npz", "netcdf")


def export_run(
    run: Run | str | Path,
    out: str | Path,
    form: str,
    *,
    floor: bool = False,
    partial: bool = False,
) -> Path:
    """Writes the values of a run to `out`, which appears only when it is whole.

    npz: one array a column of the CSV (head is -1 for the head mean, floor is NaN where there is
    none); numpy.load reads it without pickles. netcdf: a group <model>/<corpus> a cell, without
    the floors unless `floor`. What was made from a run that is not complete is marked `partial`.
    Throws IncompleteError for a run that is not complete unless `partial`, ArchiveError for damage,
    NoPlaceError where `out` cannot be written.
    """
    run = run if isinstance(run, Run) else open_run(run)
    if form not in FORMATS:
        raise UsageError(f"format {form}: expected {' or '.join(FORMATS)}")
    write = {"npz": _write_npz, "netcdf": _write_netcdf}[form]
    missing = _missing(run, partial)
    done = {(t.model, t.corpus) for t in run.plan.tasks if t.id in run.done}
    out = Path(out)
    try:
        with whole_file(out) as temporary:
            write(run, sorted(done), temporary, floor, missing)
    except OSError as error:
        raise NoPlaceError(f"{out}: cannot be written: {error.strerror or error}") from error
    return out


def _missing(run: Run, partial: bool) -> str:
    """Empty for a complete run, else how much of it is there."""
    n_tasks = len(run.plan.tasks)
    missing = [t.id for t in run.plan.tasks if t.id not in run.done]
    if not missing:
        return ""
    if not partial:
        raise IncompleteError(
            f"{run.path}: {len(missing)} of {n_tasks} tasks are not done (first: {missing[0]});"
            " `attnsweep run` does them, --partial takes the others"
        )
    lost = {e.task: e.segment for e in run.journal.entries if e.done and e.task in set(missing)}
    for task, segment in lost.items():
        if not (file := segment_file(run.path, segment)).is_file():
            raise ArchiveError(f"{file}: is missing, the journal names it for task {task}")
    return f"{n_tasks - len(missing)} of {n_tasks} tasks"


def _write_npz(
    run: Run, cells: list[tuple[str, str]], file: Path, floor: bool, missing: str
) -> None:
    """As numpy.savez_compressed would, but a column at a time and a part of it at a time: a text
    column of a large run does not fit into memory."""
    rows = LongForm(run, cells, floor=floor, partial=bool(missing))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for column in rows.columns:
            dtype = rows.dtype(column)
            header = {
                "descr": np.lib.format.dtype_to_descr(dtype),
                "fortran_order": False,
                "shape": (len(rows),),
            }
            # A name that is a text gets the zip format's first day as its date: equal bytes.
            with archive.open(f"{column}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array_header_1_0(stream, header)
                for values in rows.values(column, dtype):
                    stream.write(values.tobytes())


def _write_netcdf(
    run: Run, cells: list[tuple[str, str]], file: Path, floor: bool, missing: str
) -> None:
    mark = {"partial": missing} if missing else {}
    about = {
        "writer": "attnsweep",
        "writer_version": __version__,
        "study": run.plan.study,
        "seed": run.plan.seed,
    }
    stream = PatientFile(file)
    with closing(stream), h5netcdf.File(stream, "w") as root:
        root.attrs.update(about | mark)
        for model, corpus in cells:
            data = run.dataset(model, corpus, partial=bool(missing))
            if not floor:
                data = data.drop_vars([name for name in data if str(name).endswith("_floor")])
            data.attrs |= mark
            packed = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
            data.dump_to_store(
                xr.backends.H5NetCDFStore(root.create_group(f"{model}/{corpus}")),
                encoding={n: packed for n, v in data.variables.items() if v.dtype.kind == "f"},
            )
            stream.check()
    stream.check()
