"""Several slow calls at once, of which the first failure ends the program at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def in_parallel(work: Callable[[Item], None], items: Sequence[Item], n_threads: int) -> None:
    """Calls `work` for every item, `n_threads` at a time, in no order that could be relied on.
    Throws what the first failing call throws, without waiting for the others: these run in threads
    that end with the process (an executor's would keep it alive until a long download is done)."""
    left: queue.SimpleQueue[Item] = queue.SimpleQueue()
    for item in items:
        left.put(item)
    results: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                item = left.get_nowait()
            except queue.Empty:
                return
            try:
                work(item)
                results.put(None)
            except BaseException as error:
                results.put(error)

    for _ in range(min(n_threads, len(items))):
        threading.Thread(target=serve, daemon=True).start()
    try:
        for _ in items:
            if (error := results.get()) is not None:
                raise error
    finally:
        stop.set()
