"""`qspec submit`: hand the jobs of specs to the service, and do not wait for them."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING, Any

from qspec.cli import options
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
@conducted("dry_run")
@options.output_format("text", "json")
def command(
    voice: Voice,
    *,
    specs: tuple[str, ...],
    overrides: tuple[str, ...],
    runs_dir: str,
    allowed: Mapping[str, bool],
    cached: bool,
    locked: bool,
    how: Mapping[str, Any],
    form: str,
) -> int:
    """Validate and plan specs, submit their jobs to the service, and end. 'qspec resume' collects the results later.

    Nothing is submitted unless all specs are in order. The answer is the run folder of each. Ends with 5: submitted,
    not finished yet. What comes of circuits that were --locked is compared by 'qspec diff LOCK RUN'.
    """
    from qspec.cli.driving import drive
    from qspec.cli.loading import check_all, locks_of
    from qspec.cli.supervision import supervise

    checked = check_all(specs, overrides, allowed=allowed)
    locks = locks_of(checked, locked=locked)
    if (ended := supervise(voice)) is not None:
        return ended
    steps = [partial(_submit, plan, voice, runs_dir, how) for plan in _planned(checked, voice, locks, cached=cached)]
    return drive(steps, partial(_answer, voice=voice, runs_dir=runs_dir, form=form), voice)


def _planned(checked: Sequence[Checked], voice: Voice, locks: Mapping[str, Lock], *, cached: bool) -> list[AnyPlan]:
    """The plans, all of which are for the service. Raises `UsageError`."""
    from qspec.cli.loading import plan_checked
    from qspec.errors import UsageError

    plans = plan_checked(checked, voice=voice, cached=cached, writes=True, locks=locks)
    for plan in plans:
        if not plan.backend.remote:
            message = f"'{plan.loaded.path}' runs on this machine, where a job ends with its process"
            raise UsageError(message, advice="qspec run waits for it")
    return plans


def _submit(plan: AnyPlan, voice: Voice, runs_dir: str, how: Mapping[str, Any]) -> FinishedRun:
    from qspec import api
    from qspec.cli.driving import driven
    from qspec.running.conduct import Conduct

    with driven(voice) as progress:
        return api.run(plan, runs_dir, progress=progress, conduct=Conduct(wait=False, **how))


def _answer(submitted: FinishedRun, voice: Voice, runs_dir: str, form: str) -> int:
    """Give the run folder, and say how to go on from any other process."""
    from qspec.records.names import RUNS_DIR
    from qspec.records.view import has_ended
    from qspec.render.status import standings_data
    from qspec.running.asking import recorded_standings

    record = submitted.record
    if form == "json":
        voice.put(standings_data(submitted, recorded_standings(record)))
    else:
        voice.answer(f"{submitted.folder}\n")
    run = record.run if runs_dir == RUNS_DIR else shlex.quote(str(submitted.folder))
    ended = f"the run came to its end: qspec show {run}"
    voice.talk(ended if has_ended(record) else f"later: qspec status {run}, qspec resume {run}")
    return record.exit_code
