"""Arrays of which no test can say whether they differ by chance: where they do, and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.comparing.found import Compared, no_test
from qspec.simulation.room import rest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    Array = np.ndarray[Any, Any]

_AT_ONCE = 2**22
"""Bytes that are compared at once."""


def same_bytes(first: Array, second: Array) -> bool:
    """Whether two arrays have the same type, shape and bytes; large ones are looked at in parts."""
    import numpy as np

    if first.dtype != second.dtype or first.shape != second.shape:
        return False
    one, other = (np.ascontiguousarray(array).reshape(-1).view(np.uint8) for array in (first, second))
    for start in range(0, len(one), _AT_ONCE):
        if not np.array_equal(one[start : start + _AT_ONCE], other[start : start + _AT_ONCE]):
            return False
        rest(first)
        rest(second)
    return True


def compare_arrays(before: Mapping[str, Array], after: Mapping[str, Array]) -> Compared:
    """The largest difference of arrays that are not the same.

    Shots of an executor are not tested, for they are not independent: those of a randomization have its twirling in common.
    """
    largest, sentences = None, []
    for name, old in before.items():
        new = after[name]
        if same_bytes(old, new):
            continue
        if old.shape != new.shape:
            return no_test(f"the shape of '{name}' {list(old.shape)} became {list(new.shape)}")
        number, gap = _differences(old, new)
        sentences.append(f"'{name}' differs in {number:,} of {old.size:,} entries")
        largest = gap if gap is not None and (largest is None or gap > largest) else largest
    effect_name = "" if largest is None else "largest difference"
    said = f"{'; '.join(sentences)}, and there is no test for it"
    return no_test(said, effect=largest, effect_name=effect_name)


def _differences(first: Array, second: Array) -> tuple[int, float | None]:
    """How many entries differ, and the largest difference, where there is one between numbers."""
    import numpy as np

    numbers = first.dtype.kind in "biufc" and second.dtype.kind in "biufc"
    apart = first != second
    if not numbers:
        return int(apart.sum()), None
    apart &= ~(np.isnan(first) & np.isnan(second))
    with np.errstate(invalid="ignore", over="ignore"):
        wider = [array[apart].astype(complex if array.dtype.kind == "c" else float) for array in (first, second)]
        gaps = np.abs(wider[0] - wider[1])
    finite = gaps[np.isfinite(gaps)]
    return int(apart.sum()), float(finite.max()) if len(finite) else None
