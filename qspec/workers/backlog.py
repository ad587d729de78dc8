"""The tasks that are still to be given out, and those that did not come off."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qspec.workers.tasks import Task


class Backlog:
    """Takes tasks as they are needed, never beforehand.

    `suspects` are single items at which a worker died. Each is tried once more, alone, when all else is done: then
    it has the memory of the machine for itself, and nobody waits for it.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = iter(tasks)
        self._again: deque[Task] = deque()
        self.suspects: deque[Task] = deque()

    def take(self) -> Task | None:
        """The next task; None when there is none."""
        return self._again.popleft() if self._again else next(self._tasks, None)

    def put_back(self, task: Task) -> None:
        """Give a task out again, as it is."""
        if task.count:
            self._again.appendleft(task)

    def suspect(self, task: Task) -> None:
        """A worker died at the first of these items; it may have been at some of the others too."""
        self.suspects.append(task.part(0, 1))
        rest = task.after(1)
        half = rest.count // 2
        for part in (rest.after(half), rest.part(0, half)) if rest.count else ():
            self.put_back(part)
