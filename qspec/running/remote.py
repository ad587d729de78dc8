"""The jobs of a run on the service: submitted, waited for, collected, from whatever state an earlier process left."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from qspec.errors import QspecError, ServiceError, UnfinishedError, UnsettledError
from qspec.records.names import CANCELLED
from qspec.running.cancelling import cancel_open
from qspec.running.errand import Errand
from qspec.running.submissions import all_have_ended, as_it_stands, with_retries
from qspec.running.submitting import submit_all
from qspec.running.waiting import wait_all

if TYPE_CHECKING:
    from qspec.planning.plan import Plan
    from qspec.running.conduct import Conduct
    from qspec.running.journal import Journal
    from qspec.running.progress import Progress
    from qspec.service.backend import RemoteBackend


def run_remote(plan: Plan, backend: RemoteBackend, journal: Journal, watcher: Progress, conduct: Conduct) -> None:
    """Bring the jobs of a run to their end, or, without waiting, to the service.

    Raises `ServiceError` when nothing could be submitted, `UnsettledError` and `UnfinishedError` where a later
    `resume` goes on, `MachineError` when the disk says no.
    """
    errand = Errand(
        plan=plan,
        journal=journal,
        watcher=watcher,
        conduct=conduct,
        patience=backend.service.patience,
        backend=backend,
    )
    for job in plan.jobs:
        if hasattr(job.job, "load_decoder"):
            job.job.load_decoder(trust=plan.loaded.files.trust)  # one that does not load is found before it is paid for
    if conduct.retry_failed:
        (journal.folder.path / CANCELLED).unlink(missing_ok=True)
        journal.change(jobs=tuple(map(with_retries, journal.record.jobs)))
    try:
        submit_all(errand)
        _pass_on(errand)
        if conduct.wait or all_have_ended(journal.record):
            wait_all(errand)
        errand.close()
    except (ServiceError, UnfinishedError, UnsettledError) as error:
        journal.change(error=str(error))
        if isinstance(error, ServiceError):
            raise as_it_stands(journal.record, error) from error
        raise
    except (KeyboardInterrupt, SystemExit):
        if conduct.cancel_on_interrupt:
            with suppress(QspecError):  # what stops the process goes first; `qspec cancel` can be asked again
                cancel_open(errand.service, journal)
        raise


def _pass_on(errand: Errand) -> None:
    """Tell what the runtime's client warned of: that the backend is in maintenance, or the instance used up."""
    for words in errand.service.said:
        errand.trouble(errand.service.secrets.removed_from(words))
    errand.service.said.clear()
