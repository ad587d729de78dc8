"""What moved between two calibrations of a device, from the `backend.json` of two runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_UNITS = {
    "t1": (1e6, " µs"),
    "t2": (1e6, " µs"),
    "frequency": (1e-9, " GHz"),
    "duration": (1e9, " ns"),
    "error": (1.0, ""),
}
_NAMES = {"t1": "T1", "t2": "T2"}


@frozen
class Moved:
    """One number of a calibration: what it is, and its values in the two runs. Times in seconds, frequencies in hertz;
    None where one of them does not have it.
    """

    what: str
    quantity: str
    qubits: tuple[int, ...] | None
    before: float | None
    after: float | None

    @property
    def change(self) -> float:
        """By how much it moved: the absolute logarithm of the ratio, infinite where there is none."""
        if self.before is None or self.after is None or self.before * self.after <= 0:
            return math.inf
        return abs(math.log(self.after / self.before))

    @property
    def message(self) -> str:
        """In words: `cz on qubits 5, 6: error 0.0049 to 0.0061 (+25 %)`."""
        scale, unit = _UNITS[self.quantity]
        values = [_number(value, scale) for value in (self.before, self.after)]
        ratio = "" if math.isinf(self.change) else f" ({(self.after or 0.0) / (self.before or 1.0) - 1:+.2g})"
        return f"{self.what}: {_NAMES.get(self.quantity, self.quantity)} {' to '.join(values)}{unit}{ratio}"


def _number(value: float | None, scale: float) -> str:
    return "unknown" if value is None else f"{value * scale:.4g}"


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Moved, ...]:
    """Every number of the calibration that differs, the one that moved most first.

    `before` and `after` are the data of `backend.json`.
    """
    found = [*_of_qubits(before, after), *_of_instructions(before, after)]
    return tuple(sorted(found, key=lambda each: (-each.change, each.what, each.quantity)))


def _of_qubits(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Moved]:
    for qubit, (old, new) in enumerate(zip(before.get("qubits", ()), after.get("qubits", ()), strict=False)):
        yield from _differences(f"qubit {qubit}", (qubit,), ("t1", "t2", "frequency"), old, new)


def _of_instructions(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Moved]:
    places = [_places(data) for data in (before, after)]
    for name, qubits in dict.fromkeys([*places[0], *places[1]]):
        old, new = (known.get((name, qubits), {}) for known in places)
        where = "" if qubits is None else f" on qubit{'s' * (len(qubits) > 1)} {', '.join(map(str, qubits))}"
        yield from _differences(f"{name}{where}", qubits, ("error", "duration"), old, new)


def _places(data: Mapping[str, Any]) -> dict[tuple[str, tuple[int, ...] | None], Mapping[str, Any]]:
    return {
        (name, None if place["qubits"] is None else tuple(place["qubits"])): place
        for name, entries in data.get("instructions", {}).items()
        for place in entries
    }


def _differences(
    what: str, qubits: tuple[int, ...] | None, quantities: Iterable[str], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Moved]:
    for quantity in quantities:
        before, after = old.get(quantity), new.get(quantity)
        if before != after:
            yield Moved(what=what, quantity=quantity, qubits=qubits, before=before, after=after)
