"""Jobs run one after the other; a failing one does not stop the others, and a result is on disk before all else."""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from qspec.errors import MachineError, QspecError
from qspec.records.files import hash_file, machine_errors, make_folder, plain
from qspec.records.names import ARRAYS, JOBS, METADATA, TRACEBACK
from qspec.records.results import save_result

if TYPE_CHECKING:
    from qspec.planning.plan import Plan, PlannedJob
    from qspec.records.parts import JobRecord, PubRecord
    from qspec.records.results import Saving
    from qspec.running.journal import Journal
    from qspec.running.progress import Progress
    from qspec.simulation.local import Outcome


def run_jobs(plan: Plan, journal: Journal, progress: Progress) -> None:
    """Run every job of the plan that is not done. Raises `MachineError` when a result cannot be saved."""
    for planned in plan.jobs:
        if journal.record.job(planned.id).status == "DONE":
            continue
        record = replace(journal.record.job(planned.id), status="RUNNING", started=journal.time())
        progress.job_started(journal.change_job(record))
        progress.job_finished(_run_job(planned, plan, journal, record))


def _run_job(planned: PlannedJob, plan: Plan, journal: Journal, record: JobRecord) -> JobRecord:
    start = time.monotonic()
    try:
        outcome = planned.job.run(
            plan.backend, [pub.pub for pub in planned.pubs], seed=planned.seed, pub_seeds=planned.pub_seeds
        )
    except MachineError:
        raise
    except Exception as error:  # noqa: BLE001  whatever fails in a primitive, the other jobs are run
        return journal.change_job(_failed(record, error, journal, time.monotonic() - start))
    seconds = time.monotonic() - start
    saving = _save(outcome, record, journal)
    done = _done(record, outcome, saving, finished=journal.time(), seconds=seconds)
    note_files(journal, done.result, done.metadata)
    return journal.change_job(done)


def note_files(journal: Journal, *names: str | None) -> None:
    """Note the hashes of files that were just written; they are on disk with the next change of the record."""
    files = {name: hash_file(journal.folder.path / name) for name in names if name is not None}
    journal.record = replace(journal.record, files={**journal.record.files, **files})


def _save(outcome: Outcome, record: JobRecord, journal: Journal) -> Saving:
    folder = journal.folder.path / JOBS / record.id
    with machine_errors(folder):
        make_folder(folder)
    saving = save_result(folder, outcome.result)
    journal.note("result-saved", job=record.id, file=f"{JOBS}/{record.id}/{ARRAYS}", pubs=len(saving.pub_hashes))
    return saving


def _done(record: JobRecord, outcome: Outcome, saving: Saving, *, finished: str, seconds: float) -> JobRecord:
    texts = tuple(f"metadata that JSON cannot hold is kept as text: {place}" for place in saving.kept_as_text)
    pubs = zip_longest(record.pubs, outcome.seeds, saving.pub_hashes, fillvalue=None)
    return replace(
        record,
        status="DONE",
        finished=finished,
        seconds=seconds,
        implementation=outcome.implementation,
        options=plain(outcome.options),
        notes=(*record.notes, *outcome.notes, *texts),
        pubs=tuple(_pub_done(pub, seeds, noted) for pub, seeds, noted in pubs if pub is not None),
        result=f"{JOBS}/{record.id}/{ARRAYS}",
        metadata=f"{JOBS}/{record.id}/{METADATA}",
    )


def _pub_done(pub: PubRecord, seeds: Any, result_hash: str | None) -> PubRecord:
    return replace(pub, seeds=plain(seeds or {}), result_hash=result_hash)


def _failed(record: JobRecord, error: Exception, journal: Journal, seconds: float) -> JobRecord:
    """The record of a failed job. What is not worded by qspec keeps its traceback, in the job's folder."""
    words = str(error).strip() or "no reason was given"
    if not isinstance(error, QspecError):
        words = f"{type(error).__name__}: {words}"
        name = f"{JOBS}/{record.id}/{TRACEBACK}"
        journal.folder.write(name, "".join(traceback.format_exception(error)).encode())
        note_files(journal, name)
    return replace(record, status="ERROR", finished=journal.time(), seconds=seconds, error=words)
