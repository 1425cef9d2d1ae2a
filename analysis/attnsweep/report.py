"""`attnsweep report RUN`: every figure and the page into RUN/report/."""

from __future__ import annotations

import io
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.style
from matplotlib.figure import Figure

from attnsweep.errors import NoPlaceError, UsageError
from attnsweep.figure import STYLE, WIDTHS, four_panel_figure
from attnsweep.files import whole_file
from attnsweep.page import render
from attnsweep.run import Run, open_run
from attnsweep.summary import Series

#: No timestamps or versions in a file, so that equal runs give equal bytes.
METADATA = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None},
}


def use_style(style: Path | None = None) -> None:
    """Sets the rcParams: matplotlib's defaults, ours, then the user's file on top."""
    sheets: list[str | Path] = ["default", STYLE]
    if style is not None:
        if not style.is_file():
            raise UsageError(f"{style}: no such style sheet")
        sheets.append(style)
    try:
        mpl.style.use(sheets)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise UsageError(f"{style}: not a matplotlib style sheet: {error}") from error
    mpl.rcParams["svg.hashsalt"] = "attnsweep"


def saved(figure: Figure, form: str) -> bytes:
    """The bytes of a figure as png, pdf or svg."""
    out = io.BytesIO()
    figure.savefig(out, format=form, metadata=METADATA[form])
    return out.getvalue()


def file_name(series: Series) -> str:
    """figure_<corpus>_<norm>, with the view where it is not the default one."""
    name = f"figure_{series.corpus}_{series.norm}"
    if series.view != "keep":
        name += f"_{series.view}"
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


def _write(file: Path, data: bytes) -> None:
    with whole_file(file) as temporary:
        temporary.write_bytes(data)


def write_report(run: Run | str | Path, style: str | Path | None = None) -> list[Path]:
    """Writes RUN/report/: figure.png, .pdf, .svg (the primary series), figure_column.*, the same
    for every corpus × norm × view as figure_<corpus>_<norm>[_<view>], and report.html. Returns the
    files, the page first. Throws ReportErrors; nothing is written where the summary is missing."""
    run = run if isinstance(run, Run) else open_run(run)
    summary = run.reduced
    run.journal  # noqa: B018 (damage is found before anything is written)
    folder = run.path / "report"
    files: list[Path] = []
    with mpl.rc_context():
        use_style(Path(style) if style is not None else None)
        try:
            folder.mkdir(exist_ok=True)
            shown: list[tuple[Series, bytes, str]] = []
            for number, series in enumerate(summary.series()):
                base = file_name(series)
                for width in WIDTHS:
                    figure = four_panel_figure(
                        summary.of(series),
                        width=width,
                        partial=summary.partial,
                        mixed=summary.mixed,
                        level=summary.level,
                    )
                    ending = "" if width == "page" else f"_{width}"
                    for form in METADATA:
                        data = saved(figure, form)
                        for name in ("figure", base) if number == 0 else (base,):
                            files.append(folder / f"{name}{ending}.{form}")
                            _write(files[-1], data)
                        if width == "page" and form == "svg":
                            shown.append((series, data, "figure" if number == 0 else base))
            page = folder / "report.html"
            _write(page, render(run, shown).encode("utf-8"))
        except OSError as error:
            raise NoPlaceError(f"{folder}: cannot be written: {error}") from error
    return [page, *sorted(files, key=lambda f: (not f.name.startswith("figure."), f.name))]
