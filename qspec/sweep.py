"""A sweep: the same spec at many points. Which points there are, what each is called, and which belong together.

Points are numbered from 0: under `product` the last axis runs fastest, under `zip` all axes run together. Pure data.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DIGITS = 12


@frozen
class Axis:
    """One axis: the place in the spec that it varies, as keys joined by dots, and the values that stand there."""

    place: str
    values: tuple[Any, ...]


@frozen
class Sweep:
    """Axes, and how they go together: every combination of their values (`product`), or side by side (`zip`)."""

    combine: Literal["product", "zip"] = "product"
    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """The number of points."""
        lengths = [len(axis.values) for axis in self.axes]
        return prod(lengths) if self.combine == "product" else min(lengths)

    def indices(self, point: int) -> tuple[int, ...]:
        """Which value each axis has at a point."""
        if self.combine == "zip":
            return (point,) * len(self.axes)
        return digits(point, [len(axis.values) for axis in self.axes])

    def values(self, point: int) -> dict[str, Any]:
        """The value at each axis' place at a point."""
        chosen = zip(self.axes, self.indices(point), strict=True)
        return {axis.place: axis.values[index] for axis, index in chosen}

    def point_id(self, point: int) -> str:
        """The point's name: a hash of its values, the same wherever it stands in whichever sweep."""
        return hashlib.sha256(spelling(self.values(point)).encode()).hexdigest()[:_DIGITS]


def spelling(value: Any) -> str:
    """A value as canonical JSON, in which 2.0 is written as 2: equal values are spelt alike."""
    return json.dumps(_normal(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normal(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def digits(number: int, bases: Sequence[int]) -> tuple[int, ...]:
    """The digits of a number in mixed bases, the last one the least."""
    found = []
    for base in reversed(bases):
        number, digit = divmod(number, base)
        found.append(digit)
    return tuple(reversed(found))


def _number(written: Sequence[int], bases: Sequence[int]) -> int:
    number = 0
    for digit, base in zip(written, bases, strict=True):
        number = number * base + digit
    return number


@frozen(kw_only=False)
class Variants:
    """The points of a sweep in groups that share circuits, backend and options: the variants of the spec.

    `structural` are the numbers of the axes by which variants differ. The points of one differ only along the other
    axes, which are numbers: parameter values, shots, precision, the seed. Variants are numbered in the order of their
    first point, and the points of one in the order of the sweep.
    """

    sweep: Sweep
    structural: tuple[int, ...]
    _groups: list[list[int]] = field(init=False, repr=False, compare=False)
    _places: list[tuple[int, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        groups: dict[tuple[str, ...], list[int]] = {}
        places: list[tuple[int, int]] = []
        if self.sweep.combine == "zip":
            spelt = [[spelling(value) for value in self.sweep.axes[axis].values] for axis in self.structural]
            numbers: dict[tuple[str, ...], int] = {}
            for point in range(self.sweep.size):
                key = tuple(words[point] for words in spelt)
                group = groups.setdefault(key, [])
                places.append((numbers.setdefault(key, len(numbers)), len(group)))
                group.append(point)
        object.__setattr__(self, "_groups", list(groups.values()))
        object.__setattr__(self, "_places", places)

    def __len__(self) -> int:
        return len(self._groups) or prod(self._lengths(self.structural))

    @property
    def numeric(self) -> tuple[int, ...]:
        """The numbers of the axes along which the points of one variant differ."""
        return tuple(axis for axis in range(len(self.sweep.axes)) if axis not in self.structural)

    def size(self, variant: int) -> int:
        """The number of points of a variant."""
        return len(self._groups[variant]) if self._groups else prod(self._lengths(self.numeric))

    def point(self, variant: int, index: int) -> int:
        """The number, in the sweep, of the point `index` of a variant."""
        if self._groups:
            return self._groups[variant][index]
        if len(self.structural) == len(self.sweep.axes):
            return variant
        chosen = dict(zip(self.structural, digits(variant, self._lengths(self.structural)), strict=True))
        chosen |= zip(self.numeric, digits(index, self._lengths(self.numeric)), strict=True)
        axes = range(len(self.sweep.axes))
        return _number([chosen[axis] for axis in axes], self._lengths(axes))

    def place(self, point: int) -> tuple[int, int]:
        """The variant of a point, and its index there."""
        if self._places:
            return self._places[point]
        indices = self.sweep.indices(point)
        variant, index = (
            _number([indices[axis] for axis in axes], self._lengths(axes)) for axes in (self.structural, self.numeric)
        )
        return variant, index

    def indices(self, variant: int, index: int) -> tuple[int, ...]:
        """Which value each axis of the sweep has at the point `index` of a variant."""
        return self.sweep.indices(self.point(variant, index))

    def _lengths(self, axes: Iterable[int]) -> list[int]:
        return [len(self.sweep.axes[axis].values) for axis in axes]
