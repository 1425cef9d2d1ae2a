"""`python -m attnsweep report RUN [--style FILE] [--quiet]`: figures and page from a reduced run;
`python -m attnsweep export RUN --format npz|netcdf --out FILE [--floor] [--partial] [--quiet]`: the
measured values;
`python -m attnsweep fetch --model|--dataset REPO [--to FOLDER] …`: files of a Hugging Face hub."""

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
FETCHING = ("huggingface_hub",)
#: command → the file that names, for pip, what it needs
REQUIREMENTS = {"fetch": "requirements-fetch.txt"}
#: command → what a user called
CALLED = {"fetch": "corpus fetch"}


def missing_modules(command: str = "report") -> list[str]:
    if command == "fetch":
        needed = list(FETCHING)
    else:
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
    fetch = commands.add_parser("fetch", help="fetch a model or a data set from a hub")
    add_fetch_options(fetch)
    for command in (report, export, fetch):
        command.add_argument("--quiet", action="store_true", help="do not list the written files")
        command.add_argument("-v", "--verbose", action="store_true", help="show library messages")
    return parser


def add_fetch_options(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", metavar="REPO", help="a model's repository, OWNER/NAME")
    what.add_argument("--dataset", metavar="REPO", help="a data set's repository, OWNER/NAME")
    parser.add_argument("--to", metavar="FOLDER", type=Path, help="models/NAME or corpora/NAME")
    parser.add_argument("--revision", metavar="R", help="a branch, tag or commit")
    parser.add_argument("--subset", metavar="NAME", help="one of a data set's configurations")
    for option, example in (("split", "train"), ("include", "*.parquet"), ("family", "bert")):
        parser.add_argument(
            f"--{option}", action="append", default=[], help=f"repeatable; e.g. {example}"
        )
    parser.add_argument("--dry-run", action="store_true", help="list the files, fetch none")


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


def _fetch(options: argparse.Namespace) -> list[Path]:
    from attnsweep.fetch import Request, main

    kind = "model" if options.model is not None else "dataset"
    repo = options.model if options.model is not None else options.dataset
    folder = options.to or Path("models" if kind == "model" else "corpora") / Path(repo).name
    request = Request(
        kind, repo, folder, options.revision, options.subset, options.split, options.include,
        options.family, options.dry_run,
    )  # fmt: skip
    path = main(request, options.quiet)
    return [] if options.dry_run else [path]


COMMANDS = {"report": _report, "export": _export, "fetch": _fetch}


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
    print(f"attnsweep {CALLED.get(command, command)}: {message}", file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code; argparse itself exits with 2 for a wrong command line."""
    options = _parser().parse_args(arguments)
    command = options.command
    if absent := missing_modules(command):
        file = REQUIREMENTS.get(command, "requirements.txt")
        requirements = Path(__file__).resolve().parent.parent / file
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
