"""Circuits in Qiskit's own file format, QPY: one of those that a file holds."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.diagnostics import suggestion
from qspec.errors import SourceError
from qspec.facts import CircuitFacts
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit

    from qspec.kinds import Files

OLDEST_VERSION = 13  # older files carry symbolic expressions as text that is evaluated, which was a way in
LARGEST = 64 << 20
MOST_BITS = 100_000
# https://quantum.cloud.ibm.com/docs/api/qiskit/qpy: FILE_HEADER of version 10 with the type of the first program
# (from version 16 a table of offsets stands between the two), and the HEADER of a circuit since version 12
_HEADER = struct.Struct("!6sBBBBQc")
_OFFSET_TABLE_SINCE = 16
_CIRCUIT = struct.Struct("!H1cHIIQIQI")


@frozen
class Qpy:
    """A circuit of a QPY file, by its place in the file (`index`, from 0) or by its `name`; the first by default."""

    kind: ClassVar[str] = "qpy"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "A circuit of a QPY file, Qiskit's own format, as qiskit.qpy.dump writes it. Version 13 or later.",
        "properties": {
            "file": {
                "type": "string",
                "minLength": 1,
                "description": "The QPY file. Relative to the file that says it.",
            },
            "index": {
                "type": "integer",
                "minimum": 0,
                "description": "Which circuit of the file, counted from 0. Default 0.",
            },
            "name": {"type": "string", "description": "Which circuit of the file, by its name; instead of 'index'."},
        },
        "required": ["file"],
    }
    EXAMPLE: ClassVar[str] = """\
kind: qpy
file: bell.qpy
index: 0
"""
    MISUSE: ClassVar[str] = """\
kind: qpy
file: bell.qpy
index: first
"""

    file: str
    index: int | None = None
    name: str | None = None

    def scan(self, files: Files) -> CircuitFacts:
        """What the headers say: the number of qubits, if any. Raises `SourceError` (qpy-version, qpy-damaged)."""
        widths = _check_headers(files.read(self.file), self.file)
        known = self.name is None and (self.index or 0) < len(widths)
        return CircuitFacts(num_qubits=widths[self.index or 0] if known else None)

    def load(self, files: Files) -> QuantumCircuit:
        """The circuit. Raises `SourceError`: qpy-version, qpy-damaged, qpy-circuit."""
        content = files.read(self.file)
        _check_headers(content, self.file)
        return self._chosen(_read(content, self.file)).copy()

    def _chosen(self, circuits: Sequence[QuantumCircuit]) -> QuantumCircuit:
        if self.name is None:
            return self._at(circuits, self.index or 0)
        named = [circuit for circuit in circuits if circuit.name == self.name]
        if len(named) == 1:
            return named[0]
        names = [circuit.name for circuit in circuits]
        found = f"{len(named)} circuits called" if named else "no circuit called"
        advice = "choose by 'index'" if named else suggestion(self.name, names) or f"there are {', '.join(names[:20])}"
        message = f"'{self.file}' holds {found} '{self.name}'"
        raise SourceError(message, code="qpy-circuit", file=self.file, keys=("name",), advice=advice)

    def _at(self, circuits: Sequence[QuantumCircuit], index: int) -> QuantumCircuit:
        if index < len(circuits):
            return circuits[index]
        noun = "circuit" if len(circuits) == 1 else "circuits"
        message = f"'{self.file}' holds {len(circuits)} {noun}, and there is none at index {index}"
        raise SourceError(message, code="qpy-circuit", file=self.file, keys=("index",), advice="the first has index 0")


@lru_cache(maxsize=4)  # a spec may take thousands of circuits from one file
def _check_headers(content: bytes, file: str) -> list[int]:
    """The widths of the circuits, as far as headers tell. A damaged number would let the reader take all memory."""
    if len(content) < _HEADER.size or not content.startswith(b"QISKIT"):
        raise SourceError(f"'{file}' is not a QPY file", code="qpy-damaged", file=file)
    if len(content) > LARGEST:
        message = f"'{file}' has {len(content):,} bytes, and at most {LARGEST >> 20} MiB are read"
        raise SourceError(message, code="file-too-large", file=file)
    _, version, _, _, _, programs, _ = _HEADER.unpack_from(content)
    if version < OLDEST_VERSION:
        raise SourceError(
            f"'{file}' is QPY version {version}, and versions below {OLDEST_VERSION} are refused",
            code="qpy-version",
            file=file,
            advice="read it with the Qiskit that wrote it, and write it again with Qiskit 1.3 or later",
        )
    try:
        return [_width(content, start) for start in _starts(content, version, programs)]
    except (struct.error, OverflowError) as error:
        raise SourceError(f"'{file}' is damaged: it ends too early", code="qpy-damaged", file=file) from error
    except ValueError as error:
        raise SourceError(f"'{file}' {error}", code="qpy-damaged", file=file) from error


def _starts(content: bytes, version: int, programs: int) -> Sequence[int]:
    """Where the circuits begin; before version 16 only the first one's place is known."""
    if version < _OFFSET_TABLE_SINCE:
        return (_HEADER.size + 1,) if programs else ()
    if programs > len(content) // _CIRCUIT.size:
        raise ValueError(f"is damaged: it claims to hold {programs:,} circuits")
    return struct.unpack_from(f"!{programs}Q", content, _HEADER.size + 1)


def _width(content: bytes, start: int) -> int:
    _, _, _, num_qubits, num_clbits, _, _, num_instructions, _ = _CIRCUIT.unpack_from(content, start)
    if max(num_qubits, num_clbits) > MOST_BITS:
        raise ValueError(f"holds a circuit of {num_qubits:,} qubits and {num_clbits:,} bits, beyond {MOST_BITS:,}")
    if num_instructions > len(content):
        raise ValueError(f"is damaged: it claims to hold {num_instructions:,} instructions")
    return int(num_qubits)


@lru_cache(maxsize=4)
def _read(content: bytes, file: str) -> Sequence[QuantumCircuit]:
    """All circuits of a file, for all that ask for them."""
    import io
    import warnings

    from qiskit import QuantumCircuit, qpy

    newest = qpy.common.QPY_VERSION
    if content[6] > newest:
        message = f"'{file}' is QPY version {content[6]}, and the installed Qiskit reads up to {newest}"
        raise SourceError(message, code="qpy-version", file=file, advice="upgrade Qiskit, or write the file for it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that another release of Qiskit wrote the file changes nothing here
            circuits: Sequence[QuantumCircuit] = qpy.load(io.BytesIO(content))
    except BaseException as error:  # a damaged file fails in any way, and in Rust with an error beyond Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        raise SourceError(f"'{file}' is damaged: {_reason(error)}", code="qpy-damaged", file=file) from error
    if not all(isinstance(circuit, QuantumCircuit) for circuit in circuits):
        raise SourceError(f"'{file}' holds something else than circuits", code="qpy-damaged", file=file)
    return circuits


def _reason(error: BaseException) -> str:
    lines = str(getattr(error, "message", "") or error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
