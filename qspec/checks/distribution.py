"""The distribution of measured bitstrings against what is expected, by one number with a confidence bound."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

    from qspec.records.counts import Tally
    from qspec.records.parts import Verdict
    from qspec.records.saved import PubData
    from qspec.records.view import FinishedRun
    from qspec.simulation.ideal import Ideal

    Array = np.ndarray[Any, Any]
    Point = tuple[int, ...]

SUM_TOLERANCE = 1e-6
"""How far given probabilities may add up to more or less than 1, and still be all of them."""
_NOTHING = 1e-12
"""Probabilities up to this are taken for zero: a simulation rounds."""


@frozen
class Distribution:
    """Holds when the distance from what is expected is small enough (the fidelity large enough) beyond doubt.

    Beyond doubt means: not the number that the shots give, but the bound for it at `confidence` is within the limit. A
    distribution that is not within the limit passes with a probability of at most 1 − `confidence`, whatever it is.
    `qspec.confidence` says where the bounds come from. That is so for a broadcast PUB as well, whose points must all hold:
    one point that is not within its limit is enough to fail.

    What is expected are `values`, or the exact distribution of the PUB's own circuit without noise (`ideal`). Bitstrings
    that `values` does not name are one outcome together, with the probability that is left; where `values` add up to 1
    within 1e-6, with none. `total_variation_distance` is ½ Σ |measured − expected|, `hellinger_fidelity` the
    square of Σ √(measured · expected), as in Qiskit.
    """

    kind: ClassVar[str] = "distribution"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "The measured distribution is near an expected one, with a confidence bound.",
        "properties": {
            "job": {"type": "string", "minLength": 1, "description": "The id of a sampler job."},
            "pub": {"type": "integer", "minimum": 0, "description": "The PUB, counted from 0. Default 0."},
            "register": {
                "type": "string",
                "minLength": 1,
                "description": "The classical register. Without it: all of them, the last one leftmost, a space"
                " between.",
            },
            "index": {
                "type": "array",
                "items": {"type": "integer", "minimum": 0},
                "description": "One point of a broadcast PUB, a number for each axis. Without it every point must hold.",
            },
            "metric": {
                "enum": ["total_variation_distance", "hellinger_fidelity"],
                "description": "What is compared: half the sum of all differences of probabilities (0 is equal), or the"
                " squared overlap of their square roots (1 is equal).",
            },
            "values": {
                "title": "the expected probabilities",
                "type": "object",
                "minProperties": 1,
                "patternProperties": {r"^[01]+( [01]+)*$(?!\n)": {"type": "number", "minimum": 0, "maximum": 1}},
                "additionalProperties": False,
                "description": "The expected probability of each bitstring; qubit 0 is the rightmost character. All"
                " other bitstrings are one outcome, with the probability that is left to 1.",
            },
            "ideal": {
                "enum": [True],
                "description": "In place of values: the exact distribution of the PUB's own circuit without noise, up"
                " to 25 active qubits, without control flow.",
            },
            "at_most": {
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": 1,
                "description": "The largest total variation distance that is allowed.",
            },
            "at_least": {
                "type": "number",
                "minimum": 0,
                "exclusiveMaximum": 1,
                "description": "The smallest Hellinger fidelity that is allowed.",
            },
            "confidence": {
                "type": "number",
                "exclusiveMinimum": 0,
                "exclusiveMaximum": 1,
                "description": "The confidence of the bound that must be within the limit. Default 0.99.",
            },
        },
        "required": ["job", "metric"],
        "allOf": [
            {
                "if": {"properties": {"ideal": False}},
                "then": {"title": "a distribution expectation without 'ideal: true'", "required": ["values"]},
            },
            {
                "if": {"properties": {"metric": {"const": "total_variation_distance"}}, "required": ["metric"]},
                "then": {"title": "a total variation distance", "required": ["at_most"]},
            },
            {
                "if": {"properties": {"metric": {"const": "hellinger_fidelity"}}, "required": ["metric"]},
                "then": {"title": "a Hellinger fidelity", "required": ["at_least"]},
            },
        ],
    }
    EXAMPLE: ClassVar[str] = """\
kind: distribution
job: counts
values: {"00": 0.5, "11": 0.5}
metric: total_variation_distance
at_most: 0.06
"""
    MISUSE: ClassVar[str] = """\
