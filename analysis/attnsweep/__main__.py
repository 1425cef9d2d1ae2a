"""`python -m attnsweep report RUN [--style FILE] [--quiet]`: figures and page from a reduced
run."""

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


def missing_modules() -> list[str]:
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m attnsweep",
        description="Figures and the page of a reduced run.",
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
    report.add_argument("--quiet", action="store_true", help="do not list the written files")
    report.add_argument("-v", "--verbose", action="store_true", help="show library messages")
    return parser


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


def _say(message: str) -> None:
    print(f"attnsweep report: {message}", file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code; argparse itself exits with 2 for a wrong command line."""
    options = _parser().parse_args(arguments)
    if absent := missing_modules():
        requirements = Path(__file__).resolve().parent.parent / "requirements.txt"
        what = f"-r {requirements}" if requirements.is_file() else " ".join(absent)
        _say(
            f"{sys.executable} lacks {', '.join(absent)}; install with:"
            f" {sys.executable} -m pip install {what}"
        )
        return 2
    _matplotlib_folder()
    os.environ["MPLBACKEND"] = "Agg"
    if not options.verbose:
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    try:
        from attnsweep.report import write_report

        files = write_report(options.run, options.style)
    except ReportError as error:
        _say(str(error))
        return error.code
    except KeyboardInterrupt:
        _say("interrupted")
        return 130
    except Exception as error:  # a bug: say how to report it
        traceback.print_exc()
        _say(f"a bug: {error!r}; please report it with the lines above and `--version`")
        return 1
    if not options.quiet:
        for file in files:
            print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
