"""Progress of a fetch for a log file: a line every 30 s and one a file. On a terminal the hub's
client draws bars instead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attnsweep.hub import HubFile

Says = Callable[[str], Any]
SECONDS = 30.0


def bytes_in_words(n: int | None) -> str:
    if n is None:
        return "? B"
    value = float(n)
    for unit in ("B", "kB", "MB"):
        if value < 999.5:
            return f"{value:.3g} {unit}" if unit != "B" else f"{n} B"
        value /= 1000
    return f"{value:.3g} GB" if value < 999.5 else f"{value:.0f} GB"


class Progress:
    """A context in which `staging` fills with `files`."""

    def __init__(self, staging: Path, files: list[HubFile], says: Says, bars: bool) -> None:
        self._staging = staging
        self._n = len(files)
        self._total = sum(file.size or 0 for file in files)
        self._says = says if not bars else None
        self.n_done = 0  #: of the files
        self._mutex = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def done(self, file: HubFile, path: Path) -> None:
        with self._mutex:
            self.n_done += 1
            if self._says is not None:
                size = bytes_in_words(path.stat().st_size)
                self._says(f"  {self.n_done}/{self._n}  {file.name}  {size}")

    def __enter__(self) -> Progress:
        if self._says is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def _watch(self) -> None:
        assert self._says is not None
        start, before = time.monotonic(), self._bytes()
        while not self._ended.wait(SECONDS):
            now = self._bytes()
            rate = max(now - before, 0) / (time.monotonic() - start)
            left = f", {(self._total - now) / rate / 60:.0f} min left" if rate > 0 else ""
            self._says(
                f"  {bytes_in_words(now)} of {bytes_in_words(self._total)},"
                f" {bytes_in_words(int(rate))}/s{left}"
            )

    def _bytes(self) -> int:
        """What lies in the staging folder, unfinished files too."""
        total = 0
        for path in self._staging.rglob("*"):
            try:
                total += path.stat().st_size if path.is_file() else 0
            except OSError:
                continue  # it was renamed in between
        return total