kind: distribution
job: counts
ideal: true
metric: hellinger_fidelity
at_most: 0.06
"""

    job: str
    metric: Literal["total_variation_distance", "hellinger_fidelity"]
    values: Mapping[str, float] | None = None
    ideal: bool | None = None
    at_most: float | None = None
    at_least: float | None = None
    confidence: float = 0.99
    pub: int = 0
    register: str | None = None
    index: tuple[int, ...] | None = None

    def check(self, run: FinishedRun) -> Verdict:
        """The verdict about a run's results. Raises `UsageError`, `RecordError` when there is nothing to look at."""
        from qspec.confidence import expected_distance
        from qspec.records.parts import Verdict

        pub = run.pub(self.job, self.pub)
        place, worst = min(self._comparisons(run, pub), key=lambda found: self._margin(self._bound(found[1])))
        value, bound = self._value(worst), self._bound(worst)
        passed = self._margin(bound) >= 0
        details = {
            "index": list(place),
            "value": value,
            "bound": bound,
            "confidence": self.confidence,
            "shots": worst.shots,
            "outcomes": worst.outcomes,
        }
        if not self._by_fidelity:
            details["expected_distance"] = expected_distance(worst.probabilities, shots=worst.shots)
        head = "closest to the edge: " if passed and pub.shape and self.index is None else ""
        message = head + self._words(value, bound, f" at point {list(place)}" if place else "")
        return Verdict(passed=passed, message=message, margin=self._margin(bound), details=details)

    @property
    def _by_fidelity(self) -> bool:
        return self.metric == "hellinger_fidelity"

    def _margin(self, number: float) -> float:
        """How far a distance or fidelity is within the limit; negative beyond it."""
        if self._by_fidelity:
            return number - (self.at_least or 0.0)
        return (self.at_most or 0.0) - number

    def _words(self, value: float, bound: float, place: str) -> str:
        name, side, limit = "total variation distance", "at most", self.at_most
        if self._by_fidelity:
            name, side, limit = "Hellinger fidelity", "at least", self.at_least
        said = f"{name} {value:.4g}{place}, {side} {bound:.4g} with confidence {self.confidence:g}"
        open_ = self._margin(value) >= 0 > self._margin(bound)
        return f"{said}; expected {side} {limit:.4g}{': more shots would tell' if open_ else ''}"

    def _value(self, found: _Compared) -> float:
        return found.fidelity if self._by_fidelity else found.distance

    def _bound(self, found: _Compared) -> float:
        from qspec.confidence import largest_distance, smallest_fidelity

        shots, confidence = found.shots, self.confidence
        if self._by_fidelity:
            return smallest_fidelity(found.fidelity, shots=shots, outcomes=found.outcomes, confidence=confidence)
        return largest_distance(found.distance, shots=shots, confidence=confidence)

    def _comparisons(self, run: FinishedRun, pub: PubData) -> Iterator[tuple[Point, _Compared]]:
        """What is found at each point."""
        from qspec.records.saved import checked_index

        registers = list(pub.chosen(self.register))
        points = list(product(*map(range, pub.shape))) if self.index is None else [checked_index(self.index, pub.shape)]
        if not self.ideal:
            given = self._given(pub)
            yield from ((point, given.compared(pub.tally(self.register, point))) for point in points)
            return
        from qspec.simulation.ideal import ideal_distributions

        circuit, values = run.circuit(self.job, self.pub), run.parameter_values(self.job, self.pub)
        distributions = ideal_distributions(circuit, registers, values, points)
        for point, ideal in zip(points, distributions, strict=True):
            yield point, _compared_with_ideal(ideal, pub.tally(self.register, point))

    def _given(self, pub: PubData) -> _Given:
        """The given values, which must be bitstrings of the PUB and add up to no more than 1. Raises `UsageError`."""
        from qspec.errors import UsageError

        values = self.values or {}
        pub.check_bitstrings(values, self.register)
        total = sum(values.values())
        if total > 1 + SUM_TOLERANCE:
            raise UsageError(f"the expected probabilities add up to {total:.6g}, which is more than 1")
        return _Given(values, total)


class _Given:
    """Probabilities that were given, and one of all other bitstrings together."""

    def __init__(self, values: Mapping[str, float], total: float) -> None:
        whole = abs(total - 1) <= SUM_TOLERANCE
        self._values = {bitstring: value / total if whole else value for bitstring, value in values.items()}
        self._left = 0.0 if whole else 1 - total

    def compared(self, tally: Tally) -> _Compared:
        """What a tally is in comparison."""
        import numpy as np

        numbers = [tally.number_of(bitstring) for bitstring in self._values]
        numbers.append(tally.shots - sum(numbers))
        expected = np.array([*self._values.values(), self._left])
        return _Compared(expected, np.array(numbers) / tally.shots, shots=tally.shots, probabilities=expected)


def _compared_with_ideal(ideal: Ideal, tally: Tally) -> _Compared:
    """What a tally is in comparison with an exact distribution."""
    import numpy as np

    found = ideal.of([bitstring for bitstring, _ in tally.items()])
    expected = np.append(found, max(0.0, 1 - float(found.sum())))  # what was never measured is one outcome
    measured = np.append(tally.numbers / tally.shots, 0.0)
    present = ideal.probabilities[ideal.probabilities > _NOTHING]
    return _Compared(expected, measured, shots=tally.shots, probabilities=np.append(present, 0.0))


class _Compared:
    """Shares of outcomes beside what was expected of them; `probabilities` are those of all outcomes that are expected."""

    def __init__(self, expected: Array, measured: Array, *, shots: int, probabilities: Array) -> None:
        import numpy as np

        self.distance = float(np.abs(measured - expected).sum()) / 2
        self.fidelity = min(1.0, float(np.sqrt(measured * expected).sum()) ** 2)
        self.shots = shots
        self.probabilities = probabilities
        self.outcomes = len(probabilities)
