"""What a Dask worker does with a task: a process of its own computes it.

Aer holds Python's lock while it simulates. A Dask worker that computed by itself would not answer its scheduler, which
gives it up after five minutes, and would take the items of others with it when the simulator aborts.
"""

from __future__ import annotations

import os
import pickle
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.workers.bugs import pack
from qspec.workers.pool import Pool
from qspec.workers.versions import versions

if TYPE_CHECKING:
    from qspec.workers.tasks import Done, Task

DONE = "done"  # and a list of what came of the items
OTHER_VERSIONS = "other-versions"  # and the versions there
BUG = "bug"  # and the packed exception

REST = 60.0
"""Seconds after its last task for which a process is kept for the next one."""


def keep(content: bytes) -> bytes:
    """The bytes of a context, as data that the cluster sends to where they are needed, and makes anew if they are lost."""
    return content


def order(work: str, task: Task) -> bytes:
    """A task for `compute`."""
    return pickle.dumps((work, task, versions()))


def compute(ordered: bytes, content: bytes) -> bytes:
    """Compute a task, and give a word and what belongs to it."""
    work, task, expected = pickle.loads(ordered)  # noqa: S301  from whom the cluster's owner lets submit
    if versions() != expected:
        return pickle.dumps((OTHER_VERSIONS, versions()))
    where = _address()
    try:
        came = [replace(done, worker=where) for done in _process().compute(work, task, content)]
    except Exception as error:  # noqa: BLE001  it is raised again where the task comes from
        return pickle.dumps((BUG, pack(error, f"Dask worker {where}")))
    return pickle.dumps((DONE, came))


def said_by(answer: bytes) -> tuple[str, Any]:
    """The word that `compute` answered, and what belongs to it."""
    word, belonging = pickle.loads(answer)  # noqa: S301  from a worker of the cluster that the user named
    return word, belonging


class _Process:
    """A process for the tasks of one thread, started for the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._work = ""
        self._count = 0

    def compute(self, work: str, task: Task, content: bytes) -> list[Done]:
        with self._lock:
            if self._pool is None or work != self._work:
                self._close()
                self._work, self._pool = work, Pool(work, 1, threads=_threads())
            try:
                return list(self._pool.run([task], lambda _: content))
            finally:
                self._count += 1
                self._rest(self._count)

    def _rest(self, count: int) -> None:
        def close() -> None:
            with self._lock:
                if self._count == count:
                    self._close()

        timer = threading.Timer(REST, close)
        timer.daemon = True
        timer.start()

    def _close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()


_of_thread = threading.local()


def _process() -> _Process:
    if not hasattr(_of_thread, "process"):
        _of_thread.process = _Process()
    process: _Process = _of_thread.process
    return process


def _threads() -> int:
    """A Dask worker says by its own threads how many cores it has; each of them computes a task, with one thread."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdecimal() and int(said) else 1


def _address() -> str:
    from distributed import get_worker

    return str(get_worker().address)
