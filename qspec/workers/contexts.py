"""Contexts that are open in a worker."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qspec.workers.tasks import Context, Task, Work

KEPT = 4
"""As many contexts stay open in a worker; the one that was not used for longest is closed for the next."""

T = TypeVar("T")


class Recent(Generic[T]):
    """The things that were used last, by key. Who does the same with two of them finds the same keys in both."""

    def __init__(self, room: int = KEPT) -> None:
        self._room = room
        self._things: OrderedDict[str, T] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._things

    def use(self, key: str, make: Callable[[], T]) -> T:
        """The thing of this key; it is made where it is not there."""
        if key not in self._things:
            if len(self._things) == self._room:  # before the next is made, so that memory need not hold both
                self._things.popitem(last=False)
            self._things[key] = make()
        self._things.move_to_end(key)
        return self._things[key]


class Desk:
    """Computes tasks, with recent contexts at hand."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._open: Recent[Context] = Recent()

    def open(self, key: str, content: Callable[[], bytes]) -> None:
        """Open a context, if it is not open yet."""
        self._open.use(key, lambda: self._work(content()))

    def compute(self, task: Task) -> Iterator[tuple[int, Any]]:
        """What the task's context gives, which must be open. Raises what it raises."""
        context = self._open.use(task.context, _missing)
        done = 0
        for count, result in context.compute(task.first, task.count):
            done += count
            yield count, result
        if done != task.count:
            raise RuntimeError(f"the work computed {done} of {task.count} items")


def _missing() -> Context:
    raise RuntimeError("a context is used before it is opened")
