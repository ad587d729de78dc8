"""`qspec run`: from specs to results and their record."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qspec.cli import options
from qspec.cli.conducting import conducted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qspec.cli.voice import Voice
    from qspec.planning.sweeps import AnyPlan
    from qspec.reading.load import Checked
    from qspec.records.view import FinishedRun


@options.command
@options.specs
@options.overrides
@options.runs_dir
@options.permissions
@options.cached
@conducted("workers", "scheduler", "dry_run", "deadline", "cancel_on_interrupt")
@options.top
@options.output_format(*options.FOR_CI)
def command(
    voice: Voice,
    *,
    specs: tuple[str, ...],
    overrides: tuple[str, ...],
    runs_dir: str,
    allowed: Mapping[str, bool],
    cached: bool,
    how: Mapping[str, Any],
    top: int,
    form: str,
) -> int:
    """Validate and plan specs, then run them and keep a record of each. Nothing runs unless all are in order.

    A folder means all specs below it, - is standard input. Ends with 1 when a job failed or an expectation did not
    hold. Transpiled circuits are kept in a cache, so that the next run of them need not transpile: see 'qspec cache'.
    """
    from qspec.cli.driving import drive, report
    from qspec.cli.loading import check_all
    from qspec.cli.supervision import supervise

    checked = check_all(specs, overrides, allowed=allowed)
    ended = supervise(voice, cancelling=how["cancel_on_interrupt"])
    if ended is not None:
        return ended
    steps = [partial(_run, plan, voice, runs_dir, how) for plan in _planned(checked, voice, how, cached=cached)]
    return drive(steps, partial(report, voice=voice, top=top, form=form), voice)


def _planned(checked: Sequence[Checked], voice: Voice, how: Mapping[str, Any], *, cached: bool) -> list[AnyPlan]:
    """The plans, where all can be run in this way. Raises `UsageError`."""
    from qspec.cli.loading import plan_checked
    from qspec.errors import UsageError

    plans = plan_checked(checked, voice=voice, cached=cached, writes=True)
    for plan in plans:
        if how["dry_run"] and not plan.backend.remote:
            message = f"'{plan.loaded.path}' runs on this machine: --dry-run is for the service"
            raise UsageError(message, advice="qspec plan shows what would run, and runs nothing")
    return plans


def _run(plan: AnyPlan, voice: Voice, runs_dir: str, how: Mapping[str, Any]) -> FinishedRun:
    from qspec import api
    from qspec.cli.driving import driven
    from qspec.running.conduct import Conduct

    with driven(voice) as progress:
        return api.run(plan, runs_dir, progress=progress, conduct=Conduct(**how))
