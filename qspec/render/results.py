"""Results as a person reads them: counts as bars, expectation values as a table."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any

from qspec.render.look import clipped, columns, plural, shortened
from qspec.render.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from qspec.records.counts import Tally
    from qspec.records.saved import PubData
    from qspec.render.look import Look

    Array = np.ndarray[Any, Any]

_INDENT = 4
_WIDEST_BAR = 40
_WIDEST_BITSTRING = 40
_BESIDE_BARS = _INDENT + len("  ") + len("  probability") + len("  ")
_OUTCOMES = 3
_WIDEST_TEXT = 40  # and at most a quarter of the line
_FEWEST_DIGITS, _MOST_DIGITS = 3, 8


def render_pub(pub: PubData, *, beside: Mapping[str, Array] | None = None, top: int, look: Look) -> str:
    """What a PUB gave: counts, expectation values, and the names of all else.

    `beside` are columns that stand beside the points, by their headings: arrays of numbers or texts of the PUB's
    shape. Of many bitstrings, points or values, `top` are shown, and how many there are more; all with `top=0`.
    """
    parts = []
    if pub.registers:
        parts.append(_points(pub, beside or {}, top, look) if pub.shape else _bars(pub, top, look))
    arrays = dict(pub.arrays)
    if "evs" in arrays:
        parts.append(_expectation_values(arrays.pop("evs"), arrays.pop("stds", None), beside or {}, top, look))
    if arrays:
        parts.append(_line(f"also recorded: {', '.join(arrays)}"))
    return "".join(parts)


def pub_data(pub: PubData) -> dict[str, Any]:
    """What a PUB gave, for JSON: `counts` for a single point, else `points`; other arrays as nested lists.

    Bitstrings of several registers are joint, as in Qiskit: the last register leftmost, a space between.
    """
    data: dict[str, Any] = {"shape": list(pub.shape)}
    if pub.registers:
        data["registers"] = {name: bits.num_bits for name, bits in pub.registers.items()}
        if pub.shape:
            data["points"] = [
                {"index": list(index), "counts": pub.counts(index=index)} for index in _indices(pub.shape)
            ]
        else:
            data["counts"] = pub.counts()
    return data | {name: array.tolist() for name, array in pub.arrays.items()}


def _bars(pub: PubData, top: int, look: Look) -> str:
    tally = pub.tally()
    shots, most = max(tally.shots, 1), int(tally.numbers.max(initial=1))
    shown = tally.most_frequent(top) if top and top < len(tally) else dict(tally.items())
    texts = [shortened(bits, _WIDEST_BITSTRING) for bits in shown]
    taken = max(map(columns, (*texts, _registers(pub)))) + max(len(f"{most:,}"), len("counts")) + _BESIDE_BARS
    room = max(min(look.width - taken, _WIDEST_BAR), 1)
    rows = [
        (text, f"{number:,}", f"{number / shots:.4f}", look.bar(number / most, room))
        for text, number in zip(texts, shown.values(), strict=True)
    ]
    heading = (_registers(pub), "counts", "probability", "")
    return table(heading, rows, right={1, 2}, indent=_INDENT, look=look) + _more_bitstrings(tally, shown)


def _more_bitstrings(tally: Tally, shown: Mapping[str, int]) -> str:
    if len(shown) == len(tally):
        return ""
    left = tally.shots - sum(shown.values())
    return _line(
        f"and {plural(len(tally) - len(shown), 'more bitstring')}, {plural(left, 'shot')}; most frequent first"
    )


def _points(pub: PubData, beside: Mapping[str, Array], top: int, look: Look) -> str:
    """A line for each point: its index and what stands beside it, its most frequent bitstrings and their probabilities."""
    shown = list(_indices(pub.shape, top))
    rows = [(_index(index), *_cells(index, beside, look), *_outcomes(pub.tally(index=index))) for index in shown]
    width = max(map(len, rows), default=0)
    padded = [(*row, *[""] * (width - len(row))) for row in rows]
    heading = ("index", *beside, _registers(pub), *[""] * (width - 2 - len(beside)))
    return table(heading, padded, right=_numeric(beside), indent=_INDENT, look=look) + _more_points(
        pub.shape, len(shown), "point"
    )


def _cells(index: tuple[int, ...], beside: Mapping[str, Array], look: Look) -> Iterator[str]:
    """What stands beside a point."""
    room = min(look.width // 4, _WIDEST_TEXT)
    for array in beside.values():
        value = array[index]
        yield clipped(value, room) if isinstance(value, str) else f"{float(value):.6g}"


def _numeric(beside: Mapping[str, Array]) -> set[int]:
    """The numbers of the columns of a table that hold what stands beside its points, if they are numbers."""
    return {number for number, array in enumerate(beside.values(), start=1) if array.dtype.kind != "O"}


def _outcomes(tally: Tally) -> Iterator[str]:
    shots = max(tally.shots, 1)
    for bits, number in tally.most_frequent(_OUTCOMES).items():
        yield f"{shortened(bits, _WIDEST_BITSTRING // 2)} {number / shots:.3f}"
    if len(tally) > _OUTCOMES:
        yield f"and {len(tally) - _OUTCOMES:,} more"


def _expectation_values(array: Array, errors: Array | None, beside: Mapping[str, Array], top: int, look: Look) -> str:
    shown = list(_indices(array.shape, top))
    spread = [float(errors[index]) for index in shown] if errors is not None and errors.shape == array.shape else []
    digits = _digits(spread)
    rows = [
        (_index(index), *_cells(index, beside, look), _number(float(array[index]), digits), error)
        for index, error in zip(shown, _spoken(spread, digits) or [""] * len(shown), strict=True)
    ]
    heading = ("index", *beside, "expectation value", "standard error")
    said = table(heading, rows, right={*_numeric(beside), 1 + len(beside)}, indent=_INDENT, look=look)
    return said + _more_points(array.shape, len(shown), "value") + _extremes(array, len(shown), digits)


def spoken_estimate(value: float, error: float | None) -> str:
    """An expectation value with its standard error, in as many digits as that allows."""
    spread = [] if error is None else [error]
    digits = _digits(spread)
    return " ".join((_number(value, digits), *_spoken(spread, digits)))


def _spoken(errors: Sequence[float], digits: int) -> list[str]:
    return [f"± {_number(error, digits)}" for error in errors]


def _extremes(array: Array, shown: int, digits: int) -> str:
    """The lowest and highest value and where they are, when not all are shown."""
    import numpy as np

    if shown == array.size or not np.isfinite(array).any():
        return ""
    low, high = (np.unravel_index(int(place), array.shape) for place in (np.nanargmin(array), np.nanargmax(array)))
    ends = ((name, index) for name, index in (("lowest", low), ("highest", high)))
    return _line(", ".join(f"{name} {_number(float(array[at]), digits)} at {_index(at)}" for name, at in ends))


def _digits(errors: Sequence[float]) -> int:
    """Digits after the point that show two figures of the smallest error."""
    sizes = [error for error in errors if isfinite(error) and error > 0]
    if not sizes:
        return _MOST_DIGITS - 2
    return min(max(1 - floor(log10(min(sizes))), _FEWEST_DIGITS), _MOST_DIGITS)


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if isfinite(value) else "not a number"


def _more_points(shape: tuple[int, ...], shown: int, noun: str) -> str:
    size = 1
    for length in shape:
        size *= length
    return _line(f"and {plural(size - shown, f'more {noun}')}") if shown < size else ""


def _indices(shape: tuple[int, ...], top: int = 0) -> Iterator[tuple[int, ...]]:
    from itertools import islice

    import numpy as np

    return islice(np.ndindex(shape), top or None)


def _index(index: tuple[Any, ...]) -> str:
    return f"[{', '.join(str(int(step)) for step in index)}]" if index else ""


def _registers(pub: PubData) -> str:
    """The registers in the order in which their bits stand in a joint bitstring."""
    return " ".join(reversed(list(pub.registers)))


def _line(text: str) -> str:
    return f"{' ' * _INDENT}{text}\n"
