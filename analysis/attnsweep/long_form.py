"""Measured values in long form: the rows, columns and order of the CSV export, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from attnsweep.errors import ArchiveError
from attnsweep.lazy import Piece, RowArray
from attnsweep.run import Run
from attnsweep.segment import Template, template

COLUMNS = tuple("model corpus sequence document n_tokens view heads head norm layer value".split())
TEXTS = ("model", "corpus", "sequence", "document", "view", "heads", "norm")
NUMBERS = ("value", "floor")  #: the other columns are whole numbers
#: Values taken at a time while a column is written: a few megabytes of text.
AT_ONCE = 1 << 17


@dataclass(frozen=True, order=True)
class Series:
    """One curve of a sequence, in the order of the export; head is -1 for the head mean."""

    view: str
    heads: str
    head: int
    norm: str
    variable: str
    length: int  #: layer pairs, or layers for what is measured of a layer itself
    has_floor: bool


def _series_of(variables: Template) -> list[Series]:
    """What a segment's group holds, by the names and dimensions of its variables."""
    out = []
    for name, (dims, shape, _, _) in variables.items():
        if dims[:1] != ("sequence",) or dims[1:2] not in (("pair",), ("layer",)):
            continue
        if name.endswith("_floor"):
            continue
        norm = name.removesuffix("_drop")
        view = "keep" if norm == name else "drop"
        floor = f"{name}_floor" in variables
        if dims[2:] == ("head",):
            norm = norm.removesuffix("_each")
            out += [Series(view, "each", h, norm, name, shape[1], floor) for h in range(shape[2])]
        else:
            out.append(Series(view, "mean", -1, norm, name, shape[1], floor))
    return sorted(out)


class Part:
    """The rows of one task. `column` gives one column of their long form, `size` its length."""

    def __init__(self, model: str, corpus: str, piece: Piece) -> None:
        self.model, self.corpus, self.piece = model, corpus, piece
        self._variables = template(piece.file, piece.group)
        self._series = _series_of(self._variables)
        kept = np.isfinite(self._values("value")) & (self._read("reason") == 0)[:, None]
        self._shape = kept.shape
        self._kept = np.packbits(kept)  # a bit a value: every column asks for it again
        self.size = int(kept.sum())

    def _read(self, variable: str) -> np.ndarray:
        if variable not in self._variables:
            raise ArchiveError(f"{self.piece.file}: {self.piece.group} lacks {variable}")
        _, shape, dtype, _ = self._variables[variable]
        dtype = np.dtype(f"U{dtype.itemsize}") if dtype.kind == "S" else dtype
        return RowArray([self.piece], variable, shape[1:], dtype).everything()

    def _values(self, column: str) -> np.ndarray:
        """(rows, places): the series of a row, one after the other."""
        read: dict[str, np.ndarray] = {}
        parts = [np.empty((len(self.piece.rows), 0))]
        for one in self._series:
            if column == "floor" and not one.has_floor:
                parts.append(np.full((len(self.piece.rows), one.length), np.nan))
                continue
            name = one.variable + ("_floor" if column == "floor" else "")
            if name not in read:
                read[name] = self._read(name)
            parts.append(read[name] if one.head < 0 else read[name][:, :, one.head])
        return np.concatenate(parts, axis=1)

    @cached_property
    def _places(self) -> dict[str, np.ndarray]:
        """What does not change from row to row, per place in a row."""
        lengths = [one.length for one in self._series]
        layers = [np.arange(length) for length in lengths] or [np.arange(0)]
        return {
            key: np.repeat(np.array([getattr(one, key) for one in self._series], dtype), lengths)
            for key, dtype in (("view", str), ("heads", str), ("norm", str), ("head", np.int64))
        } | {"layer": np.concatenate(layers)}

    def _whole(self, column: str) -> np.ndarray:
        """The column as something that broadcasts to (rows, places)."""
        if column in NUMBERS:
            return self._values(column)
        if column in self._places:
            return self._places[column][None, :]
        if column in ("sequence", "document", "n_tokens"):
            return self._read(column)[:, None]
        constant = {"model": self.model, "corpus": self.corpus, "partial": 1}[column]
        return np.array([[constant]])

    def width(self, column: str) -> int:
        """Characters that hold every text of the column."""
        return int(np.char.str_len(self._whole(column)).max(initial=1))

    def column(self, column: str) -> Iterator[np.ndarray]:
        """The column's values in the order of the export, some rows at a time."""
        values = np.broadcast_to(self._whole(column), self._shape)
        n_bits = self._shape[0] * self._shape[1]
        kept = np.unpackbits(self._kept, count=n_bits).astype(bool).reshape(self._shape)
        step = max(1, AT_ONCE // max(1, self._shape[1]))
        for first in range(0, self._shape[0], step):
            yield values[first : first + step][kept[first : first + step]]


class LongForm:
    """Every measured value of some cells of a run. Throws what Run.pieces throws."""

    def __init__(
        self, run: Run, cells: list[tuple[str, str]], *, floor: bool, partial: bool
    ) -> None:
        self.columns = [*COLUMNS, *["floor"] * floor, *["partial"] * partial]
        self.parts = [
            Part(model, corpus, piece)
            for model, corpus in cells
            for piece in run.pieces(model, corpus, partial)
        ]

    def __len__(self) -> int:
        return sum(part.size for part in self.parts)

    def dtype(self, column: str) -> np.dtype:
        if column in TEXTS:
            return np.dtype(f"<U{max([1, *(part.width(column) for part in self.parts)])}")
        return np.dtype("<f8" if column in NUMBERS else "<i8")

    def values(self, column: str, dtype: np.dtype) -> Iterator[np.ndarray]:
        """The column in pieces, as `dtype`, which is what dtype(column) gave."""
        for part in self.parts:
            for values in part.column(column):
                yield values.astype(dtype)
