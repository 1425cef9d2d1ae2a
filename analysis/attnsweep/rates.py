"""λ_s of single texts: what the mean rate is the mean of.

The fit's λ is the mean of λ_s = −Σ t_i ln d_{s,i} / Σ t_i², t_i = i − mean(i), over the sequences
that are whole on the usable layer pairs; the same numbers are made here from the rows, for their
distribution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from attnsweep.errors import ArchiveError, UsageError
from attnsweep.lazy import Piece, RowArray, row_array
from attnsweep.summary import Cell

if TYPE_CHECKING:
    from attnsweep.run import Run

AT_ONCE = 1 << 16  #: rows read at a time


def rates(values: np.ndarray, floors: np.ndarray | None, floor_factor: float) -> np.ndarray:
    """λ_s of each row of `values` (rows, m), NaN where a value is zero, not finite, or at most
    floor_factor times its rounding floor (rows, m): such a sequence is left out whole."""
    m = values.shape[1]
    if m < 2:
        return np.full(len(values), np.nan)
    t = np.arange(m) - (m - 1) / 2
    whole = np.isfinite(values) & (values > 0)
    if floors is not None:
        whole &= ~(values <= floor_factor * floors)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(values)
        out = -(y @ t) / (t @ t)
    out[~whole.all(axis=1)] = np.nan
    return out


def cell_of(run: Run, model: str, corpus: str, norm: str, view: str) -> Cell:
    """The head mean's cell. Throws UsageError where there is none."""
    for cell in run.reduced.cells:
        key = (cell.model, cell.corpus, cell.norm, cell.view, cell.heads)
        if key == (model, corpus, norm, view, "mean"):
            return cell
    raise UsageError(f"{run.path}: no cell ({model!r}, {corpus!r}, {norm!r}, {view!r})")


def text_rates(
    run: Run,
    model: str,
    corpus: str,
    norm: str = "frobenius",
    view: str = "keep",
    *,
    at_most: int | None = None,
) -> pd.DataFrame:
    """One row a sequence: sequence, document, n_tokens, rate (λ_s per layer, NaN where the
    sequence has no place in the fit). `at_most`: so many rows, evenly spaced over the records.
    Throws what Run.dataset throws, IncompleteError before `attnsweep reduce`."""
    cell = cell_of(run, model, corpus, norm, view)
    pieces = run.pieces(model, corpus, bool(run.reduced.partial))
    texts = {name: _there(pieces, name) for name in ("sequence", "document", "n_tokens")}
    n_rows = texts["n_tokens"].shape[0]
    chosen = np.arange(n_rows)
    if at_most is not None and n_rows > at_most:
        chosen = np.linspace(0, n_rows - 1, at_most).round().astype(int)
    return pd.DataFrame(
        {name: array.take(chosen) for name, array in texts.items()}
        | {"rate": cell_rates(pieces, cell, chosen, run.reduced.options)}
    )


def cell_rates(
    pieces: list[Piece], cell: Cell, chosen: np.ndarray, options: dict[str, object]
) -> np.ndarray:
    """λ_s of the `chosen` rows of a cell on its usable layer pairs; `pieces`: at least one."""
    name = cell.norm if cell.view == "keep" else f"{cell.norm}_{cell.view}"
    values = _there(pieces, name)
    floors = row_array(pieces, f"{name}_floor")
    factor = float(options.get("floor_factor") or 3)  # type: ignore[arg-type]
    pairs = slice(int(cell.pairs[0]), int(cell.pairs[-1]) + 1) if len(cell.pairs) else slice(0)
    out = [np.empty(0)]
    for first in range(0, len(chosen), AT_ONCE):
        rows = chosen[first : first + AT_ONCE]
        low = floors.take(rows, pairs) if floors is not None else None
        out.append(rates(values.take(rows, pairs), low, factor))
    return np.concatenate(out)


def _there(pieces: list[Piece], name: str) -> RowArray:
    found = row_array(pieces, name)
    if found is None:
        raise ArchiveError(f"{pieces[0].file}: {pieces[0].group} lacks {name}")
    return found
