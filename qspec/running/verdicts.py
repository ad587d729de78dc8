"""What came of the expectations at all points of a sweep, each as one verdict: the worst of them decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any

from qspec.reading.build import checks_of
from qspec.records.parts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qspec.records.point import PointRun
    from qspec.records.points import Points
    from qspec.records.view import FinishedRun


def verdicts_of_points(
    chosen: Sequence[int], points: Points, judge: Callable[[Any, FinishedRun], Verdict]
) -> list[Verdict]:
    """A verdict for each expectation that is chosen by its number, over all points.

    At each point it is asked as the spec says it there.
    """
    tallies = [_Tally() for _ in chosen]
    variant, there = -1, list[Any]()
    for point in points if chosen else ():
        if point.variant != variant:
            variant, there = point.variant, list(checks_of(points.variant(point.variant).spec))
        for tally, number in zip(tallies, chosen, strict=True):
            tally.add(point, judge(there[number], point))
    return [tally.verdict() for tally in tallies]


@dataclass(slots=True)
class _Tally:
    """The verdicts of one expectation: how many there are, how many failed, and the one nearest to its edge or beyond."""

    points: int = 0
    failed: int = 0
    worst: Verdict | None = None
    number: int = 0

    def add(self, point: PointRun, verdict: Verdict) -> None:
        self.points += 1
        self.failed += not verdict.passed
        if self.worst is None or _rank(verdict) < _rank(self.worst):
            self.worst, self.number = verdict, point.number

    def verdict(self) -> Verdict:
        if self.worst is None:
            return Verdict(passed=True, message="there are no points")
        said = f"at point {self.number}: {self.worst.message}"
        held = f"failed at {self.failed:,} of" if self.failed else "held at all"
        message = f"{held} {self.points:,} points; {said}"
        details = {**self.worst.details, "point": self.number, "points": self.points, "failed": self.failed}
        return replace(self.worst, passed=not self.failed, message=message, details=details)


def _rank(verdict: Verdict) -> tuple[bool, float]:
    """What is worst comes first: failed before held, then by the margin, then what has none."""
    return verdict.passed, inf if verdict.margin is None else verdict.margin
