"""A run is driven by a child process, so that a signal is answered whatever is being done.

Aer holds Python's lock while it simulates, and Python loses an interruption that comes while it cleans up, at times
without a word: the process that works may not answer. Its parent has imported nothing heavy and only waits. It passes
signals on until they are heeded, ends a child that does not answer, and then writes the interruption into the record
itself. A child never outlives its parent.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import weakref
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from qspec.errors import MachineError, QspecError
from qspec.running.lock import name_driver
from qspec.running.signals import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from qspec.cli.voice import Voice

GRACE = 1.0
"""Seconds that a child has for its last words."""
GRACE_TO_CANCEL = 15.0
"""The same where it asks the service to cancel jobs, which it gives up after some ten seconds by itself."""
_STEP = 0.005
_AGAIN = 0.2
_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG
_SHOW_CURSOR = "\r\x1b[2K\x1b[?25h"


class Line:
    """What parent and child tell each other, through memory that they share: a signal one way, a run folder the other."""

    _SIZE = 8192

    def __init__(self) -> None:
        import mmap

        self._memory = mmap.mmap(-1, self._SIZE)

    def tell(self, folder: Path | None) -> None:
        """Tell the parent which run is being driven; None when there is none."""
        text = b"" if folder is None else os.fsencode(folder)
        self._memory[1:3] = b"\0\0"
        if len(text) <= self._SIZE - 3:
            self._memory[3 : 3 + len(text)] = text
            self._memory[1:3] = len(text).to_bytes(2, "big")

    @property
    def folder(self) -> Path | None:
        """The run that the child drives."""
        length = int.from_bytes(self._memory[1:3], "big")
        return Path(os.fsdecode(self._memory[3 : 3 + length])) if length else None

    @property
    def signal(self) -> int:
        """The signal that the parent passes on."""
        return self._memory[0]

    @signal.setter
    def signal(self, number: int) -> None:
        self._memory[0] = number


def supervise(voice: Voice, *, cancelling: bool = False) -> int | None:
    """Fork. The child gets None and does the work; the parent gets the exit code of the child, when it has ended.

    `cancelling` says that an interruption cancels the jobs that the run in hand has on a service. Without `fork`, and
    where qspec is only called from another program, there is no child, and None comes back at once. Raises in the
    parent what a signal raises, and `MachineError` when the child was killed or gave up.
    """
    if not voice.own_process or not hasattr(os, "fork"):
        return None
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # who started qspec may have chosen not to wait for children
    voice.line = Line()
    parent = os.getpid()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _numbers())
    try:
        child = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    if child:
        return _watch(child, voice, voice.line, before, cancelling=cancelling)
    _become_child(voice.line, parent)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return None


def _numbers() -> set[signal.Signals]:
    return {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def _signals_held() -> Iterator[None]:
    """No signal is delivered within the block; those that came are delivered at its end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _numbers())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _become_child(line: Line, parent: int) -> None:
    """Die with the parent, and answer to it alone: the terminal sends its signals to both."""
    _die_with(parent)
    name_driver(parent)
    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _pass)

    signal.signal(signal.SIGUSR1, partial(_heed, line, _Stop()))


class _Stop:
    """What a signal has raised in the child, as long as that is on its way up or being dealt with."""

    def __init__(self) -> None:
        self.under_way: Callable[[], BaseException | None] = lambda: None


class _Interrupted(KeyboardInterrupt):
    """Unlike its parent class, it can be referred to without being kept."""


def _heed(line: Line, stop: _Stop, _number: int, _frame: FrameType | None) -> None:
    """Raise what the parent passes on, unless that was raised before and was not lost. The parent sends it repeatedly."""
    if stop.under_way() is not None:
        return
    error = _Interrupted() if line.signal == signal.SIGINT else Stopped(line.signal)
    stop.under_way = weakref.ref(error)
    try:
        raise error
    finally:
        del error  # an exception that is known in its own traceback lives on after it was lost


def _pass(_number: int, _frame: FrameType | None) -> None:
    """Leave a signal to the parent. Unlike SIG_IGN, this is not passed on to programs that the child starts."""


def _die_with(parent: int) -> None:
    """End this process at once when its parent is gone, whatever ended that."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    else:
        _watch_parent(parent)
    if os.getppid() != parent:  # it died before this process could ask to be told
        os._exit(128 + signal.SIGKILL)


def _watch_parent(parent: int) -> None:
    """Where the system does not tell: look for the parent, between two simulations."""
    import threading

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=look, daemon=True).start()


def _watch(child: int, voice: Voice, line: Line, mask: set[Any], *, cancelling: bool) -> int:
    """Wait for the child. No signal is delivered before this does, which is ready for it; from then on the `mask` is that
    from before the fork.
    """
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        status = os.waitpid(child, 0)[1]
    except (KeyboardInterrupt, Stopped) as stop:
        return _end(child, voice, line, stop, cancelling=cancelling)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else _given_up(-code, voice, line)


def _end(child: int, voice: Voice, line: Line, stop: KeyboardInterrupt | Stopped, *, cancelling: bool) -> int:
    """Give the child the time for its last words, and no more. Raises `stop` where it had none."""
    line.signal = signal.SIGINT if isinstance(stop, KeyboardInterrupt) else signal.Signals[stop.signal]
    status = None
    with suppress(KeyboardInterrupt, Stopped):  # who asks twice wants it at once
        status = _ask(child, GRACE_TO_CANCEL if cancelling and _on_a_service(line.folder) else GRACE)
    if status is not None and os.waitstatus_to_exitcode(status) >= 0:
        return os.waitstatus_to_exitcode(status)
    with _signals_held():
        if status is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        said = "interrupted from the keyboard" if isinstance(stop, KeyboardInterrupt) else str(stop)
        _record(said, voice, line)
    raise stop


def _on_a_service(folder: Path | None) -> bool:
    """Whether the run in a folder has its jobs on a service."""
    from qspec.records.record import read_record

    with suppress(QspecError):
        return folder is not None and read_record(folder).execution is not None
    return False


def _ask(child: int, seconds: float) -> int | None:
    """Ask a child to end, again and again; its status where it does so within so many seconds, else None."""
    began = time.monotonic()
    asked = 0
    while (passed := time.monotonic() - began) < seconds:
        if passed >= asked * _AGAIN:
            os.kill(child, signal.SIGUSR1)
            asked += 1
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(_STEP)
    return None


def _given_up(number: int, voice: Voice, line: Line) -> NoReturn:
    """The child ended without a word: a simulator that aborts, or a system that wants its memory back."""
    name = signal.Signals(number).name
    said = f"the process that {'drove the run' if _on_a_service(line.folder) else 'simulated'} was ended by {name}"
    _record(said, voice, line)
    advice = "perhaps there was not enough memory" if number == signal.SIGKILL else "the simulator may have given up"
    raise MachineError(said, advice=advice)


def _record(said: str, voice: Voice, line: Line) -> None:
    """Write the interruption into the record of the run that the child drove, and put the terminal in order."""
    if sys.stderr.isatty():
        sys.stderr.write(_SHOW_CURSOR)
    voice.in_hand = line.folder
    if voice.in_hand is not None:
        from qspec.running.interrupts import interrupt_from_outside

        with suppress(QspecError, OSError):  # run.json still says 'unfinished' then
            interrupt_from_outside(voice.in_hand, said)
