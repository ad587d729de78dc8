"""`qspec status`: where the jobs of a run stand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qspec.cli import options
from qspec.render.look import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.cli.voice import Voice
    from qspec.records.view import FinishedRun
    from qspec.running.asking import Standing


@options.command
@click.argument("run", metavar="RUN")
@click.option("--offline", is_flag=True, help="say what is recorded, and do not ask the service")
@options.runs_dir
@options.output_format("text", "json")
def command(voice: Voice, *, run: str, offline: bool, runs_dir: str, form: str) -> int:
    """Say where the jobs of a run stand: what is recorded, and for jobs on the service that have not ended what it says.

    RUN is as in 'qspec show'. Nothing is written, so it can be asked while another process drives the run. Ends with
    the exit code of the run: 5 while it has not come to its end.
    """
    from qspec.records.find import find_run
    from qspec.records.view import open_run
    from qspec.render.status import status_code

    found = open_run(find_run(Path(runs_dir), run))
    standings, error = _ask(found, voice, offline=offline)
    _answer(found, standings, voice, form=form, error=error)
    return status_code(found.record)


def _answer(run: FinishedRun, standings: Sequence[Standing], voice: Voice, *, form: str, error: str) -> None:
    from qspec.render.status import render_standings, standings_data

    if form == "json":
        voice.put(standings_data(run, standings, error=error))
    else:
        voice.answer(render_standings(run, standings, look=voice.look))


def _ask(run: FinishedRun, voice: Voice, *, offline: bool) -> tuple[Sequence[Standing], str]:
    """Where the jobs stand, and why that is only what is recorded, where the service could not be asked."""
    from qspec.errors import ServiceError
    from qspec.running.asking import recorded_standings, standings_of

    try:
        return standings_of(run.folder, run.record, offline=offline), ""
    except ServiceError as error:
        voice.complain(f"the service could not be asked, this is what is recorded: {visible(str(error))}")
        return recorded_standings(run.record), str(error)
