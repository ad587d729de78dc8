"""What `run`, `submit` and `resume` have in common: several runs, one after the other, and what they end with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from qspec.cli.failures import fail, interruption_behind
from qspec.cli.progress import watching
from qspec.errors import QspecError
from qspec.records.files import disk_fails

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from qspec.cli.voice import Voice
    from qspec.comparing.runs import RunComparison
    from qspec.records.record import RunRecord
    from qspec.records.view import FinishedRun
    from qspec.running.progress import Progress

FAILED, NOTHING_SUBMITTED, UNSETTLED, UNFINISHED = 1, 3, 4, 5


def drive(steps: Sequence[Callable[[], FinishedRun]], show: Callable[[FinishedRun], int], voice: Voice) -> int:
    """Drive the runs that the steps are, and show each; returns what the command ends with.

    A run that cannot be driven to where it should go is said to be so, and the others are driven. Raises what stands in
    the way of all of them: a failing disk, an interruption, a bug.
    """
    voice.together = "runs" if len(steps) > 1 else ""
    ends = [_end(step, show, voice) for step in steps]
    return max((end[voice.submitted] for end in ends), key=_badness)


def _end(step: Callable[[], FinishedRun], show: Callable[[FinishedRun], int], voice: Voice) -> tuple[int, int]:
    """The exit code of one run: where the command has submitted nothing, and where it has.

    That nothing was submitted is said of the command as a whole.
    """
    try:
        code = show(step())
    except QspecError as error:
        if disk_fails(error) or interruption_behind(error):
            raise
        code = fail(voice, error)
        voice.take_in_hand(None)
        return code, UNFINISHED if code == NOTHING_SUBMITTED else code
    return code, FAILED if code == NOTHING_SUBMITTED else code


def _badness(code: int) -> float:
    """Exit codes in order: what is not known is worse than what is not finished."""
    return UNFINISHED + 0.5 if code == UNSETTLED else code


@contextmanager
def driven(voice: Voice, *, asks: bool = False) -> Iterator[Progress]:
    """The progress to show for one run, whose folder is in hand until the run has ended; `asks` as in `watching`."""
    voice.begins = voice.in_hand is None
    with watching(voice, asks=asks) as progress:
        yield cast("Progress", _InHand(voice, progress))
    voice.take_in_hand(None)


class _InHand:
    """A progress that also says which run a message, or an interruption, is about, and what became of its jobs."""

    def __init__(self, voice: Voice, shown: Progress) -> None:
        self._voice = voice
        self._shown = shown

    def run_created(self, record: RunRecord, folder: Path) -> None:
        self._voice.take_in_hand(folder)
        self._shown.run_created(record, folder)

    def submitted(self, job: str, job_id: str) -> None:
        self._voice.submitted = True
        self._shown.submitted(job, job_id)

    def cancelling(self, job: str, job_id: str, refused: str) -> None:
        self._voice.cancelled |= set() if refused else {job_id}
        self._shown.cancelling(job, job_id, refused)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)


def answer(
    found: FinishedRun,
    voice: Voice,
    *,
    top: int,
    form: str,
    job: str | None = None,
    comparison: RunComparison | None = None,
) -> int:
    """Show a run, or one of its jobs, and how it compares with its lock; returns its exit code."""
    from qspec.render.run import render_run, run_data

    if form == "json":
        voice.put({**run_data(found, job=job), **_compared_data(comparison)})
    else:
        voice.answer(render_run(found, job=job, top=top, verbose=voice.verbose, look=voice.look))
        if comparison is not None:
            from qspec.render.comparison import render_comparison

            voice.answer(f"\nagainst {comparison.before}\n{render_comparison(comparison, top=top, look=voice.look)}")
    return found.record.exit_code


def _compared_data(comparison: RunComparison | None) -> dict[str, Any]:
    if comparison is None:
        return {}
    from qspec.render.comparison import comparison_data

    return {"locked": comparison_data(comparison)}


def report(found: FinishedRun, voice: Voice, *, top: int, form: str, comparison: RunComparison | None = None) -> int:
    """Show a run that was driven, and tell continuous integration what became of it; returns its exit code."""
    if form in ("text", "json"):
        answer(found, voice, top=top, form=form, comparison=comparison)
    if voice.reports is not None:
        voice.reports.ran(found, top=top, compared=comparison)
    return found.record.exit_code
