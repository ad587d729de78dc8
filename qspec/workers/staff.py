"""Worker processes, as seen by the process that has them work."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from qspec.errors import UsageError
from qspec.workers.contexts import Recent
from qspec.workers.cores import environment
from qspec.workers.nursery import NEWS, ORDER, SIGNALS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from qspec.workers.backlog import Backlog
    from qspec.workers.tasks import Task

_GRACE = 0.5  # seconds that the nursery has to end its workers
_PATIENCE = 5.0  # seconds within which it tells of a worker that ended
_CODE = "import sys; sys.path[:] = sys.argv[4:]; from qspec.workers.nursery import main; main(int(sys.argv[1]), *sys.argv[2:4])"


class StaffGone(Exception):
    """The process that starts the workers was ended from outside, and all workers with it."""


@dataclass(eq=False, kw_only=True, slots=True)
class Member:
    """One worker, and what it was given: the first of `tasks` is in progress, less what it has told of already.

    `ready` says that it has begun, `opened` that it has the context of its task; `known` are those that it has open.
    `trial` says that it tries, alone, an item at which another one died.
    """

    number: int
    connection: Connection
    name: str = ""
    ready: bool = False
    opened: bool = False
    trial: bool = False
    tasks: deque[Task] = field(default_factory=deque)
    known: Recent[None] = field(default_factory=Recent)
    _since: float = 0.0
    _told: int = 0

    def take(self, task: Task) -> None:
        """Note that it is given a task."""
        if not self.tasks:
            self._since = time.monotonic()
        self.tasks.append(task)

    def know(self, context: str) -> None:
        """Note that it was sent a task of this context."""
        self.known.use(context, lambda: None)

    def tell(self, count: int) -> Task:
        """Note that it told of so many items; they come back as a task."""
        done = self.tasks[0].part(0, count)
        self.tasks[0] = self.tasks[0].after(count)
        self._told += count
        return done

    def finish(self) -> None:
        """Note that it is at its next task, or at rest."""
        self.tasks.popleft()
        self._since, self._told, self.opened, self.trial = time.monotonic(), 0, False, False

    def seconds_left(self) -> float:
        """The seconds after which it will have nothing to do; infinite when nobody knows."""
        if len(self.tasks) != 1:
            return float("inf")
        left = self.tasks[0]
        if self._told:
            return left.count * (time.monotonic() - self._since) / self._told
        return left.cost or float("inf")


class Staff:
    """Starts workers, each with so many threads, and tells what became of them.

    They are forked from a process that has imported `preload` and the work, which takes a second once.
    """

    def __init__(self, work: str, threads: int, preload: tuple[str, ...]) -> None:
        if not hasattr(os, "fork"):
            raise UsageError("this system cannot fork, so there are no worker processes", advice="use --workers 1")
        self.members: list[Member] = []
        self._ended: dict[int, int] = {}
        self._number = 0
        self._begun = False
        self._gone = False
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._nursery = self._start(theirs, work, threads, preload)

    def _start(
        self, theirs: socket.socket, work: str, threads: int, preload: tuple[str, ...]
    ) -> subprocess.Popen[bytes]:
        # With -P the folder it is started in is no place to import from, unless it is one for this process.
        command = [sys.executable, "-P", "-c", _CODE, str(theirs.fileno()), work, ",".join(preload), *sys.path]
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # until it has decided to leave them to this process
        try:
            return subprocess.Popen(  # noqa: S603  our own module
                command,
                stdin=subprocess.DEVNULL,
                stdout=2,  # what is printed there is no answer
                env=environment(threads),
                pass_fds=[theirs.fileno()],
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def busy(self) -> bool:
        """Whether a worker has something to do."""
        return any(member.tasks for member in self.members)

    def hire(self) -> Member:
        """Another worker, which is not ready yet."""
        from multiprocessing import Pipe

        ours, theirs = Pipe()
        self._number += 1
        with theirs, suppress(OSError):  # its process will never begin, which will be heard
            socket.send_fds(self._channel, [ORDER.pack(self._number)], [theirs.fileno()])
        member = Member(number=self._number, connection=ours)
        self.members.append(member)
        return member

    def dismiss(self, member: Member) -> None:
        """Let a worker go that has nothing to do."""
        self.members.remove(member)
        member.connection.close()

    def heard(self, backlog: Backlog) -> list[Member]:
        """Wait for workers that have something to tell, be it that they are gone. Raises as `bury` does."""
        from multiprocessing.connection import wait

        by_connection = {member.connection: member for member in self.members}
        heard = wait([*by_connection, self._channel])
        self._listen()
        if self._gone:
            self._give_up(backlog)
        return [by_connection[each] for each in heard if each in by_connection]

    def begin(self, member: Member, process: int) -> None:
        """Note that a worker has begun."""
        member.ready, member.name = True, f"process {process}"
        self._begun = True

    def bury(self, member: Member, backlog: Backlog) -> str:
        """How the process of a worker that is gone came to its end, in words.

        Raises `StaffGone` when the process that starts the workers is gone too; then the backlog has all that any
        worker was at.
        """
        deadline = time.monotonic() + _PATIENCE
        while member.number not in self._ended and not self._gone and time.monotonic() < deadline:
            select.select([self._channel], [], [], 0.1)
            self._listen()
        if self._gone:
            self._give_up(backlog)
        self.dismiss(member)
        code = os.waitstatus_to_exitcode(self._ended.pop(member.number, 0))
        if code >= 0:
            return f"ended by itself, with exit code {code}"
        hint = "perhaps there was not enough memory" if -code == signal.SIGKILL else "the simulator may have given up"
        return f"was ended by {signal.Signals(-code).name}; {hint}"

    def close(self) -> None:
        """End all workers at once, whatever they are at."""
        self._channel.close()  # which the nursery notices
        try:
            self._nursery.wait(_GRACE if self._begun else 0)
        except subprocess.TimeoutExpired:
            self._nursery.kill()
            self._nursery.wait()
        for member in self.members:
            member.connection.close()

    def _listen(self) -> None:
        """Take in what the nursery tells."""
        while not self._gone and select.select([self._channel], [], [], 0)[0]:
            news = b""
            with suppress(ConnectionError):
                news = self._channel.recv(NEWS.size, socket.MSG_WAITALL)
            if len(news) < NEWS.size:
                self._gone = True
                return
            number, status = NEWS.unpack(news)
            self._ended[number] = status

    def _give_up(self, backlog: Backlog) -> NoReturn:
        for member in self.members:
            for task in member.tasks:
                backlog.put_back(task)
        raise StaffGone("the process that starts the workers was ended from outside")
