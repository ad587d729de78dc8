"""What became of a run in a few words, alike wherever it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.records.view import has_ended
from qspec.render.look import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qspec.records.parts import JobRecord
    from qspec.records.record import RunRecord

DRY_RUN = "dry run on the service's mock backend: the numbers mean nothing"


def spoken_outcome(record: RunRecord) -> str:
    """The outcome in one word, with what is to be known about it: `done (dry run)`, `interrupted here`."""
    word: str = record.outcome
    if record.execution is not None and not has_ended(record):
        word = f"{word} here" if word == "interrupted" else word
    return f"{word} (dry run)" if record.is_dry else word


def spoken_session(record: RunRecord) -> str:
    """The session or batch that the jobs ran in, and whether it is open; empty in job mode and before there is one."""
    execution = record.execution
    if execution is None or execution.session_id is None:
        return ""
    return f"{execution.mode} {execution.session_id}, {'closed' if execution.closed else 'open'}"


def spoken_expectation(expectation: Mapping[str, Any]) -> str:
    """What an expectation is about: `probabilities of counts PUB 0`."""
    job, pub = expectation.get("job") or expectation.get("circuit"), expectation.get("pub")
    return f"{expectation.get('kind')}{f' of {job}' if job else ''}{f' PUB {pub}' if pub is not None else ''}"


def spoken_request(job: JobRecord) -> Iterator[str]:
    """What was asked of a job: its program, shots or precision, and the number of its PUBs."""
    yield job.program_id
    if job.shots is not None:
        yield plural(job.shots, "shot")
    if job.precision is not None:
        yield f"precision {job.precision:g}"
    yield plural(len(job.pubs), "PUB")
