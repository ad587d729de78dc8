"""One run of the command line, and the place where what nobody else has dealt with becomes an exit code."""

from __future__ import annotations

import errno
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qspec.cli.failures import BUG, fail, interruption_behind, say, stop
from qspec.cli.voice import Voice, prepare_streams
from qspec.diagnostics import clipped
from qspec.errors import QspecError, reason_of
from qspec.running.signals import Stopped, stopping_on_signals

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE, MACHINE, INTERRUPTED = 2, 7, 130
_MACHINE_ERRORS = {
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE,
}  # fmt: skip
_USAGE_ERRORS = {errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR}
_LONGEST_NAME = 200


def main(arguments: Sequence[str], *, own_process: bool = False) -> int:
    """Run one command and return the exit code; see the table in the reference for what each means.

    `own_process` says that this process is for the command alone, which may then work in a child process.
    """
    voice = Voice(own_process=own_process)
    prepare_streams()
    with stopping_on_signals():
        code = _ended(list(arguments), voice)
        with suppress(OSError):  # stdout may be what failed
            voice.finish()
    return code


def _ended(arguments: list[str], voice: Voice) -> int:
    """How the command ended, interruptions included."""
    try:
        return _invoke(arguments, voice)
    except Stopped as signalled:
        voice.ended_by = signalled
        return stop(voice, str(signalled), 128 + signal.Signals[signalled.signal])
    except KeyboardInterrupt as interrupt:
        voice.ended_by = interrupt
        return stop(voice, "interrupted", INTERRUPTED)


def _invoke(arguments: list[str], voice: Voice) -> int:
    import click

    from qspec.cli.group import group

    try:
        code = int(group.main(arguments, prog_name="qspec", standalone_mode=False, obj=voice) or 0)
        voice.finish()
    except click.Abort as abort:
        raise interruption_behind(abort) or KeyboardInterrupt() from None
    except click.ClickException as error:
        return _misused(error, voice)
    except Exception as error:  # noqa: BLE001  the one place where a bug is caught: it is reported, not hidden
        behind = interruption_behind(error)
        if behind is not None:
            raise behind from None
        return _failed(error, arguments, voice)
    return code


def _failed(error: Exception, arguments: list[str], voice: Voice) -> int:
    if isinstance(error, QspecError):
        return fail(voice, error)
    if isinstance(error, OSError) and error.errno in _MACHINE_ERRORS | _USAGE_ERRORS:
        return say(voice, _system_message(error), USAGE if error.errno in _USAGE_ERRORS else MACHINE)
    return _bug(error, arguments, voice)


def _misused(error: Any, voice: Voice) -> int:
    """A command line that click does not understand, in our own manner."""
    message = error.format_message().rstrip(".").replace(". Did you mean", ", did you mean")
    context = getattr(error, "ctx", None)
    advice = f"see '{context.command_path} --help'" if context else ""
    return say(voice, message[:1].lower() + message[1:], USAGE, advice=advice)


def _system_message(error: OSError) -> str:
    reason = reason_of(error)
    return f"cannot use '{clipped(str(error.filename), _LONGEST_NAME)}': {reason}" if error.filename else reason


def _bug(error: Exception, arguments: list[str], voice: Voice) -> int:
    from qspec.cli.bug import without_secrets, write_report

    report = write_report(error, arguments)
    said = without_secrets(f"{type(error).__name__}: {error}".splitlines()[0], os.environ)
    return say(voice, f"this is a bug in qspec: {said}; the report to send is {report}", BUG)
