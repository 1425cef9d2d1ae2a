"""`attnsweep report RUN`: every figure and the page into RUN/report/."""

from __future__ import annotations

import io
import logging
import shutil
from functools import partial
from pathlib import Path

import matplotlib as mpl
import matplotlib.style
import numpy as np
from matplotlib.figure import Figure

from attnsweep import figures
from attnsweep.errors import NoPlaceError, UsageError
from attnsweep.figure import STYLE, hero_figure
from attnsweep.figures import Plate
from attnsweep.files import whole_file
from attnsweep.page import render
from attnsweep.plot_texts import Spread
from attnsweep.processes import mapped
from attnsweep.rates import cell_rates
from attnsweep.run import Run, open_run
from attnsweep.sheet import WIDTHS
from attnsweep.summary import Cell

#: No timestamps or versions in a file, so that equal runs give equal bytes.
METADATA = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None},
}
TEXTS_READ = 20_000  #: texts of a cell whose rates are read, evenly spaced
CONTROLS_TOO = 24  #: with more models than this, the texts of controls are not read


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
    # fontTools tells, at the level of warnings, how it makes a PDF's fonts smaller.
    logging.getLogger("fontTools").setLevel(logging.ERROR)


def saved(figure: Figure, form: str) -> bytes:
    """The bytes of a figure as png, pdf or svg."""
    out = io.BytesIO()
    figure.savefig(out, format=form, metadata=METADATA[form])
    return out.getvalue()


def write_report(
    run: Run | str | Path, style: str | Path | None = None, processes: int | None = None
) -> list[Path]:
    """Writes RUN/report/: report.html, figure.png, .pdf, .svg and figure_column.* (the primary
    series), and in figures/ every figure as <kind>_<corpus>_<norm>[_<view>][_column].*. Returns the
    files, the page first. Throws ReportErrors; nothing is written where the summary is missing.

    processes: how many draw at once, all cores where left out."""
    run = run if isinstance(run, Run) else open_run(run)
    summary = run.reduced
    run.journal  # noqa: B018 (damage is found before anything is written)
    folder = run.path / "report"
    with mpl.rc_context():
        use_style(Path(style) if style is not None else None)
        texts = read_texts(run, processes)
        plates = figures.plates(summary)
        try:
            (folder / "figures").mkdir(parents=True, exist_ok=True)
            work = partial(_draw, run, texts, folder / "figures")
            jobs = [(plate, width) for plate in plates for width in WIDTHS]
            files = [file for made in mapped(work, jobs, processes) for file in made]
            _remove_others(folder / "figures", files)
            if plates:
                files += _first_of_all(folder, plates[0])
            page = folder / "report.html"
            series = summary.series()
            hero = hero_figure(summary.of(series[0]), summary.level) if series else None
            svg = saved(hero, "svg") if hero is not None else None
            text = render(run, plates, texts, folder / "figures", svg)
            _write(page, text.encode("utf-8"))
        except OSError as error:
            raise NoPlaceError(f"{folder}: cannot be written: {error}") from error
    return [page, *sorted(files, key=lambda f: (f.parent != folder, f.name))]


def read_texts(run: Run, processes: int | None = None) -> dict[tuple[str, str, str, str], Spread]:
    """(model, corpus, norm, view) → how λ_s is spread over the texts, of the head means."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    cells = [c for c in run.reduced.cells if c.heads == "mean" and len(c.curve) > 1]
    few = len({c.model for c in cells}) <= CONTROLS_TOO
    for cell in cells:
        if (few or not cell.control_of) and (cell.model, cell.corpus) in run.plan.cells:
            groups.setdefault((cell.model, cell.corpus), []).append(cell)
    for entry in {e.segment: e for e in run.done.values()}.values():
        run.is_sound(entry)  # here, so that the other processes need not
    found = mapped(partial(_texts_of, run), list(groups.values()), processes)
    return {key: spread for group in found for key, spread in group.items()}


def _texts_of(run: Run, cells: list[Cell]) -> dict[tuple[str, str, str, str], Spread]:
    """Of cells of one model and corpus."""
    pieces = run.pieces(cells[0].model, cells[0].corpus, bool(run.reduced.partial))
    n = sum(len(piece.rows) for piece in pieces)
    chosen = np.arange(n)
    if n > TEXTS_READ:
        chosen = np.linspace(0, n - 1, TEXTS_READ).round().astype(int)
    out = {}
    for cell in cells:
        rates = cell_rates(pieces, cell, chosen, run.reduced.options)
        of = cell.count("sequences") if len(chosen) < n else None
        out[cell.model, cell.corpus, cell.norm, cell.view] = Spread.of_rates(rates, of)
    return out


def _draw(run: Run, texts: figures.Texts, folder: Path, job: tuple[Plate, str]) -> list[Path]:
    """Writes one plate at one width in every format."""
    plate, width = job
    figure = figures.draw(plate, run.reduced, texts, width)
    out = []
    for form in METADATA:
        out.append(folder / f"{plate.stem}{'' if width == 'page' else f'_{width}'}.{form}")
        _write(out[-1], saved(figure, form))
    return out


def _first_of_all(folder: Path, plate: Plate) -> list[Path]:
    """The primary series' four panels under a short name, beside the page."""
    out = []
    for ending in ("", "_column"):
        for form in METADATA:
            out.append(folder / f"figure{ending}.{form}")
            with whole_file(out[-1]) as temporary:
                shutil.copyfile(folder / "figures" / f"{plate.stem}{ending}.{form}", temporary)
    return out


def _remove_others(folder: Path, files: list[Path]) -> None:
    """Figures of an earlier report that this one no longer has."""
    keep = set(files)
    for file in folder.iterdir():
        if file.is_file() and file.suffix[1:] in METADATA and file not in keep:
            file.unlink()


def _write(file: Path, data: bytes) -> None:
    with whole_file(file) as temporary:
        temporary.write_bytes(data)
