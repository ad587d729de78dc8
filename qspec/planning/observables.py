"""Observables as written become Qiskit's `ObservablesArray`, moved onto the qubits of the ISA circuit."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic
from qspec.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qiskit import QuantumCircuit
    from qiskit.primitives.containers.observables_array import ObservablesArray
    from qiskit.quantum_info import SparseObservable

    from qspec.diagnostics import Route
    from qspec.kinds import Files

LARGEST_FILE = 64 << 20
ZERO = 1e-8
"""Up to here, Qiskit takes the coefficients of an observable for zero; it refuses one that has no others."""


def read_files(value: Any, files: Files, route: Route) -> Iterator[tuple[Route, Any]]:
    """The observables that stand in files, by their routes: the content of the file, or the `SourceError` of reading it."""
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from read_files(item, files, (*route, index))
    elif isinstance(value, dict) and "file" in value:
        try:
            yield route, _read(value["file"], files)
        except SourceError as error:
            yield route, error


def _read(name: str, files: Files) -> dict[str, Any]:
    content = files.read(name)
    if len(content) > LARGEST_FILE:
        message = f"'{name}' has {len(content):,} bytes, and at most {LARGEST_FILE >> 20} MiB are read"
        raise SourceError(message, code="file-too-large", file=name)
    try:
        value = json.loads(content)
    except json.JSONDecodeError as error:
        message = f"'{name}' is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise SourceError(message, code="observable-file", file=name, line=error.lineno, column=error.colno) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise SourceError(f"'{name}' is not JSON in UTF-8", code="observable-file", file=name) from error
    reason = _reason_against(value)
    if reason:
        raise SourceError(f"'{name}' does not hold one observable: {reason}", code="observable-file", file=name)
    return {"sparse": value["sparse"]} if "sparse" in value else dict(value)


def _reason_against(value: Any) -> str:
    """Why the content of a file is no observable; empty when it is one."""
    if not isinstance(value, dict) or not value:
        return 'it must be a mapping from Pauli strings to coefficients, or {"sparse": […]}'
    if "sparse" in value:
        terms = value["sparse"]
        if set(value) != {"sparse"} or not isinstance(terms, list) or not terms:
            return "'sparse' must be a list of terms, with nothing beside it"
        return next(
            (
                f"term {index} is not [letters, qubits, coefficient]"
                for index, term in enumerate(terms)
                if not _is_term(term)
            ),
            "",
        )
    strings = [key for key in value if not key or set(key) - set("IXYZ")]
    if strings:
        return f"'{strings[0][:40]}' is not a Pauli string"
    if len({len(key) for key in value}) > 1:
        return "its Pauli strings differ in length"
    wrong = [key for key, coefficient in value.items() if not _is_real(coefficient)]
    return f"the coefficient of '{wrong[0][:40]}' is not a finite real number" if wrong else ""


def _is_term(term: Any) -> bool:
    if not isinstance(term, list) or len(term) != 3:
        return False
    letters, qubits, coefficient = term
    return (
        isinstance(letters, str)
        and not set(letters) - set("IXYZ")
        and isinstance(qubits, list)
        and all(isinstance(qubit, int) and not isinstance(qubit, bool) and qubit >= 0 for qubit in qubits)
        and len(set(qubits)) == len(qubits) == len(letters)
        and _is_real(coefficient)
    )


def _is_real(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def empty_observables(value: Any, route: Route) -> Iterator[Diagnostic]:
    """Observables whose terms cancel, or are below what Qiskit takes for zero: primitives refuse them. Files are read in."""
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from empty_observables(item, (*route, index))
    elif isinstance(value, dict) and "file" not in value:
        sums: dict[Any, float] = {}
        for letters, qubits, factor in value.get("sparse") or [(label, (), factor) for label, factor in value.items()]:
            term = frozenset(zip(qubits, letters, strict=True)) if "sparse" in value else letters
            sums[term] = sums.get(term, 0.0) + factor
        if all(abs(factor) <= ZERO for factor in sums.values()):
            message = "the terms of this observable cancel: nothing is left of it"
            yield Diagnostic(code="empty-observable", message=message, route=route, on_key=True)


def observables_of(value: Any, circuit: QuantumCircuit, *, num_qubits: int, follow_layout: bool) -> ObservablesArray:
    """The observables of a PUB as an array, as wide as the ISA circuit `circuit`.

    `value` is sound, its files have been read in, and it is `num_qubits` wide, as the circuit before transpilation.
    With `follow_layout` each letter moves to the physical qubit that holds its virtual qubit at the circuit's end.
    """
    import numpy as np
    from qiskit.primitives.containers.observables_array import ObservablesArray

    def moved(one: Any) -> SparseObservable:
        layout = circuit.layout if follow_layout else None
        return _observable(one, num_qubits).apply_layout(layout, circuit.num_qubits)

    shape = _shape(value)
    array = np.empty(shape, dtype=object)
    for place in np.ndindex(shape):
        array[place] = moved(_at(value, place))
    return ObservablesArray(array, validate=False)


def _shape(value: Any) -> tuple[int, ...]:
    return (len(value), *_shape(value[0])) if isinstance(value, (list, tuple)) else ()


def _at(value: Any, place: tuple[int, ...]) -> Any:
    for index in place:
        value = value[index]
    return value


def _observable(value: dict[str, Any], num_qubits: int) -> SparseObservable:
    """One observable, with like terms added up."""
    from qiskit.quantum_info import SparseObservable

    if "sparse" in value:
        terms = [
            (letters, [int(qubit) for qubit in qubits], float(factor)) for letters, qubits, factor in value["sparse"]
        ]
        summed = SparseObservable.from_sparse_list(terms, num_qubits)
    else:
        summed = SparseObservable.from_list([(label, float(factor)) for label, factor in value.items()])
    return summed.simplify(tol=0.0)
