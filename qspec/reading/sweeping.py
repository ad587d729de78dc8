"""The sweep of a spec as data: what can be wrong with it, its axes with their values, and the data of its points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, Related, clipped, has_errors, suggestion
from qspec.expressions import ExpressionError
from qspec.reading.format_v1 import SWEEP, TOP_KEYS
from qspec.reading.format_values import DEFINITIONS
from qspec.reading.speech import spoken
from qspec.reading.walker import Walker
from qspec.reading.wording import structure_findings
from qspec.simulation.options import MOST_SHOTS
from qspec.sweep import Axis, Sweep, Variants, spelling
from qspec.values import check_value, number, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_POINTS = 1_000_000
MOST_VARIANTS = 10_000
ROUTE = ("sweep", "axes")
_WALKER = Walker({"properties": {"sweep": SWEEP}, "definitions": DEFINITIONS})
_OF_THE_RUN = frozenset({"qspec", "extends", "name", "description", "tags", "execution", "sweep", "sinks", "limits"})
_BY_ID = ("circuits", "jobs")


def check_sweep(data: Mapping[str, Any]) -> list[Diagnostic]:
    """The findings about the sweep of a spec's data, which have one."""
    findings = structure_findings({"sweep": data["sweep"]}, _WALKER)
    if has_errors(findings):
        return findings
    axes: Mapping[str, Any] = data["sweep"]["axes"]
    zipped = data["sweep"].get("combine") == "zip"
    for name, value in axes.items():
        findings += [*_check_axis(name, value, data), *([] if zipped else _check_repeated(name, value))]
    findings += _check_overlaps(list(axes))
    if not has_errors(findings):
        findings += _check_lengths(data["sweep"])
    return findings


def _check_axis(name: str, value: Any, data: Any) -> Iterator[Diagnostic]:
    """Mistakes in one axis. Codes: sweep-place, and those of generators of values."""
    here = (*ROUTE, name)
    if reason := _misplaced(name, data):
        message, label = reason
        yield Diagnostic(code="sweep-place", message=message, label=label, route=here, on_key=True)
    if isinstance(value, dict):
        yield from check_value(value, here)


def _check_repeated(name: str, value: Any) -> Iterator[Diagnostic]:
    """Values that an axis has twice, so that two points would be the same spec. Code: repeated-value."""
    here = (*ROUTE, name)
    seen: dict[str, int] = {}
    for index, item in enumerate(value if isinstance(value, list) else ()):
        first = seen.setdefault(spelling(item), index)
        if first != index:
            yield Diagnostic(
                code="repeated-value",
                message=f"the axis '{clipped(name)}' has the value {spoken(item)} twice",
                label="two points would be the same spec",
                route=(*here, index),
                related=(Related(label="first here", route=(*here, first)),),
            )


def _misplaced(name: str, data: Any) -> tuple[str, str] | None:
    """Why an axis names no place that could be varied, with advice; None when it does."""
    steps = name.split(".")
    known = sorted(TOP_KEYS)
    if steps[0] not in TOP_KEYS:
        return f"'{clipped(name)}' is no place in a spec", suggestion(steps[0], known) or f"keys: {', '.join(known)}"
    if steps[0] in _OF_THE_RUN:
        return f"'{steps[0]}' belongs to the whole run: no axis can vary it", ""
    for number_, step in enumerate(steps):
        before = ".".join(steps[:number_])
        if isinstance(data, dict):
            if step not in data:
                return _absent(steps, number_, list(data))
            data = data[step]
        elif isinstance(data, list):
            if not step.isascii() or not step.isdigit() or len(step) > 6 or int(step) >= len(data):
                most = f"0 to {len(data) - 1}" if data else "none"
                return f"'{clipped(step)}' is not the number of an entry of '{before}'", f"there are {most}"
            data = data[int(step)]
        else:
            return f"'{clipped(name)}' is no place in this spec: '{before}' has no keys", ""
    return None


def _absent(steps: Sequence[str], number_: int, known: list[str]) -> tuple[str, str] | None:
    """Whether a key that is not there can be set: any but the id of a circuit or job, and an empty one."""
    step, before = steps[number_], ".".join(steps[:number_])
    if steps[0] in _BY_ID and number_ == 1:
        return f"there is no '{clipped(step)}' under '{before}'", suggestion(
            step, known
        ) or f"there: {', '.join(known)}"
    if number_ + 1 < len(steps) and steps[number_ + 1].isdigit():
        return f"there is no '{clipped('.'.join(steps[: number_ + 1]))}' to have an entry {steps[number_ + 1]}", ""
    return None if all(steps) else ("an axis names a place by its keys, joined by dots", "one of them is empty")


def _check_overlaps(names: Sequence[str]) -> Iterator[Diagnostic]:
    """Axes of which one varies a part of what another varies. Code: sweep-place."""
    for name in names:
        outer = next((other for other in names if name.startswith(f"{other}.")), None)
        if outer is not None:
            yield Diagnostic(
                code="sweep-place",
                message=f"the axis '{clipped(outer)}' varies '{clipped(name)}' already",
                route=(*ROUTE, name),
                on_key=True,
                related=(Related(label="the whole of it varies here", route=(*ROUTE, outer), on_key=True),),
            )


