"""A failure in words and as JSON: what went wrong, what to do, and how to go on with the run that was in hand."""

from __future__ import annotations

import errno
import shlex
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qspec.cli.voice import look_of
from qspec.errors import MachineError, QspecError, RecordError, SpecError, UnfinishedError
from qspec.running.signals import Stopped

if TYPE_CHECKING:
    from qspec.cli.voice import Voice
    from qspec.records.parts import SubmissionRecord

BUG = 70
_OF_THE_DISK = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room",
    errno.EROFS: "make its folder writable",
    errno.EACCES: "make its folder writable",
    errno.EPERM: "make its folder writable",
    errno.EIO: "look at the disk's health",
}


def fail(voice: Voice, error: QspecError, *, reported: bool = False) -> int:
    """Say a failure; returns its exit code. With `reported` continuous integration is told of it by who calls."""
    if isinstance(error, SpecError):
        return _fail_by_findings(voice, error, reported=reported)
    title = "not finished" if isinstance(error, UnfinishedError) else "error"
    return say(voice, str(error), error.exit_code, advice=_advice(error, voice), title=title, reported=reported)


def say(
    voice: Voice, message: str, code: int, *, advice: str = "", title: str = "error", reported: bool = False
) -> int:
    """Say what went wrong on stderr, and where JSON is the answer, in an object on stdout; returns the exit code."""
    from qspec.render.look import visible

    look = look_of(sys.stderr)
    head = f"{look.paint(title, 'yellow' if title == 'not finished' else 'red')}: " if title else ""
    voice.complain(f"{head}{look.draw(visible(' '.join(message.splitlines())))}{_help(advice)}")
    _put(voice, {"version": 1, "error": message, "advice": advice, "exit_code": code})
    if voice.reports is not None and not reported:
        with suppress(Exception if code == BUG else OSError):  # stdout may be what failed, and a bug may be here, too
            voice.reports.failed(message, advice, waits=title == "not finished")
    return code


def stop(voice: Voice, words: str, code: int) -> int:
    """Say that the command was interrupted, and what becomes of the run in hand; returns the exit code."""
    left, cancelled = _on_the_service(voice), len(voice.cancelled)
    told = [words]
    told += (
        [f"{cancelled} {'job was' if cancelled == 1 else 'jobs were'} cancelled on the service"] if cancelled else []
    )
    told += [f"{left} {'job goes' if left == 1 else 'jobs go'} on on the service, and will be charged"] if left else []
    to_stop = f"to stop them: qspec cancel {_folder(voice)}" if left else ""
    return say(voice, "; ".join(told), code, advice="\n".join(filter(None, (to_stop, _way_on(voice)))), title="")


def interruption_behind(error: BaseException) -> KeyboardInterrupt | Stopped | None:
    """The interruption that a failure comes of: a library whose import is interrupted says that it cannot be imported."""
    passed: set[int] = set()
    seen: BaseException | None = error
    while seen is not None and id(seen) not in passed:
        if isinstance(seen, (KeyboardInterrupt, Stopped)):
            return seen
        passed.add(id(seen))  # a chain may lead back to itself
        seen = seen.__cause__ or seen.__context__
    return None


def _fail_by_findings(voice: Voice, error: SpecError, *, reported: bool) -> int:
    from qspec.render.findings import render_findings
    from qspec.render.findings_json import findings_data

    voice.complain(render_findings(error.findings, error.sources, checked=[error.path], look=look_of(sys.stderr)))
    _put(voice, {**findings_data(error.findings), "error": str(error), "exit_code": error.exit_code})
    if voice.reports is not None and not reported:
        voice.reports.wrong(error)
    return error.exit_code


def _put(voice: Voice, document: dict[str, Any]) -> None:
    """Add the object to the answer, unless that was given already."""
    if voice.form == "json" and (voice.together or not voice.answered):
        run = {} if voice.in_hand is None else {"run": str(voice.in_hand)}
        with suppress(OSError):  # stdout may be what failed
            voice.put({**document, **run, **voice.about})


def _advice(error: QspecError, voice: Voice) -> str:
    """What to do: where a run is in hand never to run again, which is paid for again, but to go on with it."""
    if isinstance(error, MachineError) and isinstance(error.__cause__, OSError):
        return _advice_on_the_disk(error, error.__cause__, voice)
    return "\n".join(filter(None, (error.advice, _way_on(voice))))


def _advice_on_the_disk(error: MachineError, cause: OSError, voice: Voice) -> str:
    """The same where the disk said no. Another folder for runs is only for who begins one."""
    first = _OF_THE_DISK.get(cause.errno or 0, "")
    if voice.in_hand is not None:
        return f"{first}, then: qspec resume {_folder(voice)}" if first else _way_on(voice)
    return error.advice if voice.begins else first


def _folder(voice: Voice) -> str:
    return shlex.quote(str(voice.in_hand))


def _way_on(voice: Voice) -> str:
    """How to go on with a run that was in hand when the command ended."""
    return "" if voice.in_hand is None else f"to go on: qspec resume {_folder(voice)}"


def _on_the_service(voice: Voice) -> int:
    """How many jobs of the run in hand go on on the service whatever happens here, by its record; none of a dry run."""
    from qspec.records.record import read_record
    from qspec.running.submissions import current

    if voice.in_hand is None:
        return 0
    with suppress(RecordError):
        record = read_record(voice.in_hand)
        if record.is_dry:
            return 0
        return sum(_goes_on(each, voice) for job in record.jobs for each in current(job))
    return 0


def _goes_on(each: SubmissionRecord, voice: Voice) -> bool:
    from qspec.running.submissions import has_ended

    sent = each.state in ("submitting", "submitted")
    return sent and not has_ended(each) and each.job_id not in voice.cancelled


def _help(advice: str) -> str:
    """The lines below a message that say what to do."""
    from qspec.render.look import visible

    look = look_of(sys.stderr)
    sign = look.paint("=", "blue")
    return "".join(f"\n  {sign} help: {look.draw(visible(line))}" for line in advice.splitlines())
