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
from uuid import uuid4

from qspec.workers.bugs import pack
from qspec.workers.contexts import Recent
from qspec.workers.pool import Pool
from qspec.workers.versions import versions

if TYPE_CHECKING:
    from qspec.workers.tasks import Done, Task

DONE = "done"  # and a list of what came of the items
LACKING = "lacking"  # and where, in which store, and how many contexts were put there: that of the task is not there
OTHER_VERSIONS = "other-versions"  # and the versions there
BUG = "bug"  # and the packed exception

REST = 60.0
"""Seconds after its last task for which a process is kept for the next one."""
ROOM = 16
"""As many large contexts are kept in a Dask worker."""


class _Store:
    """The large contexts in this Dask worker, for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contents: Recent[bytes] = Recent(ROOM)
        self._count = 0
        self.name = uuid4().hex

    def put(self, name: str, content: bytes) -> int:
        with self._lock:
            self._contents.use(name, lambda: content)
            self._count += 1
            return self._count

    def get(self, name: str) -> tuple[bytes | None, int]:
        with self._lock:
            known = name in self._contents
            return self._contents.use(name, bytes) if known else None, self._count


_store = _Store()


def store(name: str, content: bytes) -> int:
    """Keep a context for the tasks that will come. How many were put here until now."""
    return _store.put(name, content)


def order(work: str, task: Task, name: str) -> bytes:
    """A task for `compute`; `name` is that of its context, the same for the same bytes only."""
    return pickle.dumps((work, task, name, versions()))


def compute(ordered: bytes, content: bytes | None) -> bytes:
    """Compute a task, and give a word and what belongs to it. Without `content` it must have been stored here."""
    work, task, name, expected = pickle.loads(ordered)  # noqa: S301  from whom the cluster's owner lets submit
    if versions() != expected:
        return pickle.dumps((OTHER_VERSIONS, versions()))
    where = _address()
    if content is None:
        content, count = _store.get(name)
        if content is None:
            return pickle.dumps((LACKING, (where, _store.name, count)))
    try:
        came = _process().compute(work, replace(task, context=name), content)
    except Exception as error:  # noqa: BLE001  it is raised again where the task comes from
        return pickle.dumps((BUG, pack(error, f"Dask worker {where}")))
    return pickle.dumps((DONE, [replace(done, context=task.context, worker=where) for done in came]))


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
