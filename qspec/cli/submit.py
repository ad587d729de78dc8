"""`qspec submit`: hand the jobs of specs to the service, and do not wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.cli import options
from qspec.cli.conducting import conducted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.cli.voice import Voice
    from qspec.planning.plan import Plan


@options.command
@options.specs
@options.overrides
@options.runs_dir
@options.permissions
@conducted("dry_run")
def command(
    voice: Voice,
    *,
    specs: tuple[str, ...],
    overrides: tuple[str, ...],
    runs_dir: str,
    allowed: Mapping[str, bool],
    how: Mapping[str, Any],
) -> int:
    """Validate and plan specs, submit their jobs to the service, and end. 'qspec resume' collects the results later.

    Nothing is submitted unless all specs are in order. Ends with 5: submitted, not finished yet.
    """
    from qspec.cli.loading import plan_all

    plans = plan_all(specs, overrides, allowed=allowed, voice=voice)
    for plan in plans:
        _check_remote(plan)
    return max(_submit(plan, voice, runs_dir, how) for plan in plans)


def _check_remote(plan: Plan) -> None:
    from qspec.errors import UsageError

    if not plan.backend.remote:
        message = f"'{plan.loaded.path}' runs on this machine, where a job ends with its process"
        raise UsageError(message, advice="qspec run waits for it")


def _submit(plan: Plan, voice: Voice, runs_dir: str, how: Mapping[str, Any]) -> int:
    from qspec import api
    from qspec.cli.driving import driven
    from qspec.running.conduct import Conduct

    with driven(voice) as progress:
        submitted = api.run(plan, runs_dir, progress=progress, conduct=Conduct(wait=False, **how))
    voice.answer(f"{submitted.folder}\n")
    voice.talk(f"later: qspec status {submitted.record.run}, qspec resume {submitted.record.run}")
    return submitted.record.exit_code
