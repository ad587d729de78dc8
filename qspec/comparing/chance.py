"""How probable it is that two samples of one distribution differ as much as they do.

Two samples have n and m shots. All that is used: if both are drawn from one distribution, then, whatever it is, every way
to deal the n + m shots to the two sides is equally probable. So how many of the k shots with some property are on the first
side follows the hypergeometric distribution, and whatever is decided by looking at the sums of both sides alone (which
outcomes are rare, which bits are constant) leaves the probability of a false alarm as it is.

`share_p_values` is exact. `classes_p_value` compares the statistic G of the likelihood ratio, corrected by Williams, with the
chi-square distribution. Pearson's statistic was not taken: with unequal numbers of shots its far tail is too heavy.
Probability of a p-value of at most 0.001, 1e-5 and 1e-8, as multiples of these, computed exactly for independent classes
of which the smaller side expects 30 shots (`tests/comparing/test_chance.py`):

| n : m   | classes | G, corrected     | Pearson           |
|---------|---------|------------------|-------------------|
| 1 : 1   | 2       | 0.97  1.10  0.93 | 0.81  0.60   0.21 |
| 1 : 1   | 100     | 1.01  1.01  1.02 | 0.90  0.80   0.65 |
| 1 : 10  | 2       | 0.98  1.04  1.02 | 1.20  2.63  13.17 |
| 1 : 10  | 100     | 1.01  1.01  1.02 | 1.11  1.31   1.85 |
| 1 : 100 | 2       | 1.03  1.02  1.01 | 1.25  3.30  20.81 |
| 1 : 100 | 100     | 1.01  1.02  1.02 | 1.17  1.47   2.39 |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

FEWEST = 30
"""An outcome is a class of its own where the side with fewer shots expects at least so many of it."""
_AT_ONCE = 2**18
"""Probabilities that are added up at once."""


def share_p_values(first: Array, together: Array, shots: tuple[int, int]) -> Array:
    """For each property of a shot the two-sided p-value of its shares on both sides: Fisher's exact test.

    `first` says how many shots of the first side have it, `together` how many of both. The smaller tail of the hypergeometric
    distribution counts twice.
    """
    import numpy as np

    n, m = shots
    more_here = first * (n + m) >= together * n
    number = np.where(more_here, first, together - first).astype(float)
    here = np.where(more_here, n, m).astype(float)
    there = float(n + m) - here
    p_values: Array = np.minimum(1.0, 2 * _upper_tails(number, together.astype(float), here, there))
    return p_values


def _upper_tails(number: Array, together: Array, here: Array, there: Array) -> Array:
    """The probability of so many or more; none is fewer than on average.

    Ratios of neighbouring probabilities fall, so that beyond twelve standard deviations nothing is left to add.
    """
    import numpy as np

    everything = here + there
    variances = together * (here / everything) * (there / everything) * (1 - together / everything)
    steps = np.arange(12 * np.sqrt(variances.max(initial=0.0)) + 60)
    tails = np.empty(len(number))
    some = max(1, _AT_ONCE // len(steps))
    for start in range(0, len(number), some):
        chosen = slice(start, start + some)
        k, n, m = together[chosen, None], here[chosen, None], there[chosen, None]
        reached = number[chosen, None] + steps
        ratios = np.maximum(k - reached, 0) * np.maximum(n - reached, 0) / ((reached + 1) * (m - k + reached + 1))
        tails[chosen] = 1 + np.cumprod(ratios, axis=1).sum(axis=1)
    found: Array = tails * hypergeometric(number, together, here, there)
    return found


def hypergeometric(number: Array, together: Array, here: Any, there: Any) -> Array:
    """The probability that so many of `together` are among the `here` first of `here + there` shots, all of them possible."""
    import numpy as np

    logs = _log_ways(here, number) + _log_ways(there, together - number) - _log_ways(here + there, together)
    probabilities: Array = np.exp(logs)
    return probabilities


def _log_ways(number: Any, chosen: Any) -> Any:
    from scipy.special import gammaln

    return gammaln(number + 1) - gammaln(chosen + 1) - gammaln(number - chosen + 1)


def classes_of(first: Array, second: Array) -> tuple[Array, Array]:
    """How often each class of outcomes occurs on both sides, given how often each outcome does.

    Outcomes of which the side with fewer shots expects fewer than `FEWEST` are one class together, at the end; if this
    is still too small, it is put to the rarest of the others. Only the sums of both sides decide.
    """
    import numpy as np

    shots = int(first.sum()), int(second.sum())
    together = first + second
    fewest = FEWEST * sum(shots) / min(shots)
    frequent = together >= fewest
    sides = [side[frequent] for side in (first, second)]
    rest = [int(side[~frequent].sum()) for side in (first, second)]
    if sum(rest) >= fewest or not frequent.any():
        return np.append(sides[0], rest[0]), np.append(sides[1], rest[1])
    rarest = int(np.argmin(together[frequent]))
    for side, more in zip(sides, rest, strict=True):
        side[rarest] += more
    return sides[0], sides[1]


def classes_p_value(first: Array, second: Array) -> float:
    """The p-value of a two-sample test over all classes: the likelihood ratio's, exact where there are but two.

    Source: Sokal and Rohlf, *Biometry*, chapter 17 (the test of independence by G); Williams, *Improved likelihood ratio
    tests for complete contingency tables*, Biometrika 63 (1976).
    """
    from scipy.special import chdtrc, xlogy

    shots = int(first.sum()), int(second.sum())
    together = first + second
    if len(together) == 2:
        return float(share_p_values(first[:1], together[:1], shots)[0])
    everything, free = sum(shots), len(together) - 1
    statistic = 0.0
    for side, number in zip((first, second), shots, strict=True):
        statistic += 2 * float(xlogy(side, side * (everything / number) / together).sum())
    spread = (everything / shots[0] + everything / shots[1] - 1) * (float((everything / together).sum()) - 1)
    return float(chdtrc(free, max(statistic, 0.0) / (1 + spread / (6 * everything * free))))


def distances(first: Array, second: Array) -> tuple[float, float]:
    """The total variation distance of two samples, ½ Σ |x/n − y/m|, and its average over all ways to deal the shots.

    The average is exact: half the sum of mean absolute deviations of hypergeometric variables, (n + m) / nm times

        E|x − μ| = 2 v (m − k + v) / (n + m) · P(x = v),   v = ⌊μ⌋ + 1,   μ = kn / (n + m)

    (the telescoping sum by which De Moivre found that of the binomial distribution: Diaconis and Zabell, *Closed form
    summation for classical distributions*, Statistical Science 6, 1991).
    """
    import numpy as np

    n, m = int(first.sum()), int(second.sum())
    distance = int(np.abs(first * m - second * n).sum()) / (2 * n * m)
    totals, times = np.unique(first + second, return_counts=True)
    number = totals * n // (n + m) + 1
    inside = number <= np.minimum(totals, n)  # else there is no way to be above the average
    k, v = totals[inside].astype(float), number[inside].astype(float)
    gaps = 2 * v * (m - k + v) / (n + m) * hypergeometric(v, k, float(n), float(m))
    return distance, min(1.0, 0.5 * float(times[inside] @ gaps) * (n + m) / (float(n) * m))
