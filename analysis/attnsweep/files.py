"""Files that appear under their name only when they are whole, and a stream for HDF5."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """Gives the name of a temporary file beside `file`; when the block ends well it is synced and
    takes the name `file`, else it is removed. Throws OSError."""
    if file.exists() and not file.is_file():
        raise OSError("it is there and is no file")  # a rename would put a file in its place
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    os.close(handle)
    try:
        yield Path(name)
        with open(name, "rb+") as stream:
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


class PatientFile(io.RawIOBase):
    """A file that HDF5 can write to: HDF5 crashes the process when a write fails as it closes a
    file, so a failure (a full disk) is kept for `check` to throw, and what is written from then on
    stays in memory, where HDF5 finds it again while it closes."""

    def __init__(self, file: Path) -> None:
        self._file = open(file, "w+b", buffering=0)
        self._end = 0  # as HDF5 sees it, also after a failure
        self._kept: list[tuple[int, bytes]] = []
        self.error: OSError | None = None

    def check(self) -> None:
        """Throws the OSError that a write met."""
        if self.error is not None:
            raise self.error

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            offset, whence = self._end + offset, os.SEEK_SET
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: memoryview) -> int:
        view = memoryview(buffer).cast("B")
        at = self._file.tell()
        size = max(0, min(len(view), self._end - at))
        got = self._file.readinto(view[:size]) or 0
        view[got:size] = bytes(size - got)
        for start, data in self._kept:
            low, high = max(start, at), min(start + len(data), at + size)
            if low < high:
                view[low - at : high - at] = data[low - start : high - start]
        self._file.seek(at + size)
        return size

    def write(self, data: memoryview) -> int:
        view = memoryview(data).cast("B")
        at = self._file.tell()
        done = 0
        while self.error is None and done < len(view):
            try:
                done += self._file.write(view[done:])
            except OSError as error:
                self.error = error
        if self.error is not None:
            self._kept.append((at, bytes(view)))
        self._end = max(self._end, at + len(view))
        self._file.seek(at + len(view))
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        size = self._file.tell() if size is None else size
        self._end = size
        if self.error is None:
            try:
                self._file.truncate(size)
            except OSError as error:
                self.error = error
        return size

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
