"""Where the jobs of a run stand, as text and as JSON."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from qspec.records.names import RUNS_DIR
from qspec.records.view import has_ended
from qspec.render.look import plural, visible
from qspec.render.outcomes import spoken_outcome, spoken_session
from qspec.render.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.records.record import RunRecord
    from qspec.records.view import FinishedRun
    from qspec.render.look import Look
    from qspec.running.asking import Standing

_HEADING = ("job", "job ID", "status", "queue", "QPU seconds", "note")
_RIGHT = frozenset({3, 4})
_FINAL = ("DONE", "CANCELLED", "ERROR")
UNFINISHED, UNSETTLED = 5, 4


def status_code(record: RunRecord) -> int:
    """What a look at a run ends with: the run's exit code, when it has come to its end."""
    if has_ended(record) or record.exit_code == UNSETTLED:
        return record.exit_code
    return UNFINISHED


def render_standings(run: FinishedRun, standings: Sequence[Standing], *, look: Look) -> str:
    """The standings as a table, and below it what the run as a whole is waiting for."""
    rows = [_row(standing, look) for standing in standings]
    lines = [table(_HEADING, rows, right=_RIGHT, indent=0, look=look)]
    return "".join([*lines, *(f"{line}\n" for line in _state(run, standings))])


def _row(standing: Standing, look: Look) -> tuple[str, ...]:
    part = f" part {standing.part + 1} of {standing.parts}" if standing.parts > 1 else ""
    return (
        f"{standing.job}{part}",
        standing.job_id or "",
        look.draw(visible(standing.status)),
        "" if standing.position is None else str(standing.position),
        "" if standing.usage is None else f"{standing.usage:g}",
        look.draw(visible(" ".join(standing.words.split()))),
    )


def _state(run: FinishedRun, standings: Sequence[Standing]) -> Iterator[str]:
    record = run.record
    session = spoken_session(record)
    if session:
        yield session
    said = spoken_outcome(record)
    if record.execution is not None and not has_ended(record):
        said = f"{said}; {_waiting_for(run, standings)}"
    yield f"run {record.name}/{record.run}: {said}"


def _waiting_for(run: FinishedRun, standings: Sequence[Standing]) -> str:
    refused = {(job.id, each.part) for job in run.record.jobs for each in job.submissions if each.state == "refused"}
    left = [each for each in standings if each.status not in _FINAL and (each.job, each.part) not in refused]
    sent = sum(each.job_id is not None for each in left)
    which = run.record.run if str(run.folder).startswith(f"{RUNS_DIR}/") else shlex.quote(str(run.folder))
    if not left:
        return f"all jobs have ended; qspec resume {which} collects them"
    told = [f"{plural(sent, 'job')} {'goes' if sent == 1 else 'go'} on on the service"] if sent else []
    unsent = len(left) - sent
    told += [f"{plural(unsent, 'job')} not submitted, as far as is known; qspec resume {which}"] if unsent else []
    return ", ".join(told)


def standings_data(run: FinishedRun, standings: Sequence[Standing], *, error: str = "") -> dict[str, Any]:
    """The same for JSON; `usage` in QPU seconds. With `error`, the standings are the recorded ones, and it says why."""
    record, execution = run.record, run.record.execution
    return {
        "version": 1,
        "run": record.run,
        "name": record.name,
        "folder": str(run.folder),
        "outcome": record.outcome,
        "exit_code": status_code(record),
        "dry_run": bool(execution and execution.dry_run),
        "session": {"id": execution.session_id, "closed": execution.closed}
        if execution and execution.session_id
        else None,
        "jobs": [asdict(standing) for standing in standings],
    } | ({"error": error} if error else {})
