"""Processes of this machine as workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from qspec.errors import MachineError
from qspec.workers.backlog import Backlog
from qspec.workers.cores import threads_for
from qspec.workers.shift import Shift
from qspec.workers.staff import Staff, StaffGone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qspec.workers.tasks import Done, Task

PRELOAD = ("numpy", "qiskit", "qiskit_aer", "qiskit_aer.primitives")
"""What takes long to import, and every simulation needs."""
_TRIES = 3


class Pool:
    """So many reused processes, each with so many threads; by default as many as the cores have room for.

    They start when the first tasks come, by being forked from a process that imports `preload` and the work while the
    caller goes on. One that dies loses the item that it was at, which is tried once more, alone; nothing else.
    """

    def __init__(
        self, work: str, workers: int, *, threads: int | None = None, preload: tuple[str, ...] = PRELOAD
    ) -> None:
        self._workers = workers
        self._terms = (work, threads or threads_for(workers), preload)
        self._staff: Staff | None = None

    def __enter__(self) -> Self:
        self._staff = Staff(*self._terms)
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def run(self, tasks: Iterable[Task], contexts: Callable[[str], bytes]) -> Iterator[Done]:
        """Compute all tasks, see `Team`.

        Raises `MachineError` when no worker can begin, and what the work raises, with the worker's traceback noted.
        """
        backlog = Backlog(tasks)
        tries = 0
        while True:
            staff = self._staff = self._staff or Staff(*self._terms)
            try:
                for done in Shift(staff, self._workers, backlog, contexts).results():
                    tries = 0
                    yield done
            except StaffGone as error:  # somebody ended the process that workers are forked from, and so all of them
                self.close()
                tries += 1
                if tries == _TRIES:
                    raise MachineError(str(error), advice="perhaps there was not enough memory") from error
            else:
                return
            finally:
                if staff.busy:  # with something that nobody asks for any more
                    self.close()

    def close(self) -> None:
        """End all workers at once; the next tasks start others."""
        staff, self._staff = self._staff, None
        if staff is not None:
            staff.close()
