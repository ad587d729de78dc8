"""What became of cancelling a run, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from qspec.render.look import plural, visible

if TYPE_CHECKING:
    from qspec.running.cancelling import Cancelling


def render_cancelling(done: Cancelling) -> str:
    """A line for each job that was asked to be cancelled, and one for those that were never sent."""
    lines = [f"job {each.job} ({each.job_id}): {each.refused or 'cancelled'}" for each in done.asked]
    if done.unsent:
        jobs = plural(done.unsent, "job")
        lines.append(f"{jobs} not submitted yet will not be, until 'qspec resume --retry-failed'")
    if done.ended:
        session = "; its session, which was still open, was closed" if done.closed else ""
        lines.append(f"the run came to its end before: there is nothing to cancel{session}")
    elif not lines:
        lines.append("every job had ended before: there is nothing to cancel, 'qspec resume' collects them")
    return "".join(f"{visible(line)}\n" for line in lines)


def cancelling_json(done: Cancelling) -> str:
    """The same as one JSON document."""
    jobs = [asdict(each) for each in done.asked]
    document = {"version": 1, "jobs": jobs, "unsent": done.unsent, "ended": done.ended, "closed": done.closed}
    return json.dumps(document, indent=2) + "\n"
