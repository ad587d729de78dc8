"""The jobs of a run on the service: submitted, waited for, collected, from whatever state an earlier process left."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from qspec.errors import MachineError, QspecError, ServiceError, UnfinishedError, UnsettledError
from qspec.planning.sweeps import SweepPlan
from qspec.records.files import write_whole
from qspec.records.names import CANCELLED
from qspec.running.cancelling import cancel_open, is_cancelled
from qspec.running.collecting import WholeJobs
from qspec.running.errand import Errand
from qspec.running.finished import leaves_session
from qspec.running.submissions import all_have_ended, as_it_stands, with_retries
from qspec.running.submitting import submit_all
from qspec.running.swept import SweptJobs
from qspec.running.waiting import wait_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.planning.plan import Plan
    from qspec.planning.sweeps import AnyPlan
    from qspec.running.conduct import Conduct
    from qspec.running.errand import Cargo
    from qspec.running.journal import Journal
    from qspec.running.progress import Progress
    from qspec.service.backend import RemoteBackend


CANCEL_SECONDS = 10.0
"""How long an interruption waits for the service to cancel jobs."""


def run_remote(plan: AnyPlan, backend: RemoteBackend, journal: Journal, watcher: Progress, conduct: Conduct) -> None:
    """Bring the jobs of a run to their end, or, without waiting, to the service.

    Raises `ServiceError` when nothing could be submitted, `UnsettledError` and `UnfinishedError` where a later
    `resume` goes on, `MachineError` when the disk says no.
    """
    errand = Errand(
        plan=plan,
        cargo=_cargo(plan, backend, journal, watcher),
        journal=journal,
        watcher=watcher,
        conduct=conduct,
        patience=backend.service.patience,
        backend=backend,
    )
    _load_decoders(plan)
    with _closing(errand.cargo):
        _drive(errand)


@contextmanager
def _closing(cargo: Cargo) -> Iterator[None]:
    """What has come is on disk when the block has ended. Whatever ends it early says more than a disk that fails then."""
    try:
        yield
    except BaseException:
        with suppress(MachineError):
            cargo.close()
        raise
    cargo.close()


def _drive(errand: Errand) -> None:
    journal, conduct = errand.journal, errand.conduct
    try:
        if conduct.retry_failed:
            _retry(errand)
        _submit(errand)
        _pass_on(errand)
        if conduct.wait or all_have_ended(journal.record):
            wait_all(errand, once=conduct.look_once)
        elif is_cancelled(journal.folder.path):  # somebody said so while the jobs were being sent
            cancel_open(errand.service, journal)
        _close(errand)
    except (ServiceError, UnfinishedError, UnsettledError) as error:
        journal.change(error=str(error))
        if isinstance(error, ServiceError):
            raise as_it_stands(journal.record, error) from error
        raise
    except (KeyboardInterrupt, SystemExit):
        if conduct.cancel_on_interrupt:
            _cancel_in_time(errand)
        raise


def _load_decoders(plan: AnyPlan) -> None:
    """Load every result decoder: one that does not load is found before it is paid for. Raises as loading does."""
    for each in _with_decoders(plan):
        for job in each.jobs:
            if hasattr(job.job, "load_decoder"):
                job.job.load_decoder(trust=plan.loaded.files.trust)


def _with_decoders(plan: AnyPlan) -> Sequence[Plan]:
    """The plans that may name different decoders: of a sweep more than one only where an axis varies them."""
    if not isinstance(plan, SweepPlan):
        return (plan,)
    places = [axis.place.split(".") for axis in plan.sweep.axes]
    varied = any(steps[0] == "jobs" and (len(steps) < 3 or steps[2] == "result_decoder") for steps in places)
    return plan.plans if varied else plan.plans[:1]


def _cargo(plan: AnyPlan, backend: RemoteBackend, journal: Journal, watcher: Progress) -> Cargo:
    if isinstance(plan, SweepPlan):
        return SweptJobs(plan, journal, watcher)
    return WholeJobs(plan=plan, backend=backend)


def _close(errand: Errand) -> None:
    """Close the session, if it is still open; tell when it cannot be."""
    errand.close()
    if leaves_session(errand.journal.record):
        errand.watcher.left_open(str(errand.execution.session_id))


def _submit(errand: Errand) -> None:
    """Submit everything. When that fails, what has ended by then is collected all the same."""
    try:
        submit_all(errand)
    except ServiceError:
        if not errand.service.transport.is_unreachable:
            with suppress(QspecError):
                wait_all(errand, once=True)
        raise


def _retry(errand: Errand) -> None:
    """Find out what has failed by now, and give each of those a fresh submission. Nothing is cancelled any more."""
    (errand.journal.folder.path / CANCELLED).unlink(missing_ok=True)
    with suppress(UnfinishedError):
        wait_all(errand, once=True)
    jobs = tuple(with_retries(job, unknown=errand.unknown) for job in errand.journal.record.jobs)
    errand.journal.change(jobs=jobs)


def _cancel_in_time(errand: Errand) -> None:
    """Cancel what was sent, and say what became of it. Somebody waits for this process to end, so it takes no long time.

    What cannot be done in it is left to `qspec cancel`, or to `qspec resume`: the folder has the word.
    """
    with suppress(MachineError):
        write_whole(errand.journal.folder.path / CANCELLED, b"")
    try:
        with errand.service.transport.within(CANCEL_SECONDS):
            for each in cancel_open(errand.service, errand.journal).asked:
                errand.watcher.cancelling(each.job, each.job_id, each.refused)
    except QspecError as error:
        errand.watcher.trouble(f"the jobs could not be cancelled: {error}")


def _pass_on(errand: Errand) -> None:
    """Tell what the runtime's client warned of: that the backend is in maintenance, or the instance used up."""
    for words in errand.service.said:
        errand.trouble(errand.service.secrets.removed_from(words))
    errand.service.said.clear()
