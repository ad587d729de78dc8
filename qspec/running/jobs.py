"""Jobs that run on this machine; a failing one does not stop the others, and a result is on disk before all else."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from qspec.records.files import hash_file, machine_errors, make_folder, plain
from qspec.records.names import ARRAYS, JOBS, METADATA, TRACEBACK
from qspec.records.results import save_result
from qspec.running.jobwork import WORK, Attempt, packed, work_of
from qspec.running.teams import computed
from qspec.workers.cores import worthwhile_workers
from qspec.workers.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.planning.plan import Plan, PlannedJob
    from qspec.records.parts import JobRecord, PubRecord
    from qspec.records.results import Saving
    from qspec.running.conduct import Conduct
    from qspec.running.journal import Journal
    from qspec.running.progress import Progress
    from qspec.simulation.local import Outcome


def run_jobs(plan: Plan, journal: Journal, progress: Progress, conduct: Conduct) -> None:
    """Run every job of the plan that is not done. Raises `MachineError` when a result cannot be saved."""
    left = [planned for planned in plan.jobs if journal.record.job(planned.id).status != "DONE"]
    workers, run, start = conduct.workers or 1, 0, time.monotonic()
    while left and conduct.scheduler is None and (workers == 1 or len(left) == 1):
        planned = left.pop(0)
        record = _begin(planned, journal, progress)
        _end(work_of(plan, planned).attempt(), record, journal, progress)
        run += 1
        if conduct.workers is None:  # the others will take as long as these
            workers = worthwhile_workers((time.monotonic() - start) / run * len(left), len(left))
    if left:
        _run_together(
            left, plan, journal, progress, conduct if conduct.scheduler else replace(conduct, workers=workers)
        )


def _run_together(
    left: Sequence[PlannedJob], plan: Plan, journal: Journal, progress: Progress, conduct: Conduct
) -> None:
    """Run several jobs at a time, each by one worker."""
    jobs = {planned.id: planned for planned in left}
    records: dict[str, JobRecord] = {}

    def tasks() -> Iterator[Task]:
        for planned in left:
            records[planned.id] = _begin(planned, journal, progress)
            yield Task(context=planned.id, first=0, count=1)

    def context(job: str) -> bytes:
        return packed(work_of(plan, jobs[job]))

    for done in computed(WORK, tasks(), context, conduct, items=len(left)):
        attempt: Attempt = done.result if done.error is None else Attempt(error=done.error)
        _end(attempt, records[done.context], journal, progress)


def _begin(planned: PlannedJob, journal: Journal, progress: Progress) -> JobRecord:
    record = replace(journal.record.job(planned.id), status="RUNNING", started=journal.time())
    progress.job_started(journal.change_job(record))
    return record


def _end(attempt: Attempt, record: JobRecord, journal: Journal, progress: Progress) -> None:
    """Save what came of a job, and say so."""
    if attempt.outcome is None:
        ended = _failed(record, attempt, journal)
    else:
        saving = _save(attempt.outcome, record, journal)
        ended = _done(record, attempt.outcome, saving, finished=journal.time(), seconds=attempt.seconds)
        note_files(journal, ended.result, ended.metadata)
    progress.job_finished(journal.change_job(ended))


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


def _failed(record: JobRecord, attempt: Attempt, journal: Journal) -> JobRecord:
    """The record of a failed job. What is not worded by qspec keeps its traceback, in the job's folder."""
    if attempt.traceback:
        name = f"{JOBS}/{record.id}/{TRACEBACK}"
        journal.folder.write(name, attempt.traceback.encode())
        note_files(journal, name)
    return replace(record, status="ERROR", finished=journal.time(), seconds=attempt.seconds, error=attempt.error)
