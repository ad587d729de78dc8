"""`qspec run`: from specs to results and their record."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qspec.cli import options
from qspec.cli.comparing import judged
from qspec.cli.conducting import conducted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qspec.cli.voice import Voice
    from qspec.planning.locked import Lock
    from qspec.planning.sweeps import AnyPlan
    from qspec.reading.load import Checked
    from qspec.records.view import FinishedRun


@options.command
@options.specs
@options.overrides
@options.runs_dir
@options.permissions
@options.cached
@options.locked
@judged
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
    locked: bool,
    judging: Mapping[str, Any],
    how: Mapping[str, Any],
    top: int,
    form: str,
) -> int:
    """Validate and plan specs, then run them and keep a record of each. Nothing runs unless all are in order.

    A folder means all specs below it, - is standard input. Ends with 1 when a job failed or an expectation did not
    hold. Transpiled circuits are kept in a cache, so that the next run of them need not transpile: see 'qspec cache'.
    With --locked the ISA circuits are those of the lock beside each spec, and the results are compared with it: ends with
    8 when spec or input files are others than those that were locked, or the results differ.
    """
    from qspec.cli.driving import drive
    from qspec.cli.loading import check_all, locks_of
    from qspec.cli.supervision import supervise

    checked = check_all(specs, overrides, allowed=allowed)
    locks = locks_of(checked, locked=locked)
    if (ended := supervise(voice, cancelling=how["cancel_on_interrupt"])) is not None:
        return ended
    steps = [partial(_run, plan, voice, runs_dir, how) for plan in _planned(checked, voice, how, locks, cached=cached)]
    return drive(steps, partial(_report, locks, judging, voice=voice, top=top, form=form), voice)


def _report(
    locks: Mapping[str, Lock], judging: Mapping[str, Any], found: FinishedRun, *, voice: Voice, top: int, form: str
) -> int:
    """Show a run, and whether it gave what its lock says where it was to; returns what the command ends with."""
    from qspec.cli.comparing import code_of, with_lock
    from qspec.cli.driving import report

    comparison = with_lock(locks.get(found.record.spec.path), found, judging)
    code = report(found, voice, top=top, form=form, comparison=comparison)
    return code or (0 if comparison is None else code_of(comparison))


def _planned(
    checked: Sequence[Checked], voice: Voice, how: Mapping[str, Any], locks: Mapping[str, Lock], *, cached: bool
) -> list[AnyPlan]:
    """The plans, where all can be run in this way. Raises `UsageError`."""
    from qspec.cli.loading import plan_checked
    from qspec.errors import UsageError

    if how["dry_run"] and locks:
        raise UsageError("--locked compares results, and --dry-run gives none", advice="leave one of them out")
    plans = plan_checked(checked, voice=voice, cached=cached, writes=True, locks=locks)
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
