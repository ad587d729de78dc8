"""Tasks that are on their way to a Dask cluster and back."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from hashlib import sha256
from math import inf
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from qspec.errors import MachineError
from qspec.frozen import frozen
from qspec.workers.bugs import unpack
from qspec.workers.contexts import Recent
from qspec.workers.remote import BUG, LACKING, OTHER_VERSIONS, compute, order, said_by, store
from qspec.workers.tasks import Done
from qspec.workers.versions import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qspec.workers.backlog import Backlog
    from qspec.workers.tasks import Task

AHEAD = 2
"""Tasks that are under way for each thread of the cluster: one that is computed, one that waits beside it."""
SMALL = 64 * 1024
"""A context of so many bytes travels with each task; a larger one once to each worker that says that it lacks it."""
_LOOK = 0.5  # seconds between two looks at which workers there are
_PATIENCE_TO_ASK = 20.0
_INSTALL = "install qspec-runner[dask] on every worker, and on the scheduler"


class ConnectionLost(Exception):
    """The scheduler does not answer any more, or has forgotten what it was given."""


@frozen(kw_only=False)
class _Errand:
    future: Any
    task: Task
    trial: bool
    name: str  # of the context


class Errands:
    """Has a cluster compute a backlog. Few tasks are under way at a time, so that no results pile up anywhere."""

    def __init__(
        self,
        client: Any,
        work: str,
        backlog: Backlog,
        contexts: Callable[[str], bytes],
        *,
        patience: float,
    ) -> None:
        self._client = client
        self._work = work
        self._backlog = backlog
        self._contexts = contexts
        self._patience = patience
        self._name = f"qspec-items-{uuid4().hex}"
        self._sent = 0
        self._under_way: dict[str, _Errand] = {}
        self._came: SimpleQueue[str] = SimpleQueue()
        self._contents: Recent[tuple[str, bytes | None]] = Recent()
        self._stored: dict[tuple[str, str], int] = {}
        self._threads = 0
        self._able: frozenset[str] = frozenset()
        self._looked = -inf
        self._last_seen = monotonic()

    def results(self) -> Iterator[Done]:
        """What comes of all tasks. Raises as `Cluster.run`, and `ConnectionLost`."""
        while True:
            self._look()
            while len(self._under_way) < AHEAD * self._threads and (task := self._backlog.take()) is not None:
                self._send(task)
            if not self._under_way and self._threads:
                if not self._backlog.suspects:
                    return
                self._send(self._backlog.suspects.popleft(), trial=True)
            with suppress(Empty):
                yield from self._take(self._under_way.pop(self._came.get(timeout=_LOOK)))

    def cancel(self) -> None:
        """Have nothing computed any more that has not begun."""
        errands, self._under_way = list(self._under_way.values()), {}
        if errands and self._client.status == "running":
            with suppress(ConnectionLost), self._asking():
                self._client.cancel([errand.future for errand in errands], force=True)

    def _look(self) -> None:
        """See how many threads the cluster has now. Raises `MachineError` when it has had none for long."""
        now = monotonic()
        if now < self._looked + _LOOK:
            return
        self._looked = now
        with self._asking():
            there = self._client.sync(self._client.scheduler.ncores, callback_timeout=_PATIENCE_TO_ASK)
        self._ask_new(frozenset(there))
        self._threads = sum(there.values())
        if self._threads:
            self._last_seen = now
        elif now > self._last_seen + self._patience:
            message = f"the cluster has had no workers for {self._patience:.0f} seconds"
            raise MachineError(message, advice="start some: dask worker --nthreads 1 ADDRESS")

    def _ask_new(self, there: frozenset[str]) -> None:
        """Make sure that new workers have qspec: its tasks would end a Dask worker without it, which cannot read them.

        Raises `MachineError`. A worker that does not answer is asked again.
        """
        new = sorted(there - self._able)
        if not new:
            return
        with self._asking():
            said = self._client.run(_asks_for_qspec(), workers=new, on_error="return")
        for worker in new:
            if said.get(worker) is False:
                raise MachineError(f"the worker '{worker}' has no qspec", advice=_INSTALL)
        self._able = there & (self._able | {worker for worker in new if said.get(worker) is True})

    def _send(self, task: Task, *, trial: bool = False) -> None:
        key = f"{self._name}-{self._sent}"
        self._sent += 1
        name, content = self._contents.use(task.context, lambda: self._content(task))
        with self._asking():
            future = self._client.submit(compute, order(self._work, task, name), content, key=key, pure=False)
        self._expect(_Errand(future, task, trial, name))

    def _expect(self, errand: _Errand) -> None:
        self._under_way[errand.future.key] = errand
        errand.future.add_done_callback(lambda ended: self._came.put(ended.key))

    def _content(self, task: Task) -> tuple[str, bytes | None]:
        """The name of a task's context, which is that of its bytes; and these, if they are few."""
        content = self._contexts(task.context)
        return sha256(content).hexdigest(), content if len(content) <= SMALL else None

    def _supply(self, errand: _Errand, worker: str, store_name: str, count: int) -> None:
        """Send a worker the context that it lacks, and the task once more.

        Several of its tasks may have said so before it came: then it was put into its store after these had looked.
        """
        if self._stored.get((store_name, errand.name), 0) <= count:
            content = self._contexts(errand.task.context)
            with self._asking():
                stored = self._client.run(store, errand.name, content, workers=[worker], on_error="ignore")
            self._stored[store_name, errand.name] = stored.get(worker, 0)
        self._send(errand.task, trial=errand.trial)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Around what asks the scheduler: raises `ConnectionLost` when it does not answer."""
        try:
            yield
        except Exception as error:
            if isinstance(error, OSError) or self._client.status != "running":
                raise ConnectionLost from error
            raise

    def _take(self, errand: _Errand) -> Iterator[Done]:
        if errand.future.status == "cancelled":
            raise ConnectionLost
        if errand.future.status == "error":
            yield from self._failed(errand)
            return
        with self._asking():
            try:
                word, belonging = said_by(errand.future.result(timeout=_PATIENCE_TO_ASK))
            except TimeoutError:  # the worker that had it is gone, and another one computes it again
                self._expect(errand)
                return
        if word == LACKING:
            self._supply(errand, *belonging)
            return
        if word == BUG:
            raise unpack(belonging)
        if word == OTHER_VERSIONS:
            message = f"a worker has other versions, which may give other numbers: {differences(belonging)}"
            raise MachineError(message, advice="install the same versions on every worker as here")
        yield from belonging

    def _failed(self, errand: _Errand) -> Iterator[Done]:
        """Whether to split, to try again, or to give up what no worker has brought to its end."""
        from distributed import KilledWorker

        task, error = errand.task, errand.future.exception(timeout=_PATIENCE_TO_ASK)
        if not isinstance(error, KilledWorker):
            message = f"a worker of the cluster cannot compute: {type(error).__name__}: {error}"
            raise MachineError(message, advice=_INSTALL)
        if task.count > 1:
            for item in reversed(range(task.count)):
                self._backlog.put_back(task.part(item, 1))
        elif errand.trial:
            words = "each worker that computed it came to its end; perhaps there was not enough memory"
            yield Done(context=task.context, first=task.first, count=1, error=words)
        else:  # another item may have ended the worker
            self._backlog.suspects.append(task)


def _asks_for_qspec() -> Callable[[], bool]:
    """A function that says whether qspec is there, made so that it is sent by what it does: by name nobody finds it there."""

    def is_there() -> bool:
        from importlib.util import find_spec

        try:
            return find_spec("qspec") is not None
        except ImportError:
            return False

    return is_there
