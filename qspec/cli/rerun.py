"""`qspec rerun`: do a run again, and say whether it gave the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from qspec.cli import options
from qspec.cli.comparing import judged, say_difference
from qspec.cli.conducting import conducted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.cli.voice import Voice
    from qspec.planning.sweeps import AnyPlan
    from qspec.records.view import FinishedRun


@options.command
@click.argument("run", default="latest")
@click.option("--fresh", is_flag=True, help="build and transpile the circuits anew")
@options.overrides
@options.runs_dir
@options.cached
@conducted("workers", "scheduler", "deadline", "cancel_on_interrupt", "trust")
@judged
@options.top
@options.output_format(*options.FOR_CI)
def command(
    voice: Voice,
    *,
    run: str,
    fresh: bool,
    overrides: tuple[str, ...],
    runs_dir: str,
    cached: bool,
    how: Mapping[str, Any],
    judging: Mapping[str, Any],
    top: int,
    form: str,
) -> int:
    """Do a run again from its own folder, and say of each PUB whether it is identical, consistent or different.

    RUN is as in 'qspec show'. The spec, its input files, the seeds and the ISA circuits are those of the run; with
    --fresh, or where --set changes the spec, circuits are built and transpiled anew. Ends with 8 when results differ.
    """
    from qspec.cli.driving import drive
    from qspec.cli.supervision import supervise
    from qspec.records.find import find_run

    folder = find_run(Path(runs_dir), run)
    if (ended := supervise(voice, cancelling=how["cancel_on_interrupt"])) is not None:
        return ended
    plan = _planned(folder, voice, fresh=fresh, overrides=overrides, trust=how["trust"], cached=cached)
    compare = partial(_compared, folder, voice, judging=judging, top=top, form=form)
    return drive([partial(_run, folder, plan, voice, runs_dir, how)], compare, voice)


def _planned(
    folder: Path, voice: Voice, *, fresh: bool, overrides: tuple[str, ...], trust: bool, cached: bool
) -> AnyPlan:
    from qspec.cli.loading import warn
    from qspec.cli.progress import planning
    from qspec.planning.reuse import reusing
    from qspec.running.rerun import check_results, plan_repetition

    check_results(folder)
    reuse = reusing(cached=cached, writes=True)
    with planning(voice) as progress:
        plan = plan_repetition(folder, fresh=fresh, overrides=overrides, trust=trust, progress=progress, reuse=reuse)
    warn(plan, voice)
    return plan


def _run(folder: Path, plan: AnyPlan, voice: Voice, runs_dir: str, how: Mapping[str, Any]) -> FinishedRun:
    from qspec import api
    from qspec.cli.driving import driven
    from qspec.running.conduct import Conduct
    from qspec.running.rerun import conducted_as

    with driven(voice) as progress:
        return api.run(plan, runs_dir, progress=progress, conduct=conducted_as(folder, Conduct(**how)))


def _compared(
    folder: Path, voice: Voice, after: FinishedRun, *, judging: Mapping[str, Any], top: int, form: str
) -> int:
    """Say how the runs differ; returns the exit code of the new run where that did not come to its end, or failed."""
    from qspec.cli.driving import report
    from qspec.comparing.runs import compare_runs
    from qspec.records.view import open_run
    from qspec.render.outcomes import spoken_outcome

    if after.record.is_dry:  # the mock backend's numbers mean nothing
        voice.talk("a dry run has no results to compare")
        return report(after, voice, top=top, form=form)
    found = compare_runs(open_run(folder), after, **judging)
    code = say_difference(found, voice, top=top, form=form)
    if voice.reports is not None:
        voice.reports.ran(after, top=top, compared=found)
    if after.record.exit_code:
        voice.talk(f"the new run {spoken_outcome(after.record)}: qspec show {quote(str(after.folder))}")
    return after.record.exit_code or code
