"""No workers at all: everything is computed by this process."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Self

from qspec.workers.contexts import Desk
from qspec.workers.tasks import Done, load_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qspec.workers.tasks import Task


class Alone:
    """Computes one item after the other; what goes wrong in an item comes as it is."""

    def __init__(self, work: str) -> None:
        self._work = work

    def run(self, tasks: Iterable[Task], contexts: Callable[[str], bytes]) -> Iterator[Done]:
        """Compute all tasks, see `Team`."""
        desk = Desk(load_work(self._work))
        for task in tasks:
            desk.open(task.context, partial(contexts, task.context))
            first = task.first
            for count, result in desk.compute(task):
                yield Done(context=task.context, first=first, count=count, result=result)
                first += count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass
