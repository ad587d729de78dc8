"""Who computes points and jobs here: this process, or as many others as are worth starting."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from qspec.workers.alone import Alone
from qspec.workers.cores import worthwhile_workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qspec.running.conduct import Conduct
    from qspec.workers.tasks import Done, Task

_LOOK_SECONDS = 1.0


def reach(conduct: Conduct) -> None:
    """Make sure that the cluster is there, if there is to be one, before anything is begun.

    Raises `ServiceError` when its scheduler does not answer, `UsageError` for an address that is none.
    """
    if conduct.scheduler is not None:
        from qspec.workers.cluster import reach

        reach(conduct.scheduler)


def computed(
    work: str, tasks: Iterable[Task], contexts: Callable[[str], bytes], conduct: Conduct, *, items: int
) -> Iterator[Done]:
    """What comes of `items` items in all tasks, by as many workers as `conduct` says.

    Where it leaves their number open, this process computes for a moment, and then as many are started as are worth it
    for what is left. Raises `MachineError` when workers cannot start, or they or their scheduler are lost.
    """
    waiting = iter(tasks)
    if conduct.scheduler is not None:
        from qspec.workers.cluster import Cluster

        with Cluster(work, conduct.scheduler) as cluster:
            yield from cluster.run(waiting, contexts)
        return
    workers = conduct.workers
    if workers is None:
        look = _Look(items)
        for found in Alone(work).run(look.tasks(waiting), contexts):
            look.note(found.count)
            yield found
        workers = look.workers
    if workers == 1:
        yield from Alone(work).run(waiting, contexts)
        return
    from qspec.workers.pool import Pool

    with Pool(work, workers=workers) as pool:
        yield from pool.run(waiting, contexts)


class _Look:
    """How long items take, by the first of them: `workers` is how many are worth it for the rest, 1 until that is known."""

    def __init__(self, items: int) -> None:
        self.workers = 1
        self._items = items
        self._done = 0
        self._start = time.monotonic()

    def tasks(self, waiting: Iterator[Task]) -> Iterator[Task]:
        """Tasks, as long as more workers are not known to be worth it."""
        while self.workers == 1:
            task = next(waiting, None)
            if task is None:
                return
            yield task

    def note(self, count: int) -> None:
        """So many more items are done."""
        self._done += count
        spent = time.monotonic() - self._start
        if spent > _LOOK_SECONDS:
            rest = self._items - self._done
            self.workers = worthwhile_workers(spent / self._done * rest, rest)
