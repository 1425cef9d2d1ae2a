"""One array out of pieces of many files, read only where it is indexed.

xarray's own concatenation loads every piece unless dask is installed; rows of a sweep are plain
pieces of one dimension, so a small backend array does without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from attnsweep.errors import ArchiveError


@dataclass(frozen=True)
class Piece:
    """Rows of one task inside one file."""

    file: Path
    group: str
    rows: np.ndarray  #: (rows,) indices into the group's sequence dimension, ascending


class RowArray(BackendArray):
    """A variable of shape (sum of the pieces' rows, …); the first dimension runs over the
    pieces."""

    def __init__(
        self, pieces: list[Piece], name: str, tail: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        self.pieces = pieces
        self.name = name
        self.starts = np.cumsum([0] + [len(piece.rows) for piece in pieces])
        self.shape = (int(self.starts[-1]), *tail)
        self.dtype = dtype

    def everything(self) -> Any:
        """The whole array."""
        return self.take()

    def take(self, *key: Any) -> Any:
        """Outer indexing, an axis each; what is left out is whole."""
        return self._read((*key, *(slice(None),) * (len(self.shape) - len(key))))

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> Any:
        first, rest = key[0], key[1:]
        scalar = isinstance(first, (int, np.integer))
        wanted = np.atleast_1d(np.arange(self.shape[0])[first])
        out = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        piece_of = np.searchsorted(self.starts, wanted, side="right") - 1
        for number in np.unique(piece_of):
            chosen = piece_of == number
            piece = self.pieces[number]
            rows = piece.rows[wanted[chosen] - self.starts[number]]
            out[chosen] = self._rows(piece, rows)
        for axis, part in enumerate(rest, 1):  # outer indexing: one axis after the other
            if not isinstance(part, (int, np.integer)):
                out = out[(slice(None),) * axis + (part,)]
        numbers = tuple(
            part if isinstance(part, (int, np.integer)) else slice(None) for part in rest
        )
        out = out[(slice(None), *numbers)]
        return out[0] if scalar else out

    def _rows(self, piece: Piece, rows: np.ndarray) -> np.ndarray:
        low, high = int(rows.min()), int(rows.max()) + 1
        try:
            with h5py.File(piece.file, "r") as file:
                block = file[piece.group][self.name][low:high]
        except (OSError, KeyError) as error:
            raise ArchiveError(
                f"{piece.file}: {piece.group}/{self.name} cannot be read: {error}"
            ) from error
        if self.dtype.kind == "U":
            block = np.char.decode(block, "utf-8") if block.dtype.kind == "S" else block
            block = block.astype(self.dtype)
        return block[rows - low]


def row_array(pieces: list[Piece], name: str) -> RowArray | None:
    """The variable `name` of the pieces, which are at least one; None where a piece lacks it."""
    wide = 1
    found: dict[tuple[Path, str], tuple[tuple[int, ...], np.dtype[Any]]] = {}
    for key in dict.fromkeys((piece.file, piece.group) for piece in pieces):
        try:
            with h5py.File(key[0], "r") as file:
                if name not in file[key[1]]:
                    return None
                found[key] = file[key[1]][name].shape, file[key[1]][name].dtype
        except (OSError, KeyError) as error:
            raise ArchiveError(f"{key[0]}: {key[1]} cannot be read: {error}") from error
        wide = max(wide, found[key][1].itemsize)
    shape, dtype = next(iter(found.values()))
    if dtype.kind in "SUO":
        dtype = np.dtype(f"U{wide}")
    return RowArray(pieces, name, shape[1:], dtype)


def lazy_variable(array: RowArray, dims: tuple[str, ...], attrs: dict[str, Any]) -> xr.Variable:
    """An xarray Variable over `array` that reads on use."""
    return xr.Variable(dims, indexing.LazilyIndexedArray(array), attrs)
