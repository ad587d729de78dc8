"""`qspec resume`: bring unfinished runs to their end."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qspec.cli import options
from qspec.cli.conducting import conducted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.cli.voice import Voice
    from qspec.records.view import FinishedRun


@options.command
@click.argument("runs", metavar="[RUN]...", nargs=-1)
@options.runs_dir
@conducted("workers", "scheduler", "look_once", "retry_failed", "deadline", "cancel_on_interrupt", "trust")
@options.top
@options.output_format(*options.FOR_CI)
def command(voice: Voice, *, runs: tuple[str, ...], runs_dir: str, how: Mapping[str, Any], top: int, form: str) -> int:
    """Bring unfinished runs to their end, from their own folders alone. RUN is as in 'qspec show'.

    Jobs that are done are not run again. A run that came to its end stays as it is. Without RUN: say which are
    unfinished. Ends with the exit code of the run.
    """
    from qspec.cli.driving import drive, report
    from qspec.cli.supervision import supervise
    from qspec.records.find import find_run

    if not runs:
        return _say_unfinished(Path(runs_dir), voice)
    folders = list(dict.fromkeys(find_run(Path(runs_dir), run) for run in runs))
    ended = supervise(voice, cancelling=how["cancel_on_interrupt"]) if _has_work(folders, how) else None
    steps = [partial(_resume, folder, voice, how) for folder in folders]
    return drive(steps, partial(report, voice=voice, top=top, form=form), voice) if ended is None else ended


def _say_unfinished(runs_dir: Path, voice: Voice) -> int:
    """With nothing to do all is well; else it is for the person to say what."""
    from qspec.errors import UsageError
    from qspec.records.find import list_runs
    from qspec.running.finished import is_complete

    found = [run for run in list_runs(runs_dir) if run.record is not None and not is_complete(run.folder, run.record)]
    if found:
        shown = "\n".join(f"qspec resume {run.folder}" for run in found)
        raise UsageError(f"which run? {len(found)} in '{runs_dir}' did not come to their end", advice=shown)
    if voice.form == "json":
        voice.put({"version": 1, "runs": []})
    if voice.reports is not None:
        voice.reports.nothing()
    voice.talk(f"every run in '{runs_dir}' came to its end")
    return 0


def _has_work(folders: list[Path], how: Mapping[str, Any]) -> bool:
    """Whether there is something left to do for any of the runs."""
    from qspec.errors import RecordError
    from qspec.records.record import read_record
    from qspec.running.conduct import Conduct
    from qspec.running.finished import is_through

    def is_done(folder: Path) -> bool:
        with suppress(RecordError):  # said when its turn comes
            return is_through(folder, read_record(folder), Conduct(**how))
        return False

    return not all(map(is_done, folders))


def _resume(folder: Path, voice: Voice, how: Mapping[str, Any]) -> FinishedRun:
    from qspec.cli.driving import driven
    from qspec.records.record import read_record
    from qspec.records.view import FinishedRun, open_run
    from qspec.running.conduct import Conduct
    from qspec.running.finished import is_through

    conduct, record = Conduct(**how), read_record(folder)
    if is_through(folder, record, conduct):
        voice.talk(f"the run {folder} came to its end before; nothing was done")
        return open_run(folder)
    from qspec.running.resume import resume

    voice.take_in_hand(folder)
    with driven(voice, asks=record.execution is not None) as progress:
        return FinishedRun(resume(folder, progress, conduct), folder)
