"""Expectation values held against each other by their standard errors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qspec.comparing.found import Compared, no_test

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    Array = np.ndarray[Any, Any]


MITIGATED = 1.5
"""By so much the recorded standard errors of mitigated values are taken for larger: they leave out the uncertainty of what
the mitigation learned, which is the same for all values of a job. It was a tenth of the error on `fake_hanoi`.
"""
EQUAL = Compared(
    test="equality", tests=1, p_value=1.0, message="all values are equal, and their standard errors are not"
)


def compare_estimates(before: Mapping[str, Array], after: Mapping[str, Array], *, mitigated: bool = False) -> Compared:
    """Compare the fields `evs` and, where they are there, `stds` of two PUBs.

    Z = (a - b) / sqrt(sa² + sb²) of each value, with the recorded standard errors; the largest is judged by the normal
    distribution, its probability times the number of values (Bonferroni).

    Values without any error on both sides are the same or different; those that are not finite, or whose errors are not,
    are not tested, and different where they differ. `mitigated` values have errors larger than they say, see `MITIGATED`.
    """
    import numpy as np

    evs = [np.asarray(pub["evs"], dtype=float) for pub in (before, after)]
    if evs[0].shape != evs[1].shape:
        return no_test(f"the shape of the values {list(evs[0].shape)} became {list(evs[1].shape)}")
    apart = (evs[0] != evs[1]) & ~np.isnan(evs).all(axis=0)
    if not all("stds" in pub for pub in (before, after)):
        return _untested(evs, apart, "values without recorded standard errors")
    stds = [np.broadcast_to(np.asarray(pub["stds"], dtype=float), evs[0].shape) for pub in (before, after)]
    finite = np.isfinite(evs).all(axis=0) & np.isfinite(stds).all(axis=0)
    errors = np.hypot(*np.where(finite, stds, 0.0)) * (MITIGATED if mitigated else 1.0)
    for chosen, reason in (
        (apart & ~finite, "values that are not finite, or whose standard errors are not,"),
        (apart & (errors == 0), "values without a standard error"),
    ):
        if chosen.any():
            return _untested(evs, chosen, reason)
    with np.errstate(invalid="ignore"):  # of values that are infinite on both sides, and not tested
        scores = np.where(errors > 0, np.abs(evs[0] - evs[1]) / np.where(errors > 0, errors, 1.0), -1.0)
    return _tested(evs, stds, scores, "mitigated " * mitigated)


def _untested(evs: list[Array], apart: Array, reason: str) -> Compared:
    """What is said of values that differ without a test: which differ most."""
    import numpy as np

    if not apart.any():
        return EQUAL
    with np.errstate(invalid="ignore"):
        gaps = np.abs(evs[0] - evs[1])
    worst = _place(np.where(apart, np.where(np.isnan(gaps), np.inf, gaps), -1.0))
    sentence = f"{reason} differ{_at(worst)}: {evs[0][worst]:.6g} became {evs[1][worst]:.6g}"
    if not np.isfinite(gaps[worst]):
        return no_test(sentence)
    return no_test(sentence, effect=float(gaps[worst]), effect_name="largest difference")


def _tested(evs: list[Array], stds: list[Array], scores: Array, mitigated: str) -> Compared:
    """The largest z, in words; what is not tested has a negative one."""
    import numpy as np

    number = int(np.count_nonzero(scores >= 0))
    if not number:
        return EQUAL
    worst = _place(scores)
    score = float(scores[worst])
    spoken = [f"{value[worst]:.6g} ± {error[worst]:.2g}" for value, error in zip(evs, stds, strict=True)]
    return Compared(
        test=f"z-score of {number:,} {mitigated}value{'s' * (number > 1)}",
        tests=number,
        p_value=min(1.0, number * math.erfc(score / math.sqrt(2))),
        effect=score,
        effect_name="standard errors",
        effect_expected=largest_expected(number),
        place=worst,
        message=f"{spoken[0]} became {spoken[1]}{_at(worst)}",
    )


def largest_expected(number: int) -> float:
    """The average of the largest |z| of so many independent ones, ∫ 1 − erf(t/√2)^number dt.

    Those of values that depend on one another have a smaller one (Šidák 1967).
    """
    import numpy as np
    from scipy.special import erf

    points = np.linspace(0.0, 12.0, 2401)
    return float(np.trapezoid(1 - erf(points / math.sqrt(2)) ** number, points))


def _place(values: Array) -> tuple[int, ...]:
    """The index of the largest."""
    import numpy as np

    return tuple(int(step) for step in np.unravel_index(int(np.argmax(values)), values.shape))


def _at(place: tuple[int, ...]) -> str:
    return f" at point {list(place)}" if place else ""
