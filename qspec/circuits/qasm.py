"""Circuits written in OpenQASM 2 or 3, inline or in a file; the header tells which."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from qspec.errors import SourceError
from qspec.frozen import frozen
from qspec.openqasm import names_in, scan, version_of
from qspec.registers import with_written_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit import QuantumCircuit

    from qspec.facts import CircuitFacts
    from qspec.kinds import Files

_Read = TypeVar("_Read")

_PLACE_2 = re.compile(r"<input>:(\d+),(\d+): (.*)", re.DOTALL)
_PLACE_3 = re.compile(r"(?:L(\d+):C(\d+)|(\d+),(\d+)): (.*)", re.DOTALL)
_UNSUPPORTED = ("supported", "unhandled", "cannot be resolved", "conditions must be")
_WORDS = (
    (re.compile(r"end-of-file"), "end of the text"),
    (re.compile(r"token recognition error at: ('.*')"), r"\1 cannot stand here"),
    (re.compile(r"\. Mixing modes not currently supported"), ", and they cannot be mixed"),
    (re.compile(r"Symbol ('.*') already inserted in symbol table.*"), r"\1 is already defined"),
    (
        re.compile(r"node of type (\w+)"),
        lambda match: f"a {re.sub('(?<=[a-z])(?=[A-Z])', ' ', match[1]).lower()}",
    ),
)


@frozen
class Qasm:
    """A text in OpenQASM: either `source`, inline, or `file`. Never reads any file that the text includes."""

    kind: ClassVar[str] = "qasm"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "A circuit in OpenQASM 2 or 3, inline or in a file; the header tells which.",
        "properties": {
            "source": {"type": "string", "description": "The text itself, best as a block after a bar (source: |)."},
            "file": {
                "type": "string",
                "minLength": 1,
                "description": "A file with the text. Relative to the file that says it.",
            },
        },
    }
    EXAMPLE: ClassVar[str] = """\
kind: qasm
source: |
  OPENQASM 3.0;
  include "stdgates.inc";
  qubit[2] q;
  bit[2] meas;
  h q[0];
  cx q[0], q[1];
  meas = measure q;
"""
    MISUSE: ClassVar[str] = """\
kind: qasm
text: OPENQASM 3.0; qubit[2] q;
"""

    source: str | None = None
    file: str | None = None

    def scan(self, files: Files) -> CircuitFacts:
        """What the text says at a glance, without Qiskit. Raises `SourceError` for what is certainly wrong."""
        return self._named(scan, self.text_of(files))

    def load(self, files: Files) -> QuantumCircuit:
        """The circuit, by Qiskit's own importers. Raises `SourceError` with the line and column of a mistake."""
        return self._named(_parse, self.text_of(files))

    def text_of(self, files: Files) -> str:
        """The whole text, which is all that the circuit depends on. Raises `SourceError`."""
        if self.file is None:
            return self.source or ""
        try:
            return files.read(self.file).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            message = f"byte 0x{error.object[error.start]:02x} is not UTF-8 text"
            raise SourceError(message, code="not-utf8", file=self.file, line=line, column=1) from error

    def _named(self, read: Callable[[str], _Read], text: str) -> _Read:
        try:
            return read(text)
        except SourceError as error:
            error.file = self.file or ""
            raise


def _parse(text: str) -> QuantumCircuit:
    scan(text)
    return _parse_2(text) if version_of(text) == 2 else _parse_3(text)


def _parse_2(text: str) -> QuantumCircuit:
    from qiskit import qasm2

    legacy = {
        "custom_instructions": qasm2.LEGACY_CUSTOM_INSTRUCTIONS,
        "custom_classical": qasm2.LEGACY_CUSTOM_CLASSICAL,
    }
    try:
        return qasm2.loads(text, include_path=(), **legacy)  # it knows qelib1.inc by itself, and opens no other file
    except qasm2.QASM2ParseError as error:
        with suppress(qasm2.QASM2ParseError):  # a text may define gates of its own by the names of the legacy ones
            return qasm2.loads(text, include_path=())
        match = _PLACE_2.match(error.message)
        line, column, message = match.groups() if match else (1, 0, error.message)
        raise SourceError(_plain(message), code="qasm-syntax", line=int(line), column=int(column) + 1) from error
    except Exception as error:  # the importer lets errors of the circuit library through
        raise SourceError(_plain(_words_of(error)), code="qasm-syntax", line=1, column=1) from error


def _parse_3(text: str) -> QuantumCircuit:
    import io
    from contextlib import redirect_stderr

    from qiskit import qasm3

    try:
        with redirect_stderr(io.StringIO()):  # the parser beneath prints its errors, besides raising them
            return with_written_names(qasm3.loads(text), names_in(text))
    except RecursionError as error:
        raise SourceError("the text is nested too deeply", code="qasm-too-large", line=1, column=1) from error
    except Exception as error:  # the importer lets errors of its parser and of the circuit library through
        raise _error_3(error) from error


def _error_3(error: Exception) -> SourceError:
    match = _PLACE_3.match(_words_of(error))
    if match:
        return _source_error(match[5], int(match[1] or match[3]), int(match[2] or match[4]))
    token = _unexpected_token(error)
    if token is not None:
        shown = "the text ends too early" if token.text == "<EOF>" else f"'{token.text}' cannot stand here"
        return _source_error(shown, token.line, token.column)
    node = _innermost_node(error)
    place = (node.span.start_line, node.span.start_column) if node else (1, 0)
    if isinstance(error, TypeError) and hasattr(node, "modifiers") and hasattr(node, "name"):
        return _source_error(f"gate '{node.name.name}' does not take {len(node.arguments)} parameters", *place)
    return _source_error(_words_of(error), *place)


def _source_error(message: str, line: int, column: int) -> SourceError:
    code = "qasm-unsupported" if any(word in message for word in _UNSUPPORTED) else "qasm-syntax"
    return SourceError(_plain(message), code=code, line=line, column=column + 1)


def _words_of(error: Exception) -> str:
    return str(getattr(error, "message", "") or error) or type(error).__name__


def _unexpected_token(error: Exception) -> Any:
    """The token at which the parser gave up; it is kept by the cause of the error's cause."""
    cause = error.__cause__
    inner = cause.args[0] if cause is not None and cause.args else None
    return getattr(inner, "offendingToken", None)


def _innermost_node(error: Exception) -> Any:
    """The syntax node that the importer was at when something else than itself failed; its errors have no place."""
    node, frame = None, error.__traceback__
    while frame is not None:
        found = frame.tb_frame.f_locals.get("node")
        node = found if getattr(found, "span", None) is not None else node
        frame = frame.tb_next
    return node


def _plain(message: str) -> str:
    """One line in plain words, without a capital and a full stop."""
    line = " ".join(message.split()).rstrip(".")
    for theirs, ours in _WORDS:
        line = theirs.sub(ours, line)
    return line[:1].lower() + line[1:] if line[1:2].islower() else line
