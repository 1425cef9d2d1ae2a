"""The same work on many items, in as many processes as there are cores."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 16
_work: Callable[[Any], Any] | None = None


def available(asked: int | None = None) -> int:
    """Processes to use: `asked`, else the cores this process may run on."""
    if asked is not None:
        return max(1, asked)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(MOST, cores or 1)


def mapped(
    work: Callable[[Item], Result], items: Sequence[Item], processes: int | None = None
) -> list[Result]:
    """[work(item) …], in the order of the items. `work` may be any callable: the processes are
    forks and have it already; items and results are pickled. One after the other where there is one
    core or no safe fork. Throws what the first failing call throws."""
    global _work
    n = min(available(processes), len(items))
    if n < 2 or sys.platform != "linux":
        return [work(item) for item in items]
    _work = work
    context = multiprocessing.get_context("fork")
    pool = concurrent.futures.ProcessPoolExecutor(n, context, initializer=_deaf)
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of forks beside threads; the only ones are the linear algebra's,
            # which hold no lock here.
            warnings.simplefilter("ignore", DeprecationWarning)
            futures = [pool.submit(_call, item) for item in items]
        return [future.result() for future in futures]
    finally:
        pool.shutdown(cancel_futures=True)
        _work = None


def _deaf() -> None:
    """An interrupt is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _call(item: Any) -> Any:
    assert _work is not None
    return _work(item)
