"""`qspec diff`: whether two runs have the same results, and why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qspec.cli import options
from qspec.cli.comparing import judged, say_difference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.cli.voice import Voice


@options.command
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="[OTHER]", default="latest")
@judged
@options.top
@options.runs_dir
@options.output_format("text", "json")
def command(
    voice: Voice, *, before: str, after: str, judging: Mapping[str, Any], top: int, runs_dir: str, form: str
) -> int:
    """Say of each PUB of two runs whether it is identical, consistent or different, and what the runs differ in.

    Runs are named as in 'qspec show'; OTHER is the latest run if it is left out. Consistent means that they differ no
    more than sampling explains. Ends with 8 when they differ.
    """
    from qspec.records.find import find_run
    from qspec.records.view import open_run

    first, second = (open_run(find_run(Path(runs_dir), run)) for run in (before, after))
    return say_difference(first, second, voice, judging=judging, top=top, form=form)
