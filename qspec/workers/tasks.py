"""What workers are given, what comes back, and what every team of them offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@frozen
class Task:
    """Items of one context that one worker computes one after the other: `count` of them, from `first` on.

    `context` is the key of the context, a short text; `cost` the seconds that all items are expected to take, 0 when
    nobody knows.
    """

    context: str
    first: int
    count: int
    cost: float = 0.0

    def after(self, done: int) -> Task:
        """The items that are left when some are done."""
        return self.part(done, self.count - done)

    def part(self, skipped: int, count: int) -> Task:
        """Some of the items."""
        cost = self.cost * count / self.count
        return Task(context=self.context, first=self.first + skipped, count=count, cost=cost)


@frozen
class Done:
    """What came of one or several items of a context.

    `result` is what the work gave; `error` says in words why there is none. `worker` names the process that computed
    it, for who looks into a trouble.
    """

    context: str
    first: int
    count: int
    result: Any = None
    error: str | None = None
    worker: str = ""


class Context(Protocol):
    """What all items of a context have in common, ready for use."""

    def compute(self, first: int, count: int, /) -> Iterator[tuple[int, Any]]:
        """How many items were finished, and their result, again and again until `count` items are.

        A failure that is an item's own is a result too. What is raised is a bug and ends everything.
        """


class Work(Protocol):
    """The function that a reference like `module:function` names; every worker can import it."""

    def __call__(self, content: bytes, /) -> Context:
        """The context that these bytes stand for."""


class Team(Protocol):
    """One or many workers. Used in a `with` block, at the end of which nothing of it is left."""

    def run(self, tasks: Iterable[Task], contexts: Callable[[str], bytes]) -> Iterator[Done]:
        """Compute all tasks; what comes of them, in the order of being finished.

        `tasks` are taken as workers get free. `contexts` gives the bytes of a context by its key; it may be asked
        several times, and must always give the same. Whatever the number of workers, every item comes exactly once.
        When the caller stops asking, the workers stop soon too.
        """

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


def load_work(reference: str) -> Work:
    """The function that `module:function` names. Raises what importing raises."""
    from importlib import import_module

    module, _, name = reference.partition(":")
    work: Work = getattr(import_module(module), name)
    return work
