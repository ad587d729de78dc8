"""`qspec runs`: the recorded runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice


@options.command
@click.argument("name", required=False)
@options.runs_dir
@options.output_format("text", "json")
def command(voice: Voice, *, name: str | None, runs_dir: str, form: str) -> None:
    """List the recorded runs, or those of the spec called NAME; the latest stands last."""
    from qspec.records.find import list_runs
    from qspec.render.records import render_runs

    runs = list_runs(Path(runs_dir), name)
    voice.answer(render_runs(runs, form, voice.look))
    for problem in filter(None, (run.problem for run in runs)):
        voice.complain(f"damaged: {problem}")
    if not runs:
        voice.talk(f"there is no run{f' of {name!r}' if name else ''} in '{runs_dir}' yet")
