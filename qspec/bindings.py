"""How parameter values meet a circuit's parameters: by name, by shape, and with one another.

A parameter takes an array of any shape; a parameter vector of L elements an array whose *last* axis has length L.
What is left of the shapes is broadcast (`combine: zip`), or joined end to end in the order of the entries
(`combine: product`, whose axes are therefore those of the first entry, then those of the second, …). Pure Python, so
that the same rules serve before and after a circuit is built.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from qspec.diagnostics import Diagnostic, Route, nearest, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qspec.values import Shape

_ELEMENT = re.compile(r"(.+)\[([0-9]{1,9})\]\Z")


def elements_of(name: str, parameters: Mapping[str, int | None]) -> tuple[str, ...]:
    """The names of the single parameters that `name` stands for; none when the circuit does not know it.

    `parameters` maps each parameter to None, and each parameter vector to its length, as in `CircuitFacts`.
    """
    if name in parameters:
        length = parameters[name]
        return (name,) if length is None else tuple(f"{name}[{index}]" for index in range(length))
    match = _ELEMENT.match(name)
    length = parameters.get(match[1]) if match else None
    return (name,) if match and length is not None and int(match[2]) < length else ()


def check_names(
    names: Sequence[str], parameters: Mapping[str, int | None], *, circuit: str, route: Route
) -> Iterator[Diagnostic]:
    """Names that the circuit does not know, that repeat an element, and parameters without a value.

    Codes: unknown-parameter, repeated-parameter, missing-parameter. `route` leads to the parameter values.
    """
    if parameters.keys() == set(names) and not any("[" in name for name in names):
        return  # each by its own name, and none of them the name of an element
    given: dict[str, str] = {}
    meant: set[str] = set()  # by names that are misspelt: those are not missing, too
    for name in names:
        elements = elements_of(name, parameters)
        if not elements:
            meant |= set(elements_of(nearest(name, list(parameters)), parameters))
            yield _unknown(name, parameters, circuit, (*route, name))
        twice = next((element for element in elements if element in given), None)
        if twice is not None:
            yield _repeated(twice, given[twice], (*route, name))
        given |= dict.fromkeys(elements, name)
    known = {*given, *meant}
    missing = [element for name in parameters for element in elements_of(name, parameters) if element not in known]
    if missing:
        yield _missing(missing, parameters, circuit, route)


def _unknown(name: str, parameters: Mapping[str, int | None], circuit: str, route: Route) -> Diagnostic:
    spoken = ", ".join(_spoken(known, length) for known, length in list(parameters.items())[:20])
    return Diagnostic(
        code="unknown-parameter",
        message=f"circuit '{circuit}' has no parameter '{name}'",
        route=route,
        on_key=True,
        label=suggestion(name, list(parameters)),
        notes=(f"parameters of '{circuit}': {spoken}" if spoken else f"'{circuit}' has no free parameters",),
    )


def _spoken(name: str, length: int | None) -> str:
    return name if length is None else f"{name} (a vector of {length})"


def _repeated(element: str, other: str, route: Route) -> Diagnostic:
    message = f"'{element}' has its value from '{other}' already"
    return Diagnostic(code="repeated-parameter", message=message, route=route, on_key=True)


def _missing(missing: list[str], parameters: Mapping[str, int | None], circuit: str, route: Route) -> Diagnostic:
    absent = set(missing)
    whole = [name for name in parameters if absent.issuperset(elements_of(name, parameters))]
    named = {element for name in whole for element in elements_of(name, parameters)}
    parts = [element for element in missing if element not in named]
    words = [f"'{_spoken(name, parameters[name])}'" for name in whole] + [f"'{element}'" for element in parts]
    shown = ", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")
    noun = "parameter" if len(words) == 1 else "parameters"
    return Diagnostic(
        code="missing-parameter",
        message=f"there are no values for the {noun} {shown} of circuit '{circuit}'",
        route=route,
        on_key=True,
    )


def check_shapes(
    shapes: Mapping[str, Shape | None], parameters: Mapping[str, int | None], *, combine: str, route: Route
) -> Iterator[Diagnostic]:
    """Arrays whose last axis does not fit their vector, and arrays that do not go together.

    Shapes that are not known yet (None) are passed over. Codes: parameter-shape, not-broadcastable.
    """
    sound = True
    for name, shape in shapes.items():
        length = parameters.get(name)
        if shape is not None and length is not None and shape[-1:] != (length,):
            sound = False
            yield _wrong_shape(name, shape, length, (*route, name))
    leading = {name: _leading(shape, parameters.get(name)) for name, shape in shapes.items() if shape is not None}
    if sound and combine == "zip" and broadcast(list(leading.values())) is None:
        yield _not_broadcastable(leading, route)


def leading_shape(shapes: Mapping[str, Shape], parameters: Mapping[str, int | None], *, combine: str) -> Shape | None:
    """The shape of the array of parameter sets that the values make; None where they do not broadcast."""
    leading = [_leading(shape, parameters.get(name)) for name, shape in shapes.items()]
    if combine == "product":
        return tuple(length for shape in leading for length in shape)
    return broadcast(leading)


def _leading(shape: Shape, length: int | None) -> Shape:
    return shape if length is None else shape[:-1]


def broadcast(shapes: Sequence[Shape]) -> Shape | None:
    """The common shape of arrays by NumPy's rules: axes align at the end, and a 1 stretches. None if there is none."""
    axes = []
    for lengths in zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1):
        long = {length for length in lengths if length != 1}
        if len(long) > 1:
            return None
        axes.append(long.pop() if long else 1)
    return tuple(reversed(axes))


def _wrong_shape(name: str, shape: Shape, length: int, route: Route) -> Diagnostic:
    found = f"these have shape {list(shape)}" if shape else "this is one number"
    return Diagnostic(
        code="parameter-shape",
        message=f"'{name}' is a vector of {length} parameters, and {found}",
        route=route,
        label=f"the last axis must have length {length}: one value for each element",
    )


def _not_broadcastable(leading: Mapping[str, Shape], route: Route) -> Diagnostic:
    shapes = ", ".join(f"{name} {list(shape)}" for name, shape in leading.items())
    return Diagnostic(
        code="not-broadcastable",
        message="these values do not broadcast against each other",
        route=route,
        on_key=True,
        label="'combine: product' takes every combination",
        notes=(f"shapes: {shapes}",),
    )
