"""What the command line says: the answer on stdout, everything else on stderr."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from qspec.render.look import Look, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qspec.cli.reporting import Reports
    from qspec.cli.supervision import Line

_SIGNS = "┌─│…·█▏±×→"


@dataclass(slots=True)
class Voice:
    """Where a command writes to. `volume` is -1 with `--quiet`, 1 with `--verbose`.

    `own_process` says that this process is the command and nothing else; `in_hand` is the folder of the run that is
    being driven, None when there is none; `line` leads to the parent process, see `qspec.cli.supervision`. `begins`
    says whether the command begins a run, `submitted` whether it has given a job to the service, `cancelled` which ones
    it had cancelled there. `ended_by` is the interruption that ended the command: kept, since it is raised again if lost. `about` stands in the
    JSON of a failure, too: what it is about.

    `form` is what `--format` chose, `together` the key under which the JSON of several specs or runs stands. `reports`
    is what continuous integration reads of the command, None where the command has nothing for it.
    """

    volume: int = 0
    own_process: bool = False
    in_hand: Path | None = None
    line: Line | None = None
    begins: bool = False
    submitted: bool = False
    cancelled: set[str] = field(default_factory=set)
    form: str = "text"
    reports: Reports | None = None
    together: str = ""
    answered: bool = False
    ended_by: BaseException | None = None
    about: dict[str, Any] = field(default_factory=dict)
    kept: list[dict[str, Any]] = field(default_factory=list)

    def take_in_hand(self, folder: Path | None) -> None:
        """Say which run is being driven: messages about its end name it, and say how to go on."""
        self.in_hand = folder
        if self.line is not None:
            self.line.tell(folder)

    @property
    def look(self) -> Look:
        """How the answer may look."""
        return look_of(sys.stdout)

    @property
    def verbose(self) -> bool:
        """Whether more was asked for."""
        return self.volume > 0

    @property
    def quiet(self) -> bool:
        """Whether nothing but the answer was asked for."""
        return self.volume < 0

    def answer(self, text: str) -> None:
        """Write what was asked for. A reader that has gone away is no error."""
        self.answered = True
        _write(sys.stdout, text)

    def put(self, document: dict[str, Any]) -> None:
        """Answer with JSON: at once, or where several documents are expected, when `finish` is called."""
        self.kept.append(document)
        if not self.together:
            self.finish()

    def put_all(self, name: str, documents: Iterable[dict[str, Any]]) -> None:
        """Answer with one document alone, or with several under a name."""
        found = list(documents)
        self.together = name if len(found) > 1 else ""
        for document in found:
            self.put(document)

    def finish(self) -> None:
        """Write what is kept, as one document: JSON, or what continuous integration reads."""
        if self.kept:
            whole = {"version": 1, self.together: [*self.kept]} if self.together else self.kept[0]
            self.kept.clear()
            self.answer(json.dumps(whole, indent=2, allow_nan=False) + "\n")
        document = self.reports.finish() if self.reports else ""
        if document:
            self.answer(document)

    def talk(self, text: str) -> None:
        """Write a line beside the answer, unless quiet was asked for."""
        if not self.quiet:
            _write(sys.stderr, f"{visible(text)}\n")

    def detail(self, text: str) -> None:
        """Write a line for those who asked for more."""
        if self.verbose:
            self.talk(text)

    def complain(self, text: str) -> None:
        """Write what went wrong, quiet or not."""
        _write(sys.stderr, f"{text.rstrip()}\n")


def _write(stream: IO[str], text: str) -> None:
    """Write at once. What stderr cannot take is lost; a full disk under stdout is the caller's to know."""
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        silence(stream)
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise


def silence(stream: IO[str]) -> None:
    """Let all that is still written to a stream, now and when Python ends, go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def look_of(stream: IO[str]) -> Look:
    """How text may look on a stream: in colour only on a terminal that wants it, in ASCII if need be."""
    terminal = stream.isatty()
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Look(colour=terminal and not plain, unicode=_can_write(stream, _SIGNS), width=_width(stream))


def _can_write(stream: IO[str], text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _width(stream: IO[str]) -> int:
    if not stream.isatty():
        return Look().width
    with contextlib.suppress(ValueError, OSError):
        return int(os.environ.get("COLUMNS") or os.get_terminal_size(stream.fileno()).columns) or Look().width
    return Look().width


def prepare_streams() -> None:
    """Make stdout and stderr, which may be closed, take any text."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> IO[str]:
    return Path(os.devnull).open("w", encoding="utf-8")
