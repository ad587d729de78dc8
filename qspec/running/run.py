"""From a plan to a finished run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qspec.records.names import RUNS_DIR
from qspec.running.closing import check_expectations, finish, write_sinks
from qspec.running.creating import create_run
from qspec.running.interrupts import state_on_disk, stopping_on_signals
from qspec.running.jobs import run_jobs
from qspec.running.progress import Progress, Silent

if TYPE_CHECKING:
    from qspec.planning.plan import Plan
    from qspec.records.record import RunRecord


def run(plan: Plan, runs_dir: Path | str = RUNS_DIR, progress: Progress | None = None) -> RunRecord:
    """Run a plan here, and write everything about it to a new folder below `runs_dir`.

    A job that fails, a sink that fails and an expectation that does not hold are in the record, not raised. Raises
    `MachineError` when the disk says no. When it is interrupted, the record says so first.
    """
    watcher = progress or Silent()
    with stopping_on_signals():
        journal = create_run(plan, Path(runs_dir))
        with state_on_disk(journal):
            watcher.run_created(journal.record, journal.folder.path)
            run_jobs(plan, journal, watcher)
            write_sinks(plan, journal, watcher)
            check_expectations(plan, journal, watcher)
            record = finish(plan, journal)
        watcher.run_finished(record)
        return record
