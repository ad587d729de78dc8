"""Lists of recorded runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qspec.records.swept import BACKEND_PLACES
from qspec.render.look import Look, columns
from qspec.render.table import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.records.find import ListedRun

_HEADING = ("run", "name", "created (UTC)", "backend", "outcome")
_KEPT = (0, 1, 2, 3, 4), (0, 1, 3, 4), (0, 1, 4)  # in a narrow place the time goes first: the run's id has it, too


def render_runs(runs: Sequence[ListedRun], form: str, look: Look) -> str:
    """The runs, oldest first, as a table (`text`) or a list (`json`). A damaged run is listed as damaged."""
    if form == "json":
        return json.dumps([run_data(run) for run in runs], indent=2) + "\n"
    if not runs:
        return ""
    rows = [_HEADING, *(_row(run_data(run)) for run in runs)]
    for kept in _KEPT:
        heading, *entries = ([row[number] for number in kept] for row in rows)
        text = table(heading, entries, look=look)
        if max(map(columns, text.splitlines())) <= look.width:
            break
    return text


def run_data(run: ListedRun) -> dict[str, Any]:
    """One run in short. What is not known of a damaged one is null, and `problem` says why."""
    record = run.record
    return {
        "run": run.folder.name,
        "name": run.folder.parent.name,
        "folder": str(run.folder),
        "created": record.created if record else None,
        "finished": record.finished if record else None,
        "backend": f"{record.backend.kind} {record.backend.name}" if record else None,
        "more_backends": record.sweep is not None and record.sweep.varies(*BACKEND_PLACES) if record else None,
        "outcome": record.outcome if record else "damaged",
        "dry_run": record.is_dry if record else None,
        "content_hash": record.content_hash if record else None,
        "problem": run.problem,
    }


def _row(run: dict[str, Any]) -> tuple[str, ...]:
    created = (run["created"] or "").replace("T", " ").partition(".")[0]
    outcome = f"{run['outcome']} (dry run)" if run["dry_run"] else run["outcome"]
    more = " and others" if run["more_backends"] else ""
    return (run["run"], run["name"], created, _backend(run["backend"] or "") + more, outcome)


def _backend(text: str) -> str:
    """`fake_torino` rather than `fake fake_torino`."""
    kind, _, name = text.partition(" ")
    return name if name.startswith(kind) else text
