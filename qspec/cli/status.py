"""`qspec status`: where the jobs of a run stand."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice


@options.command
@click.argument("run", metavar="RUN")
@click.option("--offline", is_flag=True, help="say what is recorded, and do not ask the service")
@options.runs_dir
@options.output_format("text", "json")
def command(voice: Voice, *, run: str, offline: bool, runs_dir: str, form: str) -> int:
    """Say where the jobs of a run stand: what is recorded, and for jobs on the service that have not ended what it says.

    RUN is as in 'qspec show'. Nothing is written, so it can be asked while another process drives the run. Ends with
    the exit code of the run: 5 while it is not finished.
    """
    from qspec.records.find import find_run
    from qspec.records.view import open_run
    from qspec.render.status import render_standings, standings_json
    from qspec.running.asking import standings_of

    found = open_run(find_run(Path(runs_dir), run))
    standings = standings_of(found.folder, found.record, offline=offline)
    as_text = partial(render_standings, look=voice.look)
    voice.answer((standings_json if form == "json" else as_text)(found.record, standings))
    return found.record.exit_code
