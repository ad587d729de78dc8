"""A run that did not come to its end is driven to it, from whatever state it was left in."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from qspec.errors import RecordError, ServiceError
from qspec.planning.recorded import plan_again
from qspec.records.files import hash_file, machine_errors
from qspec.records.folder import RunFolder
from qspec.records.names import ARRAYS, JOBS, METADATA, STAGE, TRACEBACK
from qspec.records.packs import closed_packs, recover
from qspec.records.record import read_record
from qspec.records.status import read_events
from qspec.records.view import has_ended
from qspec.running.asking import open_recorded
from qspec.running.conduct import Conduct
from qspec.running.finished import is_complete, is_retried, is_through, leaves_session
from qspec.running.journal import Journal
from qspec.running.lock import driving
from qspec.running.progress import Progress, Silent
from qspec.running.run import carry_out
from qspec.running.sessions import close_known, reopening
from qspec.running.signals import stopping_on_signals
from qspec.running.submissions import as_it_stands
from qspec.running.surroundings import versions
from qspec.running.teams import reach

if TYPE_CHECKING:
    from pathlib import Path

    from qspec.records.parts import JobRecord
    from qspec.records.record import RunRecord
    from qspec.records.swept import SweepRecord

_DECISIVE = ("qiskit", "qiskit-aer", "qiskit-ibm-runtime", "numpy", "qspec-runner")
"""Packages of which another version may give other numbers from the same seeds."""


def resume(folder: Path, progress: Progress | None = None, conduct: Conduct | None = None) -> RunRecord:
    """Drive the run in a folder to its end. A run that has come to its end stays as it is.

    Jobs that are DONE keep their results where these are whole on disk; the others are run again from their seeds.
    Raises `RecordError` when the record, or a file that the run was planned from, is damaged, and `MachineError` when
    another process drives the run or the disk says no.
    """
    how = conduct or Conduct()
    record = read_record(folder)
    if is_through(folder, record, how):
        return record
    with stopping_on_signals(), driving(folder):
        record = read_record(folder)
        if has_ended(record) and not is_retried(record, how):
            return _note_end(RunFolder(folder), record, progress or Silent())
        try:
            plan = plan_again(folder, trust=how.trust)
        except ServiceError as error:
            raise as_it_stands(record, error) from error
        reach(how)
        how = replace(how, dry_run=record.is_dry)
        return carry_out(plan, _reopen(RunFolder(folder), record), progress or Silent(), how)


def _note_end(folder: RunFolder, record: RunRecord, watcher: Progress) -> RunRecord:
    """What is left of a run that came to its end: its session to be closed, and the last line of its log."""
    journal = Journal(folder, record)
    if is_complete(folder.path, record):
        return record
    with reopening(journal):
        if leaves_session(record):
            try:
                close_known(open_recorded(folder.path), journal)
            except ServiceError as error:
                watcher.trouble(str(error))
                watcher.left_open(str(journal.record.execution and journal.record.execution.session_id))
    return journal.record


def _reopen(folder: RunFolder, record: RunRecord) -> Journal:
    """The journal of a run to go on with: what has no whole result begins anew, and leftovers are gone."""
    journal = Journal(folder, record)
    notes = _other_versions(record)
    if record.sweep is not None:
        return _reopen_sweep(journal, record.sweep, notes)
    jobs = tuple(job if _stands(job, record, folder) else _anew(job, notes) for job in record.jobs)
    again = [job.id for job in jobs if job.status == "INITIALIZING"]
    mine = {f"{JOBS}/{job}/{name}" for job in again for name in (ARRAYS, METADATA, TRACEBACK)}
    files = {name: noted for name, noted in record.files.items() if name not in mine}
    journal.change(outcome="unfinished", error=None, finished=None, jobs=jobs, sinks=(), verdicts=(), files=files)
    _remove(folder, mine | _of_sinks(folder.path))
    journal.note("run-resumed", jobs=again, notes=list(notes))
    return journal


def _reopen_sweep(journal: Journal, sweep: SweepRecord, notes: tuple[str, ...]) -> Journal:
    """The same for a sweep: whole packs stay, and of those that were growing, or are damaged, what is whole in them."""
    folder, record = journal.folder, journal.record
    noted = {name: record.files[name] for name in closed_packs(folder.path) if name in record.files}
    whole = {name: hash_ for name, hash_ in noted.items() if _whole(folder.path / name, hash_)}
    recover(folder.path, whole)
    packs = tuple(closed_packs(folder.path))
    files = {name: hash_ for name, hash_ in record.files.items() if name not in (*sweep.packs, *noted)}
    files |= {name: whole.get(name) or hash_file(folder.path / name) for name in packs}
    jobs = tuple(job if job.submissions else _again(job, notes) for job in record.jobs)
    sweep = replace(sweep, packs=packs)
    fields = {"outcome": "unfinished", "error": None, "finished": None, "sinks": (), "verdicts": ()}
    journal.change(**fields, jobs=jobs, sweep=sweep, files=files)
    _remove(folder, _of_sinks(folder.path))
    journal.note("run-resumed", jobs=[job.id for job in jobs], notes=list(notes))
    return journal


def _again(job: JobRecord, notes: tuple[str, ...]) -> JobRecord:
    """A job of a sweep some of whose points are computed again."""
    return replace(job, status="INITIALIZING", error=None, finished=None, notes=notes)


def _stands(job: JobRecord, record: RunRecord, folder: RunFolder) -> bool:
    """Whether a job stays as it is: the service has it, or its result is whole on disk."""
    if job.submissions:
        return True
    return job.status == "DONE" and all(
        name is not None and _whole(folder.path / name, record.files.get(name)) for name in (job.result, job.metadata)
    )


def _whole(path: Path, noted: str | None) -> bool:
    try:
        return hash_file(path) == noted
    except RecordError:
        return False


def _anew(job: JobRecord, notes: tuple[str, ...]) -> JobRecord:
    """A job as it was before it ran."""
    return replace(
        job,
        status="INITIALIZING",
        implementation=None,
        options={},
        notes=notes,
        started=None,
        finished=None,
        seconds=None,
        error=None,
        result=None,
        metadata=None,
        pubs=tuple(replace(pub, seeds={}, result_hash=None) for pub in job.pubs),
    )


def _other_versions(record: RunRecord) -> tuple[str, ...]:
    """A note for each package that is another version now: jobs may give other numbers than they would have."""
    here = versions()
    return tuple(
        f"resumed with {name} {here.get(name, 'missing')}, planned with {record.versions.get(name, 'none')}:"
        " results may differ from those of a run that was not interrupted"
        for name in _DECISIVE
        if here.get(name) != record.versions.get(name)
    )


def _of_sinks(folder: Path) -> set[str]:
    """The files that sinks have written, by the log; they are written again, from the results as they are then."""
    with suppress(RecordError):
        events = read_events(folder).events
        return {str(name) for event in events if event.event == "sink-written" for name in event.detail["files"]}
    return set()


def _remove(folder: RunFolder, names: set[str]) -> None:
    """Remove leftovers of the run: these files, what a sink was writing, and half-written files."""
    with machine_errors(folder.path):
        for name in names:
            (folder.path / name).unlink(missing_ok=True)
        shutil.rmtree(folder.path / STAGE, ignore_errors=True)
    folder.remove_parts()
