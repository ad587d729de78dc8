"""Circuits from Qiskit's circuit library, by the name of the function that makes them."""

from __future__ import annotations

import math
import re
from dataclasses import field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.diagnostics import suggestion
from qspec.errors import SourceError
from qspec.facts import CircuitFacts
from qspec.frozen import frozen
from qspec.signatures import Signature, find_function, function_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qiskit import QuantumCircuit

    from qspec.kinds import Files

LARGEST_NUMBER = 5_000
LARGEST_PRODUCT = 100_000
_PLACE = ("qiskit", "circuit/library")
_WIDTHS = ("num_qubits", "feature_dimension")
_OBJECTS = re.compile(r"QuantumCircuit|Operator|SparsePauliOp|Statevector")
_COUNT = re.compile(r"int\b")
_ROTATIONS = {"efficient_su2": 2, "real_amplitudes": 1}  # rotation layers before each block of entangling gates
_FULL = {"excitation_preserving", "n_local", "pauli_feature_map", "zz_feature_map"}  # entangle all pairs unless told
_SQUARES = {"quantum_volume": "depth", "random_iqp": ""}  # as deep as wide, unless this argument says how deep
_PLAIN = {
    "num_qubits",
    "reps",
    "entanglement",
    "parameter_prefix",
    "insert_barriers",
    "skip_final_rotation_layer",
    "name",
}


