"""What one segment holds: the variables of a group, their dimensions and attributes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr

from attnsweep.errors import ArchiveError

#: variable → its dimensions, shape, type and attributes
Template = dict[str, tuple[tuple[str, ...], tuple[int, ...], np.dtype[Any], dict[str, Any]]]
#: What the formats keep for themselves.
_NETCDF_ONLY = {
    "CLASS",
    "NAME",
    "DIMENSION_LIST",
    "REFERENCE_LIST",
    "_Netcdf4Dimid",
    "_Netcdf4Coordinates",
    "_NCProperties",
    "_nc3_strict",
    "_Encoding",
    "_FillValue",
}


def attributes(holder: h5py.HLObject) -> dict[str, Any]:
    """Of a group or a variable, as plain Python values."""
    out = {}
    for name, value in holder.attrs.items():
        if name in _NETCDF_ONLY:
            continue
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        out[name] = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    return out


def template(file: Path, group: str) -> Template:
    """Every variable of a group. Throws ArchiveError where it cannot be read."""
    try:
        with h5py.File(file, "r") as segment:
            out: Template = {}
            for name, item in segment[group].items():
                if not isinstance(item, h5py.Dataset):
                    continue
                scale = item.attrs.get("CLASS") == b"DIMENSION_SCALE"
                dims = (
                    (name,)
                    if scale
                    else tuple(
                        d[0].name.rpartition("/")[2] if len(d) else f"{name}_{k}"
                        for k, d in enumerate(item.dims)
                    )
                )
                out[name] = (dims, item.shape, item.dtype, attributes(item))
            return out
    except (OSError, KeyError) as error:
        raise ArchiveError(f"{file}: {group}: cannot be read: {error}") from error


def plain(
    file: Path, group: str, name: str, dims: tuple[str, ...], attrs: dict[str, Any]
) -> xr.Variable:
    """A variable, read at once: for the short ones along pair, layer and head."""
    with h5py.File(file, "r") as segment:
        values = segment[group][name][...]
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8")
    return xr.Variable(dims, values, attrs)


def group_attributes(file: Path, group: str) -> dict[str, Any]:
    """The attributes of a group of a segment."""
    with h5py.File(file, "r") as segment:
        return attributes(segment[group])
