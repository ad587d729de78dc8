"""Expectation values within a tolerance or so many standard errors, or above and below bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from qspec.errors import UsageError
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from qspec.records.parts import Verdict
    from qspec.records.saved import PubData
    from qspec.records.view import FinishedRun

    Array = np.ndarray[Any, Any]

_NUMBERS = {"type": ["number", "array"], "minItems": 1}
_NESTED = {**_NUMBERS, "items": {**_NUMBERS, "items": {**_NUMBERS, "items": {**_NUMBERS, "items": {"type": "number"}}}}}


@frozen
class ExpectationValues:
    """Holds when the expectation values of a PUB are near `values`, and at least and at most what is asked.

    Near means: no farther than `tolerance` plus `standard_errors` times the value's own standard error. Every point
    of a broadcast PUB must hold; `index` chooses one point, `take: max` or `min` the largest or smallest value.
    """

    kind: ClassVar[str] = "expectation_values"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "Expectation values are near given ones, or within bounds.",
        "properties": {
            "job": {"type": "string", "minLength": 1, "description": "The id of an estimator job."},
            "pub": {"type": "integer", "minimum": 0, "description": "The PUB, counted from 0. Default 0."},
            "index": {
                "type": "array",
                "items": {"type": "integer", "minimum": 0},
                "description": "One point of a broadcast PUB, a number for each axis. Without it every point must hold.",
            },
            "take": {
                "enum": ["each", "max", "min"],
                "description": "What is compared: each value (default), or only the largest or smallest of the PUB.",
            },
            "values": {
                "title": "the expected values",
                **_NESTED,
                "description": "The expected value, or a nested list of them, broadcast against the PUB's shape.",
            },
            "tolerance": {
                "type": "number",
                "minimum": 0,
                "description": "How far a value may be from the expected one. Adds to standard_errors.",
            },
            "standard_errors": {
                "type": "number",
                "minimum": 0,
                "description": "How many of its own standard errors a value may be from the expected one.",
            },
            "at_least": {"type": "number", "description": "The smallest value that is allowed."},
            "at_most": {"type": "number", "description": "The largest value that is allowed."},
        },
        "required": ["job"],
        "allOf": [
            {
                "if": {"properties": {"at_least": False, "at_most": False}},
                "then": {"title": "an expectation_values expectation", "required": ["values"]},
            },
            {
                "if": {"properties": {"standard_errors": False}, "required": ["values"]},
                "then": {"title": "an expectation_values expectation with values", "required": ["tolerance"]},
            },
        ],
    }
    EXAMPLE: ClassVar[str] = """\
kind: expectation_values
job: energy
values: 0.25
standard_errors: 5
at_most: 2
"""
    MISUSE: ClassVar[str] = """\
kind: expectation_values
job: energy
values: 0.25
"""

    job: str
    pub: int = 0
    index: tuple[int, ...] | None = None
    take: Literal["each", "max", "min"] = "each"
    values: Any = None
    tolerance: float = 0.0
    standard_errors: float = 0.0
    at_least: float | None = None
    at_most: float | None = None

    def check(self, run: FinishedRun) -> Verdict:
        """The verdict about a run's results. Raises `UsageError`, `RecordError` when there is nothing to look at."""
        from qspec.records.parts import Verdict

        place, evs, stds = self._chosen(run.pub(self.job, self.pub))
        if (unusable := self._unusable(place, evs, stds)) is not None:
            return unusable
        found = min((_closest(*condition, evs) for condition in self._conditions(evs, stds)), key=_margin)
        passed = found["margin"] >= 0
        head = "closest to the edge: " if passed and evs.size > 1 else ""
        found["index"] = [*place, *found["index"]]
        where = f" at point {found['index']}" if found["index"] else ""
        message = f"{head}{found['value']:.6g}{where}, expected {found['expected']}"
        return Verdict(passed=passed, message=message, margin=found["margin"], details=found)

    def _unusable(self, place: list[int], evs: Array, stds: Array) -> Verdict | None:
        """A verdict that fails, where a value, or a standard error that counts, is infinite or not a number."""
        import numpy as np

        from qspec.records.parts import Verdict

        compared = {"value": evs}
        if self.values is not None and self.standard_errors > 0:
            compared["standard error"] = stds
        for name, numbers in compared.items():
            if (wrong := np.flatnonzero(~np.isfinite(numbers))).size:
                point = [*place, *(int(step) for step in np.unravel_index(int(wrong[0]), numbers.shape))]
                where = f" at point {point}" if point else ""
                message = f"the {name}{where} is {float(numbers.flat[wrong[0]])}: not a finite number"
                details = {"value": float(evs.flat[wrong[0]]), "index": point}
                return Verdict(passed=False, message=message, margin=float("-inf"), details=details)
        return None

    def _chosen(self, pub: PubData) -> tuple[list[int], Array, Array]:
        """The point that was chosen (empty: all of them), and the values and standard errors there."""
        import numpy as np

        from qspec.records.saved import checked_index

        if "evs" not in pub.arrays:
            raise UsageError("this PUB has no expectation values: it is not an estimator's")
        evs = np.asarray(pub.arrays["evs"])
        stds = np.asarray(pub.arrays.get("stds", np.zeros_like(evs)))
        if self.index is not None:
            point = checked_index(self.index, pub.shape)
        elif self.take == "each":
            return [], evs, stds
        else:
            flat = int((np.argmax if self.take == "max" else np.argmin)(evs))
            point = tuple(int(step) for step in np.unravel_index(flat, evs.shape))
        return list(point), np.asarray(evs[point]), np.asarray(stds[point])

    def _conditions(self, evs: Array, stds: Array) -> Iterator[tuple[Callable[[int], str], Array]]:
        """Each condition, in words for the n-th value, and by how much each value keeps it."""
        if self.values is not None:
            expected = self._expected(evs)
            # Standard errors that do not count may be infinite, and 0 times infinity is not a number.
            allowed = self.tolerance + (self.standard_errors * stds if self.standard_errors else 0 * evs)
            yield lambda n: f"{expected.flat[n]:.6g} ± {allowed.flat[n]:.3g}", allowed - abs(evs - expected)
        if self.at_least is not None:
            yield lambda _: f"at least {self.at_least:.6g}", evs - self.at_least
        if self.at_most is not None:
            yield lambda _: f"at most {self.at_most:.6g}", self.at_most - evs

    def _expected(self, evs: Array) -> Array:
        import numpy as np

        try:
            return np.broadcast_to(np.asarray(self.values, dtype=float), evs.shape)
        except ValueError:
            raise UsageError(f"the expected values do not broadcast to the shape {list(evs.shape)}") from None


def _closest(words: Callable[[int], str], margins: Array, evs: Array) -> dict[str, Any]:
    """The value that keeps a condition least; what is not a number keeps none."""
    import numpy as np

    place = int(np.argmin(np.where(np.isnan(margins), -np.inf, margins)))
    index = [int(step) for step in np.unravel_index(place, evs.shape)]
    value, margin = float(evs.flat[place]), float(margins.flat[place])
    return {"value": value, "index": index, "expected": words(place), "margin": margin}


def _margin(found: dict[str, Any]) -> float:
    margin = float(found["margin"])
    return margin if margin == margin else float("-inf")  # noqa: PLR0124  NaN is what differs from itself
