"""`python -m attnsweep report RUN [--style FILE] [--quiet]`: figures and page from a reduced run;
`python -m attnsweep export RUN --format npz|netcdf --out FILE [--floor] [--partial] [--quiet]`: the
measured values."""

from __future__ import annotations

import argparse
import atexit
import importlib.util
import logging
import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

from attnsweep import __version__
from attnsweep.errors import ReportError

#: module → what is imported; kept here so that a missing one is named before a heavy import.
NEEDED = ("numpy", "pandas", "xarray", "h5py", "h5netcdf", "matplotlib", "jinja2")
DRAWING = ("matplotlib", "jinja2")  #: of these, what only the report imports


def missing_modules(command: str = "report") -> list[str]:
    needed = [name for name in NEEDED if command == "report" or name not in DRAWING]
    return [name for name in needed if importlib.util.find_spec(name) is None]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m attnsweep",
        description="Figures and the page of a reduced run; the measured values for Python.",
        epilog="example: python -m attnsweep report runs/quickstart",
    )
    parser.add_argument("--version", action="version", version=f"attnsweep {__version__} (Python)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    report = commands.add_parser(
        "report",
        help="write RUN/report/: the figures (PNG, PDF, SVG) and report.html",
        epilog="example: python -m attnsweep report runs/quickstart --style paper.mplstyle",
    )
    report.add_argument("run", metavar="RUN", type=Path, help="a run's folder, already reduced")
    report.add_argument(
        "--style",
        metavar="FILE",
        type=Path,
        help="a matplotlib style sheet on top of the built-in one",
    )
    export = commands.add_parser(
        "export",
        help="write the measured values for NumPy or xarray",
        epilog="example: python -m attnsweep export runs/quickstart --format npz --out rows.npz",
    )
    export.add_argument("run", metavar="RUN", type=Path, help="a run's folder")
    export.add_argument(
        "--format",
        choices=("npz", "netcdf"),
        required=True,
        help="npz: the columns of the CSV; netcdf: a group <model>/<corpus> a cell",
    )
    export.add_argument("--out", metavar="FILE", type=Path, required=True, help="the file")
    export.add_argument("--floor", action="store_true", help="with the rounding floors")
    export.add_argument(
        "--partial", action="store_true", help="take what is there of a run that is not complete"
    )
    for command in (report, export):
        command.add_argument("--quiet", action="store_true", help="do not list the written files")
        command.add_argument("-v", "--verbose", action="store_true", help="show library messages")
    return parser


def _report(options: argparse.Namespace) -> list[Path]:
    _matplotlib_folder()
    os.environ["MPLBACKEND"] = "Agg"
    if not options.verbose:
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    from attnsweep.report import write_report

    return write_report(options.run, options.style)


def _export(options: argparse.Namespace) -> list[Path]:
    from attnsweep.export import export_run

    return [
        export_run(
            options.run,
            options.out,
            options.format,
            floor=options.floor,
            partial=options.partial,
        )
    ]


COMMANDS = {"report": _report, "export": _export}


def _writable(folder: Path) -> bool:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _matplotlib_folder() -> None:
    """Gives matplotlib a folder for its font cache where the home is not writable."""
    if "MPLCONFIGDIR" in os.environ:
        return
    home = Path(os.path.expanduser("~"))
    places = (
        Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config"),
        Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache"),
    )
    if not all(_writable(place / "matplotlib") for place in places):
        folder = tempfile.mkdtemp(prefix="attnsweep-matplotlib-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["MPLCONFIGDIR"] = folder


def _say(command: str, message: str) -> None:
    print(f"attnsweep {command}: {message}", file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code; argparse itself exits with 2 for a wrong command line."""
    options = _parser().parse_args(arguments)
    command = options.command
    if absent := missing_modules(command):
        requirements = Path(__file__).resolve().parent.parent / "requirements.txt"
        what = f"-r {requirements}" if requirements.is_file() else " ".join(absent)
        _say(
            command,
            f"{sys.executable} lacks {', '.join(absent)}; install with:"
            f" {sys.executable} -m pip install {what}",
        )
        return 2
    try:
        files = COMMANDS[command](options)
    except ReportError as error:
        _say(command, str(error))
        return error.code
    except KeyboardInterrupt:
        _say(command, "interrupted")
        return 130
    except Exception as error:  # a bug: say how to report it
        traceback.print_exc()
        _say(command, f"a bug: {error!r}; please report it with the lines above and `--version`")
        return 1
    if not options.quiet:
        for file in files:
            print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
