"""Where the jobs of a run stand, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from qspec.render.look import visible
from qspec.render.table import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.records.record import RunRecord
    from qspec.render.look import Look
    from qspec.running.asking import Standing

_HEADING = ("job", "job ID", "status", "queue", "QPU seconds", "")
_RIGHT = frozenset({3, 4})


def render_standings(record: RunRecord, standings: Sequence[Standing], *, look: Look) -> str:
    """The standings as a table, and the run's state in one line."""
    rows = [_row(standing, look) for standing in standings]
    lines = [table(_HEADING, rows, right=_RIGHT, indent=0, look=look)]
    return "".join([*lines, f"run {record.name}/{record.run}: {record.outcome}\n"])


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


def standings_json(record: RunRecord, standings: Sequence[Standing]) -> str:
    """The same as one JSON document; `usage` in QPU seconds."""
    document = {
        "version": 1,
        "run": record.run,
        "name": record.name,
        "outcome": record.outcome,
        "jobs": [asdict(standing) for standing in standings],
    }
    return json.dumps(document, indent=2) + "\n"
