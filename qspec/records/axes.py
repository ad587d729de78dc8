"""The values of a sweep's axes as tables and arrays have them: numbers as numbers, everything else as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.sweep import spelling
from qspec.values import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qspec.sweep import Variants

Cell = int | float | str


def cells_of(variants: Variants) -> dict[str, tuple[Cell, ...]]:
    """The values of each axis, by its place. Expressions of numbers stand as what they come to."""
    axes = enumerate(variants.sweep.axes)
    return {
        axis.place: tuple(_cell(value, numeric=number_ in variants.numeric) for value in axis.values)
        for number_, axis in axes
    }


def _cell(value: Any, *, numeric: bool) -> Cell:
    if isinstance(value, str):
        return number(value) if numeric else value
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else spelling(value)


def array_type(cells: Sequence[Cell]) -> str:
    """The NumPy type that holds all values of an axis: whole numbers, numbers, or texts as long as the longest."""
    if all(isinstance(cell, int) for cell in cells):
        return "<i8"
    if all(isinstance(cell, (int, float)) for cell in cells):
        return "<f8"
    return f"<U{max(1, *(len(str(cell)) for cell in cells))}"
