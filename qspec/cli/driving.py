"""What `run` and `resume` have in common: a run is in hand while it is driven, and shown when it has ended."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from qspec.cli.progress import watching

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qspec.cli.voice import Voice
    from qspec.records.record import RunRecord
    from qspec.records.view import FinishedRun
    from qspec.running.progress import Progress


@contextmanager
def driven(voice: Voice) -> Iterator[Progress]:
    """The progress to show for one run, whose folder is in hand until the run has ended."""
    with watching(voice) as progress:
        yield cast("Progress", _InHand(voice, progress))
    voice.take_in_hand(None)


class _InHand:
    """A progress that also says which run a message, or an interruption, is about."""

    def __init__(self, voice: Voice, shown: Progress) -> None:
        self._voice = voice
        self._shown = shown

    def run_created(self, record: RunRecord, folder: Path) -> None:
        self._voice.take_in_hand(folder)
        self._shown.run_created(record, folder)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown, name)


def answer(found: FinishedRun, voice: Voice, *, top: int, form: str) -> int:
    """Show a run that has ended; returns its exit code."""
    from qspec.render.run import render_run, run_json

    as_json = form == "json"
    voice.answer(run_json(found) if as_json else render_run(found, top=top, verbose=voice.verbose, look=voice.look))
    return found.record.exit_code
