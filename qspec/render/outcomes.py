"""What became of a run in a few words, alike wherever it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.records.view import has_ended

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.records.record import RunRecord

DRY_RUN = "dry run on the service's mock backend: the numbers mean nothing"


def is_dry(record: RunRecord) -> bool:
    """Whether the jobs went to the service's mock backend, which computes nothing."""
    return record.execution is not None and record.execution.dry_run


def spoken_outcome(record: RunRecord) -> str:
    """The outcome in one word, with what is to be known about it: `done (dry run)`, `interrupted here`."""
    word: str = record.outcome
    if record.execution is not None and not has_ended(record):
        word = f"{word} here" if word == "interrupted" else word
    return f"{word} (dry run)" if is_dry(record) else word


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
