"""`qspec cancel`: ask the service to cancel the jobs of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice


@options.command
@click.argument("run", metavar="RUN")
@options.runs_dir
def command(voice: Voice, *, run: str, runs_dir: str) -> int:
    """Ask the service to cancel the jobs of a run that have not ended. RUN is as in 'qspec show'.

    Jobs that were not submitted yet will not be. 'qspec resume' then collects what there is, and ends the run. Ends
    with 1 when the service would not cancel a job.
    """
    from qspec.records.find import find_run
    from qspec.running.cancelling import cancel_run

    asked = cancel_run(find_run(Path(runs_dir), run))
    for each in asked:
        voice.answer(f"job {each.job} ({each.job_id}): {each.refused or 'cancelled'}\n")
    if not asked:
        voice.talk("there is no job on the service to cancel")
    return int(any(each.refused for each in asked))