def _check_lengths(sweep: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Axes that do not go together. Codes: zip-lengths, too-many-points."""
    lengths = {name: _length(value) for name, value in sweep["axes"].items()}
    if sweep.get("combine") == "zip":
        first = next(iter(lengths))
        for name, length in lengths.items():
            if length != lengths[first]:
                yield Diagnostic(
                    code="zip-lengths",
                    message=f"axes side by side have equally many values: '{clipped(name)}' has {length:,}, "
                    f"'{clipped(first)}' has {lengths[first]:,}",
                    label="'combine: product' takes every combination",
                    route=(*ROUTE, name),
                    on_key=True,
                )
        points = min(lengths.values())
        yield from _check_repeated_points(sweep["axes"], points)
    else:
        points = 1
        for length in lengths.values():
            points *= length
    if points > MOST_POINTS:
        message = f"these are {points:,} points, and at most {MOST_POINTS:,} are allowed"
        yield Diagnostic(code="too-many-points", message=message, route=("sweep",), on_key=True)


def _check_repeated_points(axes: Mapping[str, Any], points: int) -> Iterator[Diagnostic]:
    """Points side by side that have all values in common. Code: repeated-value."""
    columns = [value for value in axes.values() if isinstance(value, list)]
    if len(columns) < len(axes) or len({len(column) for column in columns}) > 1:  # evenly spaced values differ
        return
    name = next(iter(axes))
    seen: dict[str, int] = {}
    for index in range(points):
        first = seen.setdefault(spelling([column[index] for column in columns]), index)
        if first != index:
            yield Diagnostic(
                code="repeated-value",
                message=f"the points {first} and {index} have the same values",
                label="two points would be the same spec",
                route=(*ROUTE, name, index),
                related=(Related(label="first here", route=(*ROUTE, name, first)),),
            )


def _length(value: Any) -> int:
    shape = shape_of(value) if isinstance(value, dict) else (len(value),)
    assert shape is not None  # noqa: S101 - the generator was found sound
    return shape[0]


def sweep_of(data: Mapping[str, Any]) -> tuple[Sweep, Variants]:
    """The sweep of data about which nothing was found, and its points in groups that differ in more than numbers."""
    written = data["sweep"]
    axes = tuple(Axis(place=place, values=tuple(_values(value))) for place, value in written["axes"].items())
    sweep = Sweep(combine=written.get("combine", "product"), axes=axes)
    return sweep, Variants(sweep, tuple(number_ for number_, axis in enumerate(axes) if not _is_numeric(axis)))


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    else:
        ((generator, terms),) = value.items()
        for each in _spaced(generator, *map(number, terms)):
            yield int(each) if each.is_integer() else each


def placed(data: Any, steps: Sequence[str], value: Any) -> Any:
    """A copy of data with a value at the place that keys lead to, as `layers.place` puts it into a tree."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(data, list):
        items = list(data)
        items[int(step)] = placed(items[int(step)], rest, value)
        return items
    entries = dict(data) if isinstance(data, dict) else {}
    if not rest and value is None:
        entries.pop(step, None)
    else:
        entries[step] = placed(entries.get(step), rest, value)
    return entries


def _spaced(generator: str, start: float, stop: float, last: float) -> Iterator[float]:
    """Evenly spaced numbers, as NumPy makes them; `last` is the step of `arange`, else how many there are."""
    if generator == "arange":
        step = start + last - start
        length = shape_of({"arange": [start, stop, last]})
        yield from (start + index * step for index in range(length[0] if length else 0))
        return
    count = int(last)
    step = (stop - start) / (count - 1) if count > 1 else 0.0
    for index in range(count):
        value = stop if index and index == count - 1 else index * step + start
        yield 10.0**value if generator == "logspace" else value


def _is_numeric(axis: Axis) -> bool:
    """Whether all values of an axis are sound numbers at a place where any sound number is as good as another.

    Points that differ along such axes alone have the same findings, the same circuits and PUBs of the same shapes.
    """
    steps = axis.place.split(".")
    if steps == ["seed"]:
        return all(_is_whole(value) and value >= 0 for value in axis.values)
    if len(steps) == 3 and steps[0] == "jobs" and steps[2] == "shots":
        return all(_is_whole(value) and 1 <= value <= MOST_SHOTS for value in axis.values)
    if len(steps) == 3 and steps[0] == "jobs" and steps[2] == "precision":
        return all(_is_plain(value) and value > 0 and value * value * MOST_SHOTS >= 1 for value in axis.values)
    if len(steps) == 6 and steps[0] == "jobs" and steps[2] == "pubs" and steps[4] == "parameter_values":
        return all(_is_number(value) for value in axis.values)
    return False


def _is_plain(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_plain(value) and value == int(value)


def _is_number(value: Any) -> bool:
    try:
        return _is_plain(value) or (isinstance(value, str) and math.isfinite(number(value)))
    except ExpressionError:
        return False
