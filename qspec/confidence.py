"""Bounds on how far measured shots are from a distribution, which hold for any number of shots, however few.

In all of them q is the distribution that shots are drawn from, q̂ the shares of the outcomes among n independent shots,
and p a distribution that is known.

*Total variation distance*, D(q, p) = ½ Σ |qᵢ − pᵢ|. It is q(A) − p(A) for the set A of all outcomes with qᵢ > pᵢ, and
for any set q̂(A) − p(A) ≤ D(q̂, p). The share q̂(A) is a mean of n draws from {0, 1}: by Hoeffding's inequality (1963) it
is below q(A) by t or more with a probability of at most exp(−2nt²). So with confidence 1 − α

    D(q, p) ≤ D(q̂, p) + √(ln(1/α) / 2n),

for any number of outcomes. The distance of the shares is on average larger than that of the distributions, never smaller:
of many rare outcomes the bound is a cautious one.

*Hellinger fidelity*, F(q, p) = B², B(q, p) = Σ √(qᵢ pᵢ). Two bounds, each with confidence 1 − α/2; the larger is taken.

1. B(q̂, p) is concave in q̂, so that its average is at most B(q, p). Taking one of Nᵢ equal shots away lowers it by
   √(pᵢ/n) (√Nᵢ − √(Nᵢ−1)) ≤ √(pᵢ / n Nᵢ); the squares of that add up to at most 1/n over all shots. By theorem 6.7 of
   Boucheron, Lugosi and Massart, *Concentration Inequalities* (2013), it is above its average by t or more with a
   probability of at most exp(−nt²/2). For any number of outcomes: B(q, p) ≥ B(q̂, p) − √(2 ln(2/α) / n).
2. Of k outcomes the relative entropy of q̂ and q is ε/n or more with a probability of at most e^{−ε} (eε/(k−1))^{k−1} for
   ε > k − 1 (Agrawal, *Finite-sample concentration of the multinomial in relative entropy*, 2020), and
   B(q̂, q) ≥ exp(−ε/2n) where it is not. The angle arccos B is a distance, so that arccos B(q, p) ≤ arccos B(q̂, p) +
   arccos exp(−ε/2n). For few outcomes, and a fidelity near 1, this is much the better one.
"""

from __future__ import annotations

from math import acos, cos, exp, floor, lgamma, log, log1p, pi, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


def largest_distance(distance: float, *, shots: int, confidence: float) -> float:
    """The upper bound, at a confidence between 0 and 1, for the total variation distance, given that of the shares."""
    return min(1.0, distance + sqrt(-log1p(-confidence) / (2 * shots)))


def smallest_fidelity(fidelity: float, *, shots: int, outcomes: int, confidence: float) -> float:
    """The lower bound, at a confidence between 0 and 1, for the Hellinger fidelity, given that of the shares.

    `outcomes` is the number of outcomes that are told apart, at least 2.
    """
    overlap = sqrt(min(fidelity, 1.0))
    error = log(2) - log1p(-confidence)
    by_mean = max(0.0, overlap - sqrt(2 * error / shots))
    angle = acos(overlap) + acos(exp(-_entropy(outcomes - 1, error) / (2 * shots)))
    by_angle = cos(angle) if angle < pi / 2 else 0.0
    return max(by_mean, by_angle) ** 2


def _entropy(free: int, error: float) -> float:
    """The ε > k − 1 = `free` at which e^{−ε} (eε/(k−1))^{k−1} is e^{−error}; not below it."""
    more = error + sqrt(
        2 * free * error
    )  # than `free`: not too little, as Gamma's tails say; Newton's steps stay above
    for _ in range(60):
        beyond = more - free * log1p(more / free) - error
        if beyond <= 1e-12 * error:
            break
        more -= beyond * (free + more) / more
    return free + more


def expected_distance(probabilities: Sequence[float] | NDArray[np.float64], *, shots: int) -> float:
    """The average total variation distance of so many shots from the distribution that they are drawn from.

    It is exact: half the sum of the mean absolute deviations of binomial variables, each by De Moivre's formula
    (Diaconis and Zabell, *Closed form summation for classical distributions*, 1991).
    """
    import numpy as np

    given = np.asarray(probabilities, dtype=float)
    rare = given[given * shots < 1]  # there may be millions of them, and the formula is short
    likely = given[given * shots >= 1].tolist()
    return float((rare * (1 - rare) ** shots).sum()) + sum(_deviation(each, shots) for each in likely) / (2 * shots)


def _deviation(probability: float, shots: int) -> float:
    """The mean absolute deviation of how often an outcome occurs."""
    if probability >= 1:
        return 0.0
    number = min(floor(shots * probability) + 1, shots)
    ways = lgamma(shots + 1) - lgamma(number + 1) - lgamma(shots - number + 1)
    chance = ways + number * log(probability) + (shots - number + 1) * log1p(-probability)
    return 2 * number * exp(chance)
