"""`qspec lock --check`: whether specs are as they were locked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qspec.errors import QspecError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qspec.cli.voice import Voice
    from qspec.planning.locked import Lock
    from qspec.render.holding import Held


def hold(
    specs: Sequence[str], voice: Voice, allowed: Mapping[str, bool], *, cached: bool, offline: bool, form: str
) -> int:
    """Say of each spec whether it is as it was locked; returns the exit code."""
    from qspec.cli.selection import locked_among

    paths = locked_among(specs or ["."])
    voice.together = "locks" if len(paths) > 1 else ""
    if not paths:
        voice.talk(f"there is no lock below {', '.join(specs) or 'this folder'}")
    found = [_held(path, voice, allowed, cached=cached, offline=offline, form=form) for path in paths]
    if voice.reports is not None:
        voice.reports.held(found)
    return max((held.error.exit_code for held in found if held.error is not None), default=0)


def _held(path: str, voice: Voice, allowed: Mapping[str, bool], *, cached: bool, offline: bool, form: str) -> Held:
    """Hold one spec against its lock, and say what came of it to a person or a program."""
    from qspec.cli.failures import fail
    from qspec.records.locks import lock_file
    from qspec.render.holding import Held

    file = path if os.path.lexists(path) else str(lock_file(Path(path)))
    voice.about = {"spec": path, "held": False}
    try:
        if path != file:
            message = f"'{file}' is the lock of a spec that is gone: there is no '{path}'"
            raise UsageError(message, advice="a lock and its folder go where their spec goes")
        lock = _hold(path, voice, allowed, cached=cached, offline=offline)
    except QspecError as error:
        fail(voice, error, reported=True)
        return Held(path=path, file=file, error=error)
    finally:
        voice.about = {}
    if form == "json":
        voice.put({"version": 1, "spec": path, "lock": lock.path, "held": True})
    elif form == "text":
        voice.answer(f"{path}: as locked in {lock.path}\n")
    return Held(path=path, file=file)


def _hold(path: str, voice: Voice, allowed: Mapping[str, bool], *, cached: bool, offline: bool) -> Lock:
    from qspec.cli.loading import check_all, collect_garbage, runs_here
    from qspec.cli.progress import planning
    from qspec.planning.locked import hold, open_lock
    from qspec.planning.reuse import reusing
    from qspec.reading.load import loaded

    (checked,) = check_all([path], (), allowed=allowed)
    lock = open_lock(checked)
    with planning(voice, asks=not (offline or runs_here(checked))) as progress:
        how: dict[str, Any] = {"offline": offline, "progress": progress, "reuse": reusing(cached=cached, writes=False)}
        hold(loaded(checked), lock, **how)
    collect_garbage()
    return lock
