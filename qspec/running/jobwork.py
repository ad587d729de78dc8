"""One local job, as whoever runs it has it: this process, or a worker."""

from __future__ import annotations

import pickle
import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import MachineError, QspecError
from qspec.frozen import frozen
from qspec.simulation.local import LocalBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qspec.planning.plan import Plan, PlannedJob
    from qspec.simulation.local import Outcome

WORK = f"{__name__}:open_work"
"""What runs jobs, by the name that workers import it by."""


@frozen
class Attempt:
    """What came of a job: its outcome, or in `error` why there is none. What is not worded by qspec has a traceback."""

    outcome: Outcome | None = None
    error: str = ""
    traceback: str = ""
    seconds: float = 0.0


@frozen
class JobWork:
    """Everything that it takes to run one job."""

    backend: LocalBackend
    planned: PlannedJob

    def attempt(self) -> Attempt:
        """Run the job. Raises `MachineError` only."""
        planned, start = self.planned, time.monotonic()
        pubs = [pub.pub for pub in planned.pubs]
        try:
            outcome = planned.job.run(self.backend, pubs, seed=planned.seed, pub_seeds=planned.pub_seeds)
        except MachineError:
            raise
        except Exception as error:  # noqa: BLE001  whatever fails in a primitive, the other jobs are run
            return failed(error, time.monotonic() - start)
        return Attempt(outcome=outcome, seconds=time.monotonic() - start)

    def compute(self, _first: int, _count: int) -> Iterator[tuple[int, Attempt]]:
        """The job as the only item of its context."""
        yield 1, self.attempt()


def failed(error: Exception, seconds: float) -> Attempt:
    """An attempt that failed, in the words of what failed."""
    words = str(error).strip() or "no reason was given"
    if isinstance(error, QspecError):
        return Attempt(error=words, seconds=seconds)
    text = "".join(traceback.format_exception(error))
    return Attempt(error=f"{type(error).__name__}: {words}", traceback=text, seconds=seconds)


def work_of(plan: Plan, planned: PlannedJob) -> JobWork:
    """The work of one job of a plan."""
    assert isinstance(plan.backend, LocalBackend)  # noqa: S101 - the run is one on this machine
    return JobWork(backend=plan.backend, planned=planned)


def packed(work: JobWork) -> bytes:
    """The work as bytes, for our own workers: without the noise models that its backend remembers."""
    return pickle.dumps(replace(work, backend=replace(work.backend)))


def open_work(content: bytes) -> JobWork:
    """The work that `packed` made bytes of."""
    work: JobWork = pickle.loads(content)  # noqa: S301  from the process that planned it
    return work
