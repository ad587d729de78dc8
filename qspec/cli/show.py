"""`qspec show`: what a run recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice
    from qspec.records.view import FinishedRun


@options.command
@click.argument("run", default="latest")
@click.option("--job", metavar="ID", help="show one job only")
@click.option("--point", metavar="POINT", help="show one point of a sweep, by its number or its id")
@options.top
@options.runs_dir
@options.output_format("text", "json")
def command(voice: Voice, *, run: str, job: str | None, point: str | None, top: int, runs_dir: str, form: str) -> int:
    """Show what a run recorded. RUN is its folder, its id or the beginning of it, a spec's name, or 'latest'.

    Ends with 1 when files of the run are missing or were changed since.
    """
    from qspec.cli.driving import answer
    from qspec.records.find import find_run
    from qspec.records.view import open_run

    found = open_run(find_run(Path(runs_dir), run))
    damaged = _complain(voice, found)
    shown = found if point is None else found.point(point)
    answer(shown, voice, top=top, form=form, job=job)
    return int(damaged)


def _complain(voice: Voice, found: FinishedRun) -> bool:
    """Name what is damaged on stderr, even when told to be quiet; whether there was anything. The rest can be shown."""
    from qspec.render.look import visible

    damage = found.damage()
    for problem in damage:
        voice.complain(f"damaged: {visible(problem)}")
    if damage and found.points is not None:
        found.points.leave_out_damaged = True
    return bool(damage)
