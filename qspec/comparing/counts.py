"""Counts of bitstrings held against each other, whatever their number, and however rare most of them are."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from qspec.comparing.found import Compared

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from qspec.records.counts import Tally
    from qspec.records.saved import PubData

    Array = np.ndarray[Any, Any]

FEWEST = 20
"""An outcome is a class of its own in a chi-square test where each side expects at least so many shots of it."""
_EXACT_BELOW = 1000
"""Up to so many shots of the rarer of two outcomes the exact distribution is summed up."""


def compare_counts(before: PubData, after: PubData) -> Compared:
    """At each point of the PUB, of the bitstrings of all registers together: a two-sample chi-square test over the frequent
    outcomes, the rare ones together, and a test of each bit's share of ones. The smallest p-value counts, times the
    number of tests (Bonferroni).

    The effect is the total variation distance where that p-value is, beside what two samples of one distribution have
    on average.
    """
    found = [(point, *_at_point(before.tally(None, point), after.tally(None, point))) for point in _points(before)]
    tests = sum(number for _, _, number, _, _ in found)
    place, p_value, _, words, tallies = min(found, key=lambda entry: entry[1])
    distance, expected = distances(*tallies)
    where = f" at point {list(place)}" if place else ""
    more = f" at each of {len(found):,} points" if len(found) > 1 else ""
    return Compared(
        test=f"{words}{more}",
        tests=tests,
        p_value=min(1.0, tests * p_value),
        effect=distance,
        effect_name="total variation distance",
        effect_expected=expected,
        place=place,
        message=f"total variation distance {distance:.3g}{where}; sampling alone gives {expected:.3g}",
    )


def _points(pub: PubData) -> Iterator[tuple[int, ...]]:
    return product(*map(range, pub.shape))


def _at_point(before: Tally, after: Tally) -> tuple[float, int, str, tuple[Array, Array]]:
    """The smallest p-value, the number of tests, which they are, and how often each outcome occurs on both sides."""
    numbers = before.beside(after)
    shots = before.shots, after.shots
    p_values = [
        share_p_value((int(old), int(new)), shots) for old, new in zip(before.ones(), after.ones(), strict=True)
    ]
    words = f"shares of {len(p_values)} bit{'s' * (len(p_values) != 1)}"
    chi, classes = chi_square_p_value(*numbers)
    if classes > 1:
        p_values.append(chi)
        words = f"chi-square over {classes:,} outcomes, and {words}"
    return min(p_values, default=1.0), len(p_values), words, numbers


def chi_square_p_value(before: Array, after: Array) -> tuple[float, int]:
    """The p-value of a two-sample chi-square test, and the number of its classes; 1 where there is one class.

    Outcomes of which a side expects fewer than `FEWEST` shots are one class together. Which these are depends on the sums
    of both sides alone, which the test takes as given, so that it stays valid. (Cochran 1952; with unequal numbers of shots
    as in Press et al., Numerical Recipes, section 14.3.)
    """
    import numpy as np
    from scipy.special import chdtrc

    shots = np.array([before.sum(), after.sum()], dtype=float)
    together = before + after
    frequent = together * shots.min() / shots.sum() >= FEWEST
    classes = np.array([[*side[frequent], side[~frequent].sum()] for side in (before, after)], dtype=float)
    expected = classes.sum(axis=0) * shots.min() / shots.sum()
    if expected[-1] < FEWEST:  # too few rare ones for a class: they go to the rarest of the others, or nowhere
        kept, rest = classes[:, :-1], classes[:, -1]
        if not kept.shape[1]:
            return 1.0, 1
        kept[:, int(np.argmin(kept.sum(axis=0)))] += rest
        classes = kept
    if classes.shape[1] < 2:
        return 1.0, 1
    ratio = np.sqrt(shots[1] / shots[0])
    statistic = float(((ratio * classes[0] - classes[1] / ratio) ** 2 / classes.sum(axis=0)).sum())
    return float(chdtrc(classes.shape[1] - 1, statistic)), classes.shape[1]


def share_p_value(found: tuple[int, int], shots: tuple[int, int]) -> float:
    """The two-sided p-value of two shares `found[k] / shots[k]` being those of one probability.

    Given their sum, the first number follows the hypergeometric distribution: where the rarer outcome is rare, its tail is
    summed up and doubled (Fisher's exact test); else the normal distribution with the correction for continuity.
    """
    total, everything = sum(found), sum(shots)
    if 2 * total > everything:  # the rarer of the two outcomes
        found = (shots[0] - found[0], shots[1] - found[1])
        total = sum(found)
    if total == 0:
        return 1.0
    if total <= _EXACT_BELOW:
        return _exact(found[0], total, shots)
    import math

    mean = total * shots[0] / everything
    variance = mean * (shots[1] / everything) * (everything - total) / (everything - 1)
    return math.erfc(max(abs(found[0] - mean) - 0.5, 0.0) / math.sqrt(2 * variance))


def _exact(first: int, total: int, shots: tuple[int, int]) -> float:
    import numpy as np

    weights = hypergeometric(total, shots)
    return min(1.0, 2 * float(min(np.sum(weights[: first + 1]), np.sum(weights[first:]))))


def hypergeometric(total: int, shots: tuple[int, int]) -> Array:
    """The probability that so many (0 to `total`) of `total` shots are among the first `shots[0]` of all."""
    import numpy as np
    from scipy.special import gammaln

    first = np.arange(total + 1)

    def ways(number: float, chosen: Array) -> Array:
        inside = (chosen >= 0) & (chosen <= number)
        kept = np.where(inside, chosen, 0)
        logs = gammaln(number + 1) - gammaln(kept + 1) - gammaln(number - kept + 1)
        found: Array = np.where(inside, logs, -np.inf)
        return found

    logs = ways(shots[0], first) + ways(shots[1], total - first)
    weights = np.exp(logs - logs.max())
    shares: Array = weights / weights.sum()
    return shares


def distances(before: Array, after: Array) -> tuple[float, float]:
    """The total variation distance of two samples, and what it is on average for two samples of one distribution.

    The average is taken over all ways to deal the outcomes of both sides to the two sides: exact for outcomes that are
    rare, by the normal distribution for the others.
    """
    import numpy as np

    shots = int(before.sum()), int(after.sum())
    distance = 0.5 * float(np.abs(before / shots[0] - after / shots[1]).sum())
    totals, times = np.unique(before + after, return_counts=True)
    expected = sum(int(number) * _mean_gap(int(total), shots) for total, number in zip(totals, times, strict=True))
    return distance, 0.5 * expected


def _mean_gap(total: int, shots: tuple[int, int]) -> float:
    """The mean of |x / n - (k - x) / m| where x of k shots are among the first n of n + m."""
    import numpy as np

    n, m = shots
    everything = n + m
    mean = total * n / everything
    if total <= _EXACT_BELOW:
        gap = float(hypergeometric(total, shots) @ np.abs(np.arange(total + 1) - mean))
    else:
        variance = mean * (m / everything) * (everything - total) / (everything - 1)
        gap = float(np.sqrt(2 * variance / np.pi))
    return gap * everything / (n * m)
