"""The workers of this machine at work: who gets which task, and what a worker's death means."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from qspec.errors import MachineError
from qspec.workers.bench import BROKEN, BUG, FINISHED, OPENED, READY, RESULT, receive, send_task
from qspec.workers.bugs import unpack
from qspec.workers.tasks import Done

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from qspec.workers.backlog import Backlog
    from qspec.workers.staff import Member, Staff
    from qspec.workers.tasks import Task

SOON = 0.05
"""A worker gets its next task so many seconds before it would have nothing to do."""
_TRIES = 3


class Shift:
    """Has workers compute a backlog, at most so many at once."""

    def __init__(self, staff: Staff, workers: int, backlog: Backlog, contexts: Callable[[str], bytes]) -> None:
        self._staff = staff
        self._workers = workers
        self._backlog = backlog
        self._contexts = contexts
        self._failed_starts = 0
        self._failed_openings: Counter[str] = Counter()
        self._lost: dict[str, str] = {}

    def results(self) -> Iterator[Done]:
        """What comes of all tasks.

        Raises `StaffGone` when all workers were ended with the process that starts them; what was in progress is in
        the backlog again. Raises `MachineError` when no worker can begin, and what the work raises.
        """
        while True:
            yield from self._give_out()
            if not self._staff.busy:
                if not self._backlog.suspects:
                    return
                self._try_alone(self._backlog.suspects.popleft())
            for member in self._staff.heard(self._backlog):
                yield from self._hear(member)

    def _give_out(self) -> Iterator[Done]:
        while (task := self._backlog.take()) is not None:
            if task.context in self._lost:
                yield failed(task, self._lost[task.context])
            elif (member := self._who_takes(task)) is not None:
                self._assign(member, task)
            else:
                self._backlog.put_back(task)
                return

    def _who_takes(self, task: Task) -> Member | None:
        """A worker with nothing to do, or soon nothing.

        The latter must know the context: while it tells of a large result, nobody could send it a large context.
        """
        idle = next((member for member in self._staff.members if not member.tasks), None)
        if idle is None and len(self._staff.members) < self._workers:
            return self._staff.hire()
        if idle is not None or not self._staff.members:
            return idle
        soon = min(self._staff.members, key=lambda member: member.seconds_left())
        return soon if soon.seconds_left() < SOON and task.context in soon.known else None

    def _assign(self, member: Member, task: Task) -> None:
        member.take(task)
        if member.ready:
            self._send(member, task)

    def _send(self, member: Member, task: Task) -> None:
        content = None if task.context in member.known else self._contexts(task.context)
        member.know(task.context)
        with suppress(OSError):  # it is gone, which will be heard
            send_task(member.connection, task, content)

    def _try_alone(self, task: Task) -> None:
        """Try an item at which a worker died, in a process that had nothing else to do, on a machine at rest."""
        for member in list(self._staff.members):
            self._staff.dismiss(member)
        member = self._staff.hire()
        member.trial = True
        self._assign(member, task)

    def _hear(self, member: Member) -> Iterator[Done]:
        try:
            word, *rest = receive(member.connection)
        except (EOFError, OSError):
            yield from self._bury(member)
            return
        if word == RESULT:
            yield self._result(member, *rest)
        elif word == FINISHED:
            member.finish()
        elif word == OPENED:
            member.opened = True
            del self._failed_openings[member.tasks[0].context]
        elif word == READY:
            self._failed_starts = 0
            self._staff.begin(member, *rest)
            self._send(member, member.tasks[0])
        elif word == BUG:
            raise unpack(rest[0])
        elif word == BROKEN:
            raise _cannot_start(*rest)

    def _result(self, member: Member, count: int, result: Any) -> Done:
        task = member.tell(count)
        return Done(context=task.context, first=task.first, count=count, result=result, worker=member.name)

    def _bury(self, member: Member) -> Iterator[Done]:
        """What is to be done about the tasks of a worker that is gone."""
        fate = self._staff.bury(member, self._backlog)
        words = f"the process that computed it {fate}"
        if not member.ready:
            self._count_failed_start(fate)
        current = member.tasks.popleft() if member.tasks else None
        for task in member.tasks:
            self._backlog.put_back(task)
        if current is None or not current.count:
            return
        if not member.opened:
            self._backlog.put_back(current)
            self._count_failed_opening(member, current, words)
        elif member.trial:
            yield failed(current, words)
        else:
            self._backlog.suspect(current)

    def _count_failed_start(self, fate: str) -> None:
        self._failed_starts += 1
        if self._failed_starts == _TRIES:
            raise _cannot_start(f"the last one {fate}")

    def _count_failed_opening(self, member: Member, task: Task, words: str) -> None:
        """Give a context up at which several workers died: all its items would end them."""
        if member.ready:
            self._failed_openings[task.context] += 1
            if self._failed_openings[task.context] == _TRIES:
                self._lost[task.context] = words


def _cannot_start(why: str) -> MachineError:
    """The last line of a traceback says it; all of it is noted."""
    error = MachineError(
        f"the worker processes cannot start: {why.splitlines()[-1]}", advice="--workers 1 does without them"
    )
    error.add_note(why)
    return error


def failed(task: Task, error: str) -> Done:
    """Items that cannot be computed, and why."""
    return Done(context=task.context, first=task.first, count=task.count, error=error)
