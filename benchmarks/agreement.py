"""Whether two answers are the same, as far as shots and noise can tell.

Each test gives the probability that answers which are the same differ as much as these do. One in a million is taken
for a difference: seeds are fixed, so that a right answer is not refused now and then.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    Array = np.ndarray[Any, Any]
    Counts = Mapping[str, int]

IMPROBABLE = 1e-6
_FEW = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the answers agree, and by which test."""

    agree: bool
    words: str


def all_of(*verdicts: Verdict) -> Verdict:
    """The answers agree when they do by every test; otherwise the tests that they failed are named."""
    failed = [verdict for verdict in verdicts if not verdict.agree]
    return Verdict(not failed, "; ".join(verdict.words for verdict in failed or verdicts))


def equal(what: str, ours: object, theirs: object) -> Verdict:
    """Answers that must be equal."""
    if ours == theirs:
        return Verdict(True, f"{what} equal")
    return Verdict(False, f"{what}: {str(ours)[:200]} is not {str(theirs)[:200]}")


def same_distributions(ours: Sequence[Counts], theirs: Sequence[Counts]) -> Verdict:
    """Two lists of counts, each pair from one distribution: chi-square of homogeneity, rare outcomes together."""
    if len(ours) != len(theirs):
        return Verdict(False, f"{len(ours)} results are not {len(theirs)}")
    parts = [_homogeneity(a, b) for a, b in zip(ours, theirs, strict=True)]
    return _chi_square("same distributions", sum(part[0] for part in parts), sum(part[1] for part in parts))


def _homogeneity(ours: Counts, theirs: Counts) -> tuple[float, int]:
    totals = sum(ours.values()), sum(theirs.values())
    common: Counter[str] = Counter(ours) + Counter(theirs)
    least = _FEW * sum(totals) / min(totals)
    rows = [(ours.get(word, 0), theirs.get(word, 0)) for word, number in common.items() if number >= least]
    rest = totals[0] - sum(row[0] for row in rows), totals[1] - sum(row[1] for row in rows)
    rows += [rest] if sum(rest) >= least else []
    share = totals[0] / sum(totals)
    statistic = sum(
        (a - share * (a + b)) ** 2 / (share * (a + b)) + (b - (1 - share) * (a + b)) ** 2 / ((1 - share) * (a + b))
        for a, b in rows
    )
    return statistic, max(len(rows) - 1, 0)


def follows(counts: Sequence[Counts], probabilities: Sequence[Mapping[str, float]]) -> Verdict:
    """Counts against exact probabilities: chi-square of fit, and no outcome that cannot be."""
    statistic, freedom = 0.0, 0
    for found, exact in zip(counts, probabilities, strict=True):
        shots = sum(found.values())
        impossible = [word for word in found if exact.get(word, 0.0) <= 0.0]
        if impossible:
            return Verdict(False, f"'{impossible[0]}' was measured, which cannot be")
        often = {word: p * shots for word, p in exact.items() if p * shots >= _FEW}
        rows = [(found.get(word, 0), expected) for word, expected in often.items()]
        rest = shots - sum(row[0] for row in rows), shots - sum(row[1] for row in rows)
        rows += [rest] if rest[1] >= _FEW else []
        statistic += sum((number - expected) ** 2 / expected for number, expected in rows)
        freedom += max(len(rows) - 1, 0)
    return _chi_square("exact probabilities", statistic, freedom)


def _chi_square(what: str, statistic: float, freedom: int) -> Verdict:
    from scipy.stats import chi2

    p = float(chi2.sf(statistic, freedom)) if freedom else 1.0
    return Verdict(
        p >= IMPROBABLE, f"{what}: chi-square {statistic:.1f} with {freedom} degrees of freedom, p = {p:.2g}"
    )


def near(ours: Counts, theirs: Counts, bound: float) -> Verdict:
    """Distributions that differ a little for a known reason: total variation distance within a bound."""
    totals = sum(ours.values()), sum(theirs.values())
    words = {*ours, *theirs}
    distance = sum(abs(ours.get(word, 0) / totals[0] - theirs.get(word, 0) / totals[1]) for word in words) / 2
    return Verdict(distance <= bound, f"total variation distance {distance:.3f}, at most {bound}")


def estimates(values: Sequence[float], errors: Sequence[float], exact: Sequence[float], whose: str) -> Verdict:
    """Estimates with their standard errors against exact values: the sum of the squared deviations in such errors."""
    if not len(values) == len(errors) == len(exact):
        return Verdict(False, f"{whose}: {len(values)} values with {len(errors)} errors are not {len(exact)}")
    statistic = sum(((v - e) / s) ** 2 for v, s, e in zip(values, errors, exact, strict=True))
    return _chi_square(f"{whose} against exact values", statistic, len(exact))


def not_too_good(values: Sequence[float], errors: Sequence[float], exact: Sequence[float]) -> Verdict:
    """Estimates that claim errors must have them: deviations as small as these must not be improbable."""
    from scipy.stats import chi2

    statistic = sum(((v - e) / s) ** 2 for v, s, e in zip(values, errors, exact, strict=True))
    p = float(chi2.cdf(statistic, len(exact)))
    return Verdict(p >= IMPROBABLE, f"ours has the spread that it claims: p = {p:.2g}")


def same_marginals(ours: Sequence[Counts], theirs: Sequence[Counts]) -> Verdict:
    """Counts over many more outcomes than shots, point by point and all points together.

    Compared are the share of ones of each bit, the parity of each pair of neighbours and that of all bits, by the
    standard error of their difference; the largest deviation counts, among as many as there are.
    """
    import numpy as np

    pairs = [(_signs(a), _signs(b)) for a, b in zip(ours, theirs, strict=True)]
    pairs.append((np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])))
    deviations = np.concatenate([_deviations(a, b) for a, b in pairs])
    largest = float(np.abs(deviations).max())
    p = min(1.0, len(deviations) * math.erfc(largest / math.sqrt(2)))
    words = f"same marginals and parities: largest of {len(deviations)} deviations {largest:.1f} sigma, p = {p:.2g}"
    return Verdict(p >= IMPROBABLE, words)


def _signs(counts: Counts) -> Array:
    """For each shot: +1 or -1 of each bit, of each pair of neighbours, and of all bits."""
    import numpy as np

    words = np.array([list(word) for word in counts]) == "1"
    bits = 1 - 2 * np.repeat(words, list(counts.values()), axis=0).astype(int)
    return np.column_stack([bits, bits[:, 1:] * bits[:, :-1], bits.prod(axis=1)])


def _deviations(ours: Array, theirs: Array) -> Array:
    """Differences of means in standard errors; a sign that occurs not at all counts as if it occurred once."""
    import numpy as np

    common = (ours.sum(axis=0) + theirs.sum(axis=0)) / (len(ours) + len(theirs))
    variance = np.maximum(1 - common**2, 1 / min(len(ours), len(theirs)))
    return (ours.mean(axis=0) - theirs.mean(axis=0)) / np.sqrt(variance * (1 / len(ours) + 1 / len(theirs)))