@frozen
class Library:
    """What the function `name` of qiskit.circuit.library makes of `args`. No code but Qiskit's own is run."""

    kind: ClassVar[str] = "library"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "A circuit from Qiskit's circuit library, such as efficient_su2 or quantum_volume.",
        "properties": {
            "name": {
                "type": "string",
                "minLength": 1,
                "description": "A function of qiskit.circuit.library that returns a circuit; in small letters.",
            },
            "args": {
                "type": "object",
                "description": "Its arguments, by name: numbers, text, true and false, lists.",
            },
        },
        "required": ["name"],
    }
    EXAMPLE: ClassVar[str] = """\
kind: library
name: efficient_su2
args: {num_qubits: 2, reps: 1}
"""
    MISUSE: ClassVar[str] = """\
kind: library
function: efficient_su2
"""

    name: str
    args: dict[str, Any] = field(default_factory=dict)

    def scan(self, files: Files) -> CircuitFacts:  # noqa: ARG002 - every kind of circuit is asked alike
        """What name and arguments say, without Qiskit. Raises `SourceError`: unknown-library-circuit, library-args."""
        signature = self._signature()
        for error in self._mistakes(signature):
            raise error
        width = next((self.args[key] for key in _WIDTHS if key in self.args and key in signature.arguments), None)
        return CircuitFacts(
            num_qubits=None if width is None else int(width),
            registers={},
            parameters=self._parameters(),
            measures=False,
        )

    def load(self, files: Files) -> QuantumCircuit:
        """The circuit, as Qiskit's function returns it. Raises `SourceError` as `scan` does."""
        from qiskit import QuantumCircuit
        from qiskit.circuit import library

        self.scan(files)
        annotations = self._signature().arguments
        args = {key: _fitting(value, annotations[key]) for key, value in self.args.items()}
        try:
            circuit = getattr(library, self.name)(**args)
            if not isinstance(circuit, QuantumCircuit):
                raise self._unknown()
            tuple(circuit.data)  # some wrong arguments make circuits that cannot be read
        except SourceError:
            raise
        except BaseException as error:  # Qiskit's own checks fail in any way, in Rust with an error beyond Exception
            if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
                raise
            raise self._wrong(f"{self.name} refuses these arguments: {_reason(error)}") from error
        return circuit

    def seeded(self, seed: int) -> Library:
        """The same with `seed` as an argument, where the function draws at random and no seed is given."""
        signature = find_function(*_PLACE, self.name)
        if signature is None or "seed" not in signature.arguments or "seed" in self.args:
            return self
        return replace(self, args={**self.args, "seed": seed})

    def _signature(self) -> Signature:
        signature = find_function(*_PLACE, self.name)
        if (
            signature is None
            or self.name.startswith("get_")
            or "QuantumCircuit" not in (signature.returns or "QuantumCircuit")
        ):
            raise self._unknown()
        return signature

    def _unknown(self) -> SourceError:
        passed = ("get_", "template_", "clifford_")
        names = [name for name in function_names(*_PLACE) if not name.startswith(passed) and name != self.name]
        message = f"Qiskit's circuit library has no function '{self.name}' that makes a circuit"
        advice = suggestion(self.name, names) or f"such as {', '.join(names[:8])}"
        return SourceError(message, code="unknown-library-circuit", keys=("name",), advice=advice)

    def _wrong(self, message: str, *keys: str, on_key: bool = False, advice: str = "") -> SourceError:
        where = ("args", *keys) if self.args else ("name",)
        return SourceError(message, code="library-args", keys=where, on_key=on_key, advice=advice)

    def _mistakes(self, signature: Signature) -> Iterator[SourceError]:
        known = ", ".join(signature.arguments)
        for key, value in self.args.items():
            if key not in signature.arguments:
                near = suggestion(key, list(signature.arguments))
                advice = near or f"arguments: {known}"
                yield self._wrong(f"{self.name} has no argument '{key}'", key, on_key=True, advice=advice)
            elif _is_object(signature.arguments[key]):
                yield self._wrong(f"'{key}' takes {_object_word(signature.arguments[key])}, {_CANNOT}", key)
            else:
                yield from self._wrong_numbers(key, value, signature.arguments[key])
        for key in sorted(signature.required - set(self.args)):
            if _is_object(signature.arguments[key]):
                yield self._wrong(f"{self.name} takes {_object_word(signature.arguments[key])} as '{key}', {_CANNOT}")
            yield self._wrong(f"{self.name} needs the argument '{key}'", advice=f"arguments: {known}")
        yield from self._too_much(signature)

    def _wrong_numbers(self, key: str, value: Any, annotation: str) -> Iterator[SourceError]:
        whole = isinstance(value, (int, float)) and not isinstance(value, bool) and float(value).is_integer()
        if annotation == "int" and not whole:
            yield self._wrong(f"'{key}' must be a whole number", key)
        elif whole and _counts(key, annotation) and not 0 <= value <= LARGEST_NUMBER:
            yield self._wrong(f"'{key}' must be from 0 to {LARGEST_NUMBER:,}, not {value:,}", key)
        width = self.args.get("num_qubits")
        if key == "entanglement" and isinstance(width, int) and max(_numbers(value), default=0) >= width:
            yield self._wrong(f"'{key}' names qubits beyond the {width} of the circuit", key)

    def _too_much(self, signature: Signature) -> Iterator[SourceError]:
        counted = [value for key, value in self.args.items() if _counts(key, signature.arguments[key])]
        layers = math.prod(value for value in counted if isinstance(value, (int, float))) * self._width_again(signature)
        if layers > LARGEST_PRODUCT:
            yield self._wrong(
                f"these arguments make a circuit that is too large, beyond {LARGEST_PRODUCT:,} layers of qubits"
            )

    def _width_again(self, signature: Signature) -> Any:
        """The width where Qiskit makes layers for each qubit of it, though no argument says how many; else 1."""
        entangled = self.args.get("entanglement", "full" if self.name in _FULL else "")
        full = "entanglement" in signature.arguments and entangled == "full" and self.name != "z_feature_map"
        square = self.name in _SQUARES and self.args.get(_SQUARES[self.name]) is None
        width = next((self.args[key] for key in _WIDTHS if key in self.args), 1) if full or square else 1
        return width if isinstance(width, (int, float)) else 1

    def _parameters(self) -> dict[str, int | None] | None:
        """The parameter vector of the two most used ansatz functions, by the formula of their layers."""
        if self.name not in _ROTATIONS or not _PLAIN.issuperset(self.args):
            return None
        layers = self.args.get("reps", 3) + (not self.args.get("skip_final_rotation_layer", False))
        length = int(self.args["num_qubits"] * _ROTATIONS[self.name] * layers)
        return {str(self.args.get("parameter_prefix", "θ")): length} if length else {}


_CANNOT = "and a spec cannot write that down; make the circuit in Python, and save it as QPY"


def _object_word(annotation: str) -> str:
    return "a circuit" if "QuantumCircuit" in annotation else "an operator"


@cache  # there are only so many annotations
def _is_object(annotation: str) -> bool:
    return _OBJECTS.search(annotation) is not None


def _counts(key: str, annotation: str) -> bool:
    return key != "seed" and _COUNT.match(annotation) is not None


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int):
        yield value


def _fitting(value: Any, annotation: str) -> Any:
    """The value as Qiskit takes it: a whole number that was written 2.0 is 2."""
    return int(value) if isinstance(value, float) and value.is_integer() and "float" not in annotation else value


def _reason(error: BaseException) -> str:
    lines = str(getattr(error, "message", "") or error).strip().splitlines()
    return lines[0].rstrip(".!") if lines else type(error).__name__
