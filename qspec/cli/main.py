"""One run of the command line, and the only place where a failure becomes a message and an exit code."""

from __future__ import annotations

import errno
import os
import shlex
import signal
import sys
from typing import TYPE_CHECKING, Any

from qspec.cli.voice import Voice, look_of, prepare_streams
from qspec.diagnostics import clipped
from qspec.errors import QspecError, SpecError, reason_of
from qspec.running.interrupts import Stopped, stopping_on_signals

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE, MACHINE, BUG, INTERRUPTED = 2, 7, 70, 130
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
        try:
            return _invoke(list(arguments), voice)
        except Stopped as stop:
            return _stop(voice, str(stop) + _help(_way_on(voice)), 128 + signal.Signals[stop.signal])
        except KeyboardInterrupt:
            return _stop(voice, "interrupted" + _help(_way_on(voice)), INTERRUPTED)


def _stop(voice: Voice, message: str, code: int) -> int:
    voice.complain(message)
    return code


def _invoke(arguments: list[str], voice: Voice) -> int:
    import click

    from qspec.cli.group import group

    try:
        return int(group.main(arguments, prog_name="qspec", standalone_mode=False, obj=voice) or 0)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        return _misused(error, voice)
    except QspecError as error:
        return _failed(error, voice)
    except OSError as error:
        if error.errno not in _MACHINE_ERRORS | _USAGE_ERRORS:
            return _bug(error, arguments, voice)
        code = USAGE if error.errno in _USAGE_ERRORS else MACHINE
        return _stop(voice, _error_text(_system_message(error)), code)
    except Exception as error:  # noqa: BLE001  the one place where a bug is caught: it is reported, not hidden
        return _bug(error, arguments, voice)


def _misused(error: Any, voice: Voice) -> int:
    """A command line that click does not understand, in our own manner."""
    message = error.format_message().rstrip(".").replace(". Did you mean", ", did you mean")
    context = getattr(error, "ctx", None)
    advice = f"see '{context.command_path} --help'" if context else ""
    return _stop(voice, _error_text(message[:1].lower() + message[1:], advice), USAGE)


def _failed(error: QspecError, voice: Voice) -> int:
    if isinstance(error, SpecError):
        from qspec.render.findings import render_findings

        look = look_of(sys.stderr)
        text = render_findings(error.findings, error.sources, checked=[error.path], look=look)
        return _stop(voice, text, error.exit_code)
    advice = "\n".join(filter(None, (error.advice, _way_on(voice))))
    return _stop(voice, _error_text(str(error), advice), error.exit_code)


def _way_on(voice: Voice) -> str:
    """How to go on with a run that was in hand when the command ended."""
    return "" if voice.in_hand is None else f"to go on: qspec resume {shlex.quote(str(voice.in_hand))}"


def _error_text(message: str, advice: str = "") -> str:
    from qspec.render.look import visible

    look = look_of(sys.stderr)
    title = look.paint("error", "red")
    return f"{title}: {look.draw(visible(' '.join(message.splitlines())))}{_help(advice)}"


def _help(advice: str) -> str:
    """The lines below a message that say what to do."""
    from qspec.render.look import visible

    look = look_of(sys.stderr)
    sign = look.paint("=", "blue")
    return "".join(f"\n  {sign} help: {look.draw(visible(line))}" for line in advice.splitlines())


def _system_message(error: OSError) -> str:
    reason = reason_of(error)
    return f"cannot use '{clipped(str(error.filename), _LONGEST_NAME)}': {reason}" if error.filename else reason


def _bug(error: Exception, arguments: list[str], voice: Voice) -> int:
    from qspec.cli.bug import without_secrets, write_report

    report = write_report(error, arguments)
    said = without_secrets(f"{type(error).__name__}: {error}".splitlines()[0], os.environ)
    return _stop(voice, _error_text(f"this is a bug in qspec: {said}; the report to send is {report}"), BUG)
