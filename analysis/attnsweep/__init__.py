"""Reads the archives of attnsweep: rows as xarray Datasets, fits and verdicts as pandas frames,
the figures and the page.

>>> import attnsweep
>>> run = attnsweep.open_run("runs/quickstart")
>>> rows = run.dataset("minilm-l6", "fortunes")          # lazily opened, (sequence, pair)
>>> rows["frobenius"].median("sequence")
>>> run.verdicts()[["model", "norm", "verdict", "reason"]]

Names are loaded when they are first used, so that a missing module can be named by the command line
before anything heavy is imported.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_WHERE = {
    "open_run": "run",
    "Run": "run",
    "Cell": "summary",
    "Summary": "summary",
    "plot_curves": "plot",
    "plot_log_curves": "plot",
    "plot_lambda": "forest",
    "plot_numbers": "forest",
    "four_panel_figure": "figure",
    "write_report": "report",
    "export_run": "export",
    "ReportError": "errors",
    "ArchiveError": "errors",
    "IncompleteError": "errors",
    "UsageError": "errors",
}

__all__ = sorted(_WHERE) + ["__version__"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'attnsweep' has no attribute {name!r}")
    return getattr(importlib.import_module(f"attnsweep.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
