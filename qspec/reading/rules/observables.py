"""Rules about observables as written: nested lists of mappings from Pauli strings to coefficients, or sparse terms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, Route, clipped
from qspec.reading.rules.entries import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qspec.values import Shape

_PAULI = re.compile(r"[IXYZ]+\Z")
_LETTERS = re.compile(r"[IXYZ]*\Z")


def check_observables(value: Any, route: Route) -> Iterator[Diagnostic]:
    """Every mistake in observables that the schema accepts, found without their circuit or files.

    Codes: ragged, one-of, pauli-length, sparse-term.
    """
    if isinstance(value, list):
        yield from _check_list(value, route)
    elif isinstance(value, dict):
        yield from _check_one(value, route)


def _check_list(value: list[Any], route: Route) -> Iterator[Diagnostic]:
    shapes = []
    for index, item in enumerate(value):
        yield from check_observables(item, (*route, index))
        shapes.append(shape_of_observables(item))
    if None in shapes:
        return
    for index, shape in enumerate(shapes):
        if shape != shapes[0]:
            message = f"the entries of a list must have one shape: this is {_spoken(shape)}, the first is {_spoken(shapes[0])}"
            yield Diagnostic(code="ragged", message=message, route=(*route, index))


def _spoken(shape: Shape | None) -> str:
    if not shape:
        return "an observable"
    return f"a list of {shape[0]}" if len(shape) == 1 else f"a list of shape {list(shape)}"


def shape_of_observables(value: Any) -> Shape | None:
    """The shape of the array of observables; None where it has none, or where a mistake hides it."""
    if isinstance(value, dict):
        return ()
    if not isinstance(value, list) or not value:
        return None
    shapes = {shape_of_observables(item) for item in value}
    inner = shapes.pop()
    return None if shapes or inner is None else (len(value), *inner)


def _check_one(value: Mapping[str, Any], route: Route) -> Iterator[Diagnostic]:
    special = [key for key in ("sparse", "file") if key in value]
    if special and len(value) > 1:
        message = f"'{special[0]}' is a whole observable and takes nothing beside it"
        yield Diagnostic(code="one-of", message=message, route=(*route, special[0]), on_key=True)
    terms = value.get("sparse")
    for index, term in enumerate(terms if isinstance(terms, list) else ()):
        yield from _check_term(term, (*route, "sparse", index))
    strings = [key for key in value if _PAULI.match(key)]
    for string in strings:
        if len(string) != len(strings[0]):
            message = f"'{clipped(string)}' is for {len(string)} qubits, '{clipped(strings[0])}' for {len(strings[0])}"
            label = "the Pauli strings of one observable are equally long; I stands for no operator"
            yield Diagnostic(code="pauli-length", message=message, route=(*route, string), on_key=True, label=label)


def _check_term(term: Any, route: Route) -> Iterator[Diagnostic]:
    if not isinstance(term, list) or len(term) != 3:
        return
    letters, qubits, coefficient = term
    if not isinstance(letters, str) or not _LETTERS.match(letters):
        yield _term(
            "the first entry of a term is its letters: I, X, Y and Z, or an empty text for the identity", (*route, 0)
        )
    if not isinstance(qubits, list) or None in map(_qubit, qubits):
        yield _term("the second entry of a term is the list of its qubits, whole numbers from 0", (*route, 1))
    elif len(set(qubits)) != len(qubits):
        yield _term("a term names each of its qubits once", (*route, 1))
    elif isinstance(letters, str) and len(qubits) != len(letters):
        yield _term(f"a term has as many qubits as letters: '{clipped(letters)}' takes {len(letters)}", (*route, 1))
    if not isinstance(coefficient, (int, float)) or isinstance(coefficient, bool):
        yield _term("the third entry of a term is its coefficient, a real number", (*route, 2))


def _qubit(value: Any) -> int | None:
    if type(value) is int and value >= 0:
        return value
    number = whole(value)
    return number if number is not None and number >= 0 else None


def _term(message: str, route: Route) -> Diagnostic:
    label = "for example [ZX, [0, 5], 0.5]: Z on qubit 0 times X on qubit 5"
    return Diagnostic(code="sparse-term", message=message, route=route, label=label)


def check_width(value: Any, num_qubits: int, *, circuit: str, route: Route) -> Iterator[Diagnostic]:
    """Observables that do not fit a circuit of `num_qubits` qubits. Code: observable-width."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from check_width(item, num_qubits, circuit=circuit, route=(*route, index))
    elif isinstance(value, dict):
        size = f"circuit '{circuit}' has {num_qubits} qubit{'' if num_qubits == 1 else 's'}"
        yield from _check_strings(value, num_qubits, size, route)
        yield from _check_qubits(value.get("sparse"), num_qubits, size, (*route, "sparse"))


def _check_strings(value: Mapping[str, Any], num_qubits: int, size: str, route: Route) -> Iterator[Diagnostic]:
    strings = [key for key in value if _PAULI.match(key)]
    if any(len(string) != len(strings[0]) for string in strings):
        return  # said already, and which one is meant is not known
    for string in strings[:1]:
        if len(string) != num_qubits:
            yield Diagnostic(
                code="observable-width",
                message=f"'{clipped(string)}' is for {len(string)} qubit{'' if len(string) == 1 else 's'}, but {size}",
                route=(*route, string),
                on_key=True,
                label="one letter for each qubit, qubit 0 rightmost",
            )


def _check_qubits(terms: Any, num_qubits: int, size: str, route: Route) -> Iterator[Diagnostic]:
    for index, term in enumerate(terms if isinstance(terms, list) else ()):
        qubits = term[1] if isinstance(term, list) and len(term) == 3 and isinstance(term[1], list) else ()
        for place, qubit in enumerate(qubits):
            if (_qubit(qubit) or 0) >= num_qubits:
                message = f"there is no qubit {int(qubit)}: {size}, numbered from 0"
                yield Diagnostic(code="observable-width", message=message, route=(*route, index, 1, place))
