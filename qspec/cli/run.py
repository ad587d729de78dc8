"""`qspec run`: from specs to results and their record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.cli import options

if TYPE_CHECKING:
    from qspec.cli.voice import Voice
    from qspec.planning.plan import Plan


@options.command
@options.specs
@options.overrides
@options.runs_dir
@options.allow_outside
@options.top
@options.output_format("text", "json")
def command(
    voice: Voice,
    *,
    specs: tuple[str, ...],
    overrides: tuple[str, ...],
    runs_dir: str,
    allow_outside: bool,
    top: int,
    form: str,
) -> int:
    """Validate and plan specs, then run them here and keep a record of each. Nothing runs unless all are in order.

    A folder means all specs below it, - is standard input. Ends with 1 when a job failed or an expectation did not
    hold.
    """
    from qspec.cli.loading import plan_all

    plans = plan_all(specs, overrides, allow_outside=allow_outside, voice=voice)
    return max(_run(plan, voice, runs_dir, top, form) for plan in plans)


def _run(plan: Plan, voice: Voice, runs_dir: str, top: int, form: str) -> int:
    from qspec import api
    from qspec.cli.progress import watching
    from qspec.render.run import render_run, run_json

    with watching(voice) as progress:
        finished = api.run(plan, runs_dir, progress=progress)
    if form == "json":
        voice.answer(run_json(finished))
    else:
        voice.answer(render_run(finished, top=top, verbose=voice.verbose, look=voice.look))
    return finished.record.exit_code
