"""From a plan to a finished run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qspec.planning.sweeps import SweepPlan
from qspec.records.names import RUNS_DIR
from qspec.running.closing import check_expectations, finish, write_sinks
from qspec.running.conduct import Conduct
from qspec.running.creating import creating_run
from qspec.running.interrupts import state_on_disk
from qspec.running.jobs import run_jobs
from qspec.running.points import run_points
from qspec.running.progress import Progress, Silent
from qspec.running.signals import stopping_on_signals
from qspec.running.submissions import all_have_ended
from qspec.running.teams import reach
from qspec.service.backend import RemoteBackend

if TYPE_CHECKING:
    from qspec.planning.sweeps import AnyPlan
    from qspec.records.record import RunRecord
    from qspec.running.journal import Journal


def run(
    plan: AnyPlan,
    runs_dir: Path | str = RUNS_DIR,
    progress: Progress | None = None,
    conduct: Conduct | None = None,
) -> RunRecord:
    """Run a plan, and write everything about it to a new folder below `runs_dir`.

    A job that fails, a sink that fails and an expectation that does not hold are in the record, not raised. Raises
    `MachineError` when the disk says no, `ServiceError` when a scheduler does not answer. When it is interrupted, the
    record says so first; `resume` goes on.
    """
    how = conduct or Conduct()
    reach(how)
    with stopping_on_signals(), creating_run(plan, Path(runs_dir), dry_run=how.dry_run) as journal:
        return carry_out(plan, journal, progress or Silent(), how)


def carry_out(plan: AnyPlan, journal: Journal, watcher: Progress, conduct: Conduct) -> RunRecord:
    """Drive a run to its end from the state that its record is in; the caller holds its lock. Raises as `run` does."""
    with state_on_disk(journal):
        watcher.run_created(journal.record, journal.folder.path)
        if isinstance(plan.backend, RemoteBackend):
            from qspec.running.remote import run_remote

            run_remote(plan, plan.backend, journal, watcher, conduct)
            if not conduct.wait and not all_have_ended(journal.record):
                return journal.record
        elif isinstance(plan, SweepPlan):
            run_points(plan, journal, watcher, conduct)
        else:
            run_jobs(plan, journal, watcher, conduct)
        write_sinks(plan, journal, watcher)
        check_expectations(plan, journal, watcher, dry_run=conduct.dry_run)
        record = finish(plan, journal)
    watcher.run_finished(record)
    return record
