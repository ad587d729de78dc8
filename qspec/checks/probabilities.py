"""Measured probabilities of bitstrings, each within a tolerance of what is expected."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qspec.records.parts import Verdict
    from qspec.records.saved import PubData
    from qspec.records.view import FinishedRun


@frozen
class Probabilities:
    """Holds when every named bitstring's share of the shots is within `tolerance` of its value.

    Bitstrings that are not named may have any share. A broadcast PUB must hold at every point, or at the one that
    `index` names. Without `register`, bitstrings are the joint ones of all registers, the last one leftmost, a
    space between.
    """

    kind: ClassVar[str] = "probabilities"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "Each bitstring's share of the shots is within a tolerance of what is expected.",
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
            "values": {
                "title": "the expected probabilities",
                "type": "object",
                "minProperties": 1,
                "patternProperties": {r"^[01]+( [01]+)*$(?!\n)": {"type": "number", "minimum": 0, "maximum": 1}},
                "additionalProperties": False,
                "description": "The expected probability of each bitstring; qubit 0 is the rightmost character.",
            },
            "tolerance": {
                "type": "number",
                "minimum": 0,
                "description": "The largest difference that is allowed, as an absolute probability.",
            },
        },
        "required": ["job", "values", "tolerance"],
    }
    EXAMPLE: ClassVar[str] = """\
kind: probabilities
job: counts
pub: 0
values: {"00": 0.5, "11": 0.5}
tolerance: 0.08
"""
    MISUSE: ClassVar[str] = """\
kind: probabilities
job: counts
values: {"00": 1.5}
tolerance: 0.08
"""

    job: str
    values: Mapping[str, float] = field(default_factory=dict)
    tolerance: float = 0.0
    pub: int = 0
    register: str | None = None
    index: tuple[int, ...] | None = None

    def check(self, run: FinishedRun) -> Verdict:
        """The verdict about a run's results. Raises `UsageError`, `RecordError` when there is nothing to look at."""
        from qspec.records.parts import Verdict

        pub = run.pub(self.job, self.pub)
        pub.check_bitstrings(self.values, self.register)
        worst = max(self._deviations(pub), key=lambda found: found["deviation"])
        passed = worst["deviation"] <= self.tolerance
        place = f" at point {list(worst['index'])}" if worst["index"] else ""
        head = "closest to the edge: " if passed else ""
        expected = f"expected {worst['expected']:.4g} ± {self.tolerance:.4g}"
        message = f"{head}P({worst['bitstring']}) is {worst['measured']:.4g}{place}, {expected}"
        return Verdict(passed=passed, message=message, margin=self.tolerance - worst["deviation"], details=worst)

    def _deviations(self, pub: PubData) -> Iterator[dict[str, Any]]:
        from itertools import product

        from qspec.records.saved import checked_index

        points = product(*map(range, pub.shape)) if self.index is None else [checked_index(self.index, pub.shape)]
        for index in points:
            tally = pub.tally(self.register, index)
            for bitstring, expected in self.values.items():
                measured = tally.number_of(bitstring) / tally.shots
                yield {
                    "bitstring": bitstring,
                    "index": list(index),
                    "measured": measured,
                    "expected": float(expected),
                    "deviation": abs(measured - expected),
                }
