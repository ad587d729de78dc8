"""Failures, as exceptions with one root.

A mistake in a spec is not a failure: it is a finding (`qspec.diagnostics`). Each class here carries the exit
code that the command line ends with, so that the meaning of a failure is written down once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qspec.diagnostics import Diagnostic


class QspecError(Exception):
    """The root of everything that qspec raises on purpose.

    `str()` is one line in the user's words; `advice` says what to do next, and may be empty.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


def reason_of(error: OSError) -> str:
    """What the system says went wrong, as a part of a sentence: `no such file or directory`."""
    said = error.strerror or str(error) or "no reason given"
    return said[:1].lower() + said[1:]


class SpecError(QspecError):
    """The spec is wrong; nothing was submitted.

    `findings` holds every finding, located and sorted; `sources` the texts that they point into, by path; `path`
    is the spec's own.
    """

    exit_code = 2

    def __init__(self, findings: Sequence[Diagnostic], *, sources: Mapping[str, str], path: str) -> None:
        errors = [finding for finding in findings if finding.severity == "error"]
        first = errors[0] if errors else None
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first.place}: {first.message}{more}" if first else "the spec is wrong")
        self.findings = tuple(findings)
        self.sources = sources
        self.path = path


class TrustError(SpecError):
    """Nothing is wrong with the spec but that it would run code, and nobody said that they trust it."""

    exit_code = 6


def spec_error(findings: Sequence[Diagnostic], *, sources: Mapping[str, str], path: str) -> SpecError:
    """The failure that findings are, one of which is an error: `TrustError` where trust is all that is missing."""
    untrusted = all(finding.code == "untrusted" for finding in findings if finding.severity == "error")
    return (TrustError if untrusted else SpecError)(findings, sources=sources, path=path)


class UsageError(QspecError):
    """The command line, or a call of the Python API, asks for something that cannot be."""

    exit_code = 2


class BackendError(UsageError):
    """What a spec asks of a backend cannot be had; `key` is the key below `backend` that asks for it."""

    def __init__(self, message: str, *, key: str, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.key = key


class ServiceError(QspecError):
    """The service or the network said no. Raised from a run, nothing was submitted."""

    exit_code = 3


class UnsettledError(QspecError):
    """Whether a job was submitted is not known: the answer was lost, and the service does not say. Resume settles it."""

    exit_code = 4


class UnfinishedError(QspecError):
    """Jobs were submitted and have not ended, or cannot be asked about now. Resume goes on with them."""

    exit_code = 5


class RefusedError(QspecError):
    """Refused for want of trust, or because a limit of the spec would be passed."""

    exit_code = 6


class MachineError(QspecError):
    """This machine stands in the way: disk full, folder not writable, run driven by another process."""

    exit_code = 7


class DriftError(QspecError):
    """What is to be as a lock says it is not."""

    exit_code = 8


class JobError(QspecError):
    """A job could not be run to its end; the run records it and goes on with the others."""


class RecordError(QspecError):
    """A run folder, or a file in it, is missing, damaged or of an unknown format version."""

    exit_code = 2


class SourceError(QspecError):
    """A circuit's text, inline or in a file, or a file of values or observables cannot be used.

    `code` is the code of the finding that it becomes; `file` the root-relative file that it is about, empty for
    text that stands in the spec; `line` and `column` count from 1 in that text, 0 where they are not known. `keys`
    leads, below the circuit or value, to what is wrong when that is not a text but a key beside it; `on_key` says
    that the key itself is wrong, not its value.
    """

    exit_code = 2

    def __init__(  # noqa: PLR0913  a mistake in a text has that many sides
        self,
        message: str,
        *,
        code: str,
        file: str = "",
        line: int = 0,
        column: int = 0,
        keys: tuple[str, ...] = (),
        on_key: bool = False,
        advice: str = "",
    ) -> None:
        super().__init__(message, advice=advice)
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.keys = keys
        self.on_key = on_key
