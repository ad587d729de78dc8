"""`qspec cancel`: ask the service to cancel the jobs of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice
    from qspec.running.cancelling import Cancelling


@options.command
@click.argument("run", metavar="RUN")
@options.runs_dir
@options.output_format("text", "json")
def command(voice: Voice, *, run: str, runs_dir: str, form: str) -> int:
    """Ask the service to cancel the jobs of a run that have not ended. RUN is as in 'qspec show'.

    Jobs that were not submitted yet will not be. 'qspec resume' then collects what there is, and ends the run. Ends
    with 1 when the service would not cancel a job.
    """
    from qspec.records.find import find_run
    from qspec.render.cancelling import cancelling_json, render_cancelling
    from qspec.running.cancelling import cancel_run

    done = cancel_run(find_run(Path(runs_dir), run))
    voice.answer(cancelling_json(done) if form == "json" else render_cancelling(done))
    return _code(done)


def _code(done: Cancelling) -> int:
    """The exit code. Raises what kept the run folder from being told, now that the jobs are cancelled."""
    if done.disk is not None:
        raise done.disk
    return int(any(each.refused for each in done.asked))
