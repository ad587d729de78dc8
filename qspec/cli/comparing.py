"""What `diff` and `rerun` have in common: how two runs are held against each other, and what that ends with."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from qspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qspec.cli.voice import Voice
    from qspec.comparing.runs import RunComparison
    from qspec.planning.locked import Lock
    from qspec.records.view import FinishedRun

DIFFERS = 8
_USUAL = 0.001

_LEVEL = click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=_USUAL,
    show_default=True,
    metavar="P",
    help="how probable it may be that sampling alone is called different",
)
_EXACT = click.option("--exact", is_flag=True, help="end with 8 unless everything is identical")


def judged(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how results are judged: one argument `judging` of the command."""

    @wraps(function)
    def called(*args: Any, level: float, exact: bool, **keys: Any) -> Any:
        if not keys.get("locked", True) and (exact or level != _USUAL):
            raise UsageError("--exact and --level say how results are compared with a lock: they go with --locked")
        return function(*args, judging={"level": level, "exact": exact}, **keys)

    return _LEVEL(_EXACT(called))


def say_difference(found: RunComparison, voice: Voice, *, top: int, form: str) -> int:
    """Say what came of a comparison; returns 8 where there are differences, else 0."""
    from qspec.render.comparison import comparison_data, render_comparison

    if form == "json":
        voice.put(comparison_data(found))
    elif form == "text":
        voice.answer(f"{found.before} and {found.after}\n\n{render_comparison(found, top=top, look=voice.look)}")
    return code_of(found)


def code_of(found: RunComparison) -> int:
    """What a comparison ends with: 8 where results are not as they are to be, else 0."""
    return 0 if found.accepts(found.word) else DIFFERS


def with_lock(lock: Lock | None, run: FinishedRun, judging: Mapping[str, Any]) -> RunComparison | None:
    """A run that has come to its end, held against its lock; None where there is none, or it has not ended."""
    from qspec.records.view import has_ended

    if lock is None or not has_ended(run.record):
        return None
    from qspec.comparing.locked import compare_with_lock

    return compare_with_lock(lock.record, run, name=lock.path, **judging)
