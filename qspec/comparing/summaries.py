"""A PUB's results in few numbers, as a lock keeps them, and a PUB held against such a summary."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from qspec.comparing.chance import classes_of, classes_p_value
from qspec.comparing.counts import Tested, the_smallest, with_bits
from qspec.comparing.estimates import compare_estimates
from qspec.comparing.found import Compared, no_test

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

    from qspec.records.counts import Tally
    from qspec.records.saved import PubData

    Array = np.ndarray[Any, Any]
    Index = tuple[int, ...]

MOST_OUTCOMES = 32
"""Bitstrings of which a summary has the numbers, at a PUB's only point."""
MOST_IN_ALL = 1024
"""The same over all points of a PUB; there are at least two at each."""
CLASSES, FEWER = 64, 16
"""Of bitstrings, by a hash of their bits. What is tested must not be chosen by what was frequent: that is less so again."""
MOST_POINTS = 256
MOST_VALUES = 4096
_APART = "the data are of another form than those in the lock"


def summary_of(pub: PubData) -> dict[str, Any] | None:
    """Of counts, at each point of the PUB, the shots, the most frequent bitstrings, and how often each bit is 1, that of
    qubit 0 first; where not all bitstrings are named, also how many shots fall into each of 64 classes of bitstrings. Of
    expectation values these, with their standard errors. None where that is too much, or the data are neither.
    """
    points = _points(pub)
    if pub.registers:
        return (
            {"counts": [_counts(pub, point, len(points)) for point in points]} if len(points) <= MOST_POINTS else None
        )
    if "evs" not in pub.arrays or pub.arrays["evs"].size > MOST_VALUES:
        return None
    return {name: _numbers(pub.arrays[name]) for name in ("evs", "stds") if name in pub.arrays}


def _points(pub: PubData) -> list[Index]:
    return list(product(*map(range, pub.shape)))


def _counts(pub: PubData, point: Index, points: int) -> dict[str, Any]:
    tally = pub.tally(None, point)
    most = max(2, min(MOST_OUTCOMES, MOST_IN_ALL // points))
    frequent = dict(sorted(tally.most_frequent(most).items()))
    said = {"shots": tally.shots, "frequent": frequent, "ones": tally.ones().tolist()}
    classes = CLASSES if points <= FEWER else FEWER
    return said if len(tally) <= most else {**said, "classes": tally.spread(classes).tolist()}


def _numbers(values: Array) -> Any:
    import numpy as np

    finite = np.vectorize(lambda value: float(value) if np.isfinite(value) else None, otypes=[object])
    return finite(values).tolist()


def compare_with_summary(summary: Mapping[str, Any] | None, pub: PubData, *, mitigated: bool = False) -> Compared:
    """What came of comparing a PUB with the summary of another that is not identical: by the tests of whole PUBs, over
    the bitstrings that the summary has, or classes of them. Raises nothing for a summary of another form: it is said.
    """
    if summary is None:
        return no_test("the lock has no summary of this PUB to test against")
    try:
        if "counts" in summary and pub.registers:
            return _compare_counts(summary["counts"], pub)
        if "evs" in summary and "evs" in pub.arrays:
            return _compare_values(summary, pub, mitigated=mitigated)
    except (KeyError, TypeError, ValueError, AttributeError):  # somebody wrote into the lock
        return no_test(_APART)
    return no_test(_APART)


def _compare_values(summary: Mapping[str, Any], pub: PubData, *, mitigated: bool) -> Compared:
    import numpy as np

    names = [name for name in ("evs", "stds") if name in summary and name in pub.arrays]
    old, new = ({name: np.asarray(side[name], dtype=float) for name in names} for side in (summary, pub.arrays))
    if "stds" in old and (old["stds"].shape != old["evs"].shape or (old["stds"] < 0).any()):
        return no_test(_APART)
    return compare_estimates(old, new, mitigated=mitigated)


def _compare_counts(known: list[Mapping[str, Any]], pub: PubData) -> Compared:
    points = _points(pub)
    if len(points) != len(known):
        return no_test(f"the PUB has {len(points)} points, and the lock {len(known)}")
    for entry, point in zip(known, points, strict=True):
        tally = pub.tally(None, point)
        if not (entry["shots"] and tally.shots):
            return no_test("one of the runs has no shots")
        if not _adds_up(entry, len(tally.ones())):
            return no_test(_APART)
    entries = zip(known, points, strict=True)
    return the_smallest(each for entry, point in entries for each in _tests(entry, pub.tally(None, point), point))


def _adds_up(entry: Mapping[str, Any], num_bits: int) -> bool:
    """Whether the numbers of a summary are such, and fit together: somebody may have written into the lock."""
    shots, named = entry["shots"], [*entry["frequent"].values()]
    parts = entry.get("classes", named)
    numbers = [shots, *named, *parts, *entry["ones"]]
    return (
        all(type(number) is int and 0 <= number <= shots for number in numbers)
        and sum(parts) == shots
        and len(entry["ones"]) == num_bits
        and len(entry.get("classes", ())) in (0, FEWER, CLASSES)
    )


def _tests(entry: Mapping[str, Any], tally: Tally, point: Index) -> Iterator[Tested]:
    """A test over bitstrings, or classes of them, and one of each bit that is not the same in all shots."""
    import numpy as np

    sides = _sides(entry, tally)
    classes = classes_of(*sides)
    p_value = classes_p_value(*classes) if len(classes[0]) > 1 else 1.0
    what = "classes of outcomes" if "classes" in entry else "outcomes"
    test = f"two-sample chi-square over {len(classes[0]):,} {what}"
    outcomes = Tested(p_value=p_value, test=test, index=point, register=None, sides=sides)
    yield from with_bits(outcomes, (np.asarray(entry["ones"]), tally.ones()), (int(entry["shots"]), tally.shots))


def _sides(entry: Mapping[str, Any], tally: Tally) -> tuple[Array, Array]:
    """How often each bitstring, or each class of them, occurs on both sides."""
    import numpy as np

    if "classes" in entry:
        return np.asarray(entry["classes"]), tally.spread(len(entry["classes"]))
    known, there = dict(entry["frequent"]), dict(tally.items())
    both = sorted({*known, *there})
    first, second = (np.array([side.get(bits, 0) for bits in both]) for side in (known, there))
    return first, second
