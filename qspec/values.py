"""Parameter values as written: which mistakes they hold, and the shape of the array that they stand for.

A value is a number, an expression, a nested list of these, or a mapping with one generator (`linspace`, `arange`,
`logspace`, `random`) or a `file`. Pure Python: planning turns the same values into arrays.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, Route
from qspec.expressions import ExpressionError, evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Shape = tuple[int, ...]

MOST_VALUES = 10_000_000
GENERATORS = ("linspace", "arange", "logspace", "random", "file")


def number(value: Any) -> float:
    """A number, or the value of an expression. Raises `ExpressionError`."""
    if isinstance(value, str):
        return evaluate(value)
    return float(value)


def shape_of(value: Any) -> Shape | None:
    """The shape of the array that a value stands for; None where only its file knows, or where it is wrong."""
    unknown = isinstance(value, dict) and "file" in value
    return None if unknown or next(check_value(value, ()), None) else _shape(value)


def check_value(value: Any, route: Route) -> Iterator[Diagnostic]:
    """Every mistake in a value that the schema accepts, found without reading files.

    Codes: expression, ragged, generator, empty-values, too-many-values.
    """
    if isinstance(value, str):
        yield from _check_number(value, route)
    elif isinstance(value, (list, tuple)):
        yield from _check_list(value, route)
    elif isinstance(value, dict):
        yield from _check_generator(value, route)


def _check_number(value: Any, route: Route) -> Iterator[Diagnostic]:
    try:
        number(value)
    except ExpressionError as error:
        label = f"at character {error.column}"
        advice = f"{label}: {error.advice}" if error.advice else label
        yield Diagnostic(code="expression", message=f"'{_short(value)}': {error}", route=route, label=advice)


def _short(text: str) -> str:
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    return shown.replace("\n", "⏎")


def _check_list(value: Any, route: Route) -> Iterator[Diagnostic]:
    if not value:
        yield Diagnostic(code="empty-values", message="a list of values cannot be empty", route=route)
    first: Shape | None = None
    for index, item in enumerate(value):
        mistakes = list(check_value(item, (*route, index)))
        yield from mistakes
        if mistakes:
            continue
        shape = _shape(item)
        first = shape if first is None else first
        if shape != first:
            yield _ragged(shape, first, (*route, index))


def _ragged(shape: Shape, first: Shape, route: Route) -> Diagnostic:
    return Diagnostic(
        code="ragged",
        message=f"the entries of a list must have one shape: this is {_spoken(shape)}, those before are {_spoken(first)}",
        route=route,
    )


def _spoken(shape: Shape) -> str:
    if not shape:
        return "a number"
    return f"a list of {shape[0]}" if len(shape) == 1 else f"a list of shape {list(shape)}"


def _check_generator(value: Mapping[str, Any], route: Route) -> Iterator[Diagnostic]:
    named = [key for key in GENERATORS if key in value]
    if len(named) != 1:
        found = f"not {' and '.join(named)}" if named else "and this has none"
        yield _generator(f"a value names exactly one of {', '.join(GENERATORS)}, {found}", route)
    elif "column" in value and named != ["file"]:
        yield _generator("'column' goes with 'file' only", (*route, "column"))
    elif named == ["file"]:
        yield from _check_file(value, route)
    elif named == ["random"]:
        yield from _check_random(value["random"], (*route, "random"))
    else:
        yield from _check_triple(named[0], value[named[0]], (*route, named[0]))


def _generator(message: str, route: Route, label: str = "") -> Diagnostic:
    return Diagnostic(code="generator", message=message, route=route, label=label)


def _check_file(value: Mapping[str, Any], route: Route) -> Iterator[Diagnostic]:
    name = value["file"].lower()
    if not name.endswith((".npy", ".csv")):
        yield _generator("a file of values is a .npy file, or a .csv file with a 'column'", (*route, "file"))
    elif name.endswith(".csv") and "column" not in value:
        yield _generator("a .csv file needs the key 'column', the heading of the values", (*route, "file"))
    elif name.endswith(".npy") and "column" in value:
        yield _generator("a .npy file has no columns", (*route, "column"))


def _check_random(value: Mapping[str, Any], route: Route) -> Iterator[Diagnostic]:
    mistakes = [*_check_number(value["low"], (*route, "low")), *_check_number(value["high"], (*route, "high"))]
    yield from mistakes
    if not mistakes and number(value["low"]) > number(value["high"]):
        yield _generator("'low' must not be above 'high'", (*route, "low"))
    yield from _check_size(math.prod(int(length) for length in value.get("shape", ())), (*route, "shape"))


def _check_triple(kind: str, value: Any, route: Route) -> Iterator[Diagnostic]:
    mistakes = [m for index, item in enumerate(value) for m in _check_number(item, (*route, index))]
    yield from mistakes
    if mistakes:
        return
    start, stop, last = map(number, value)
    if kind == "arange":
        yield from _check_step(start, stop, last, route)
    elif not last.is_integer() or last < 1:
        yield _generator("the number of values must be a whole number of at least 1", (*route, 2))
    else:
        yield from _check_size(int(last), (*route, 2))
        yield from _check_powers(kind, start, stop, route)


def _check_step(start: float, stop: float, step: float, route: Route) -> Iterator[Diagnostic]:
    if step == 0:
        yield _generator("the step cannot be 0", (*route, 2))
    elif (stop - start) / step <= 0:
        message = "these values are none: the step leads away from the stop, or the start is the stop"
        yield Diagnostic(code="empty-values", message=message, route=route)
    else:
        yield from _check_size((stop - start) / step, route)


def _check_powers(kind: str, start: float, stop: float, route: Route) -> Iterator[Diagnostic]:
    if kind == "logspace" and max(abs(start), abs(stop)) > 300:
        yield _generator("logspace takes exponents of ten, from -300 to 300", route, "[0, 3, 4] is 1, 10, 100, 1000")


def _check_size(size: float, route: Route) -> Iterator[Diagnostic]:
    if size > MOST_VALUES:
        message = f"these are {size:,.0f} values, and at most {MOST_VALUES:,} are allowed"
        yield Diagnostic(code="too-many-values", message=message, route=route)


def _shape(value: Any) -> Shape:
    if isinstance(value, (list, tuple)):
        return (len(value), *_shape(value[0]))
    if not isinstance(value, dict):
        return ()
    if "random" in value:
        return tuple(int(length) for length in value["random"].get("shape", ()))
    if "arange" in value:
        start, stop, step = map(number, value["arange"])
        return (math.ceil((stop - start) / step),)
    (triple,) = value.values()
    return (int(number(triple[2])),)
