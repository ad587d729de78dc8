"""`qspec diff`: whether two runs have the same results, and why not."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from qspec.cli import options
from qspec.cli.comparing import judged, say_difference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.cli.voice import Voice
    from qspec.comparing.runs import RunComparison


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

    Runs are named as in 'qspec show'; OTHER is the latest run if it is left out. RUN may also be a lock file.
    Consistent means that they differ no more than sampling explains. Ends with 8 when they differ.
    """
    found = _compared(before, after, Path(runs_dir), judging)
    return say_difference(found, voice, top=top, form=form)


def _compared(before: str, after: str, runs_dir: Path, judging: Mapping[str, Any]) -> RunComparison:
    from qspec.comparing.locked import compare_with_lock
    from qspec.comparing.runs import compare_runs
    from qspec.errors import UnfinishedError, UsageError
    from qspec.records.find import find_run
    from qspec.records.locks import read_lock
    from qspec.records.names import LOCK_SUFFIX
    from qspec.records.view import open_run

    if after.endswith(LOCK_SUFFIX):
        raise UsageError(
            "a lock is what a run is compared with: name it first", advice=f"qspec diff {quote(after)} RUN"
        )
    second = open_run(find_run(runs_dir, after))
    if second.record.outcome == "unfinished":
        to_go_on = f"to go on: qspec resume {quote(str(second.folder))}"
        raise UnfinishedError(f"the run {second.record.run} has not come to its end", advice=to_go_on)
    if before.endswith(LOCK_SUFFIX):
        return compare_with_lock(read_lock(Path(before)), second, name=before, **judging)
    first = open_run(find_run(runs_dir, before))
    if first.folder.resolve() == second.folder.resolve():
        raise UsageError(f"both are the run {second.record.run}", advice="qspec runs lists the others")
    return compare_runs(first, second, **judging)
