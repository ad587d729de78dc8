"""Expectation values held against each other by their standard errors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from qspec.comparing.found import Compared, no_test

if TYPE_CHECKING:
    import numpy as np

    from qspec.records.saved import PubData

    Array = np.ndarray[Any, Any]


MITIGATED = 1.5
"""By so much the recorded standard errors of mitigated values are taken for larger: they leave out the uncertainty of what
the mitigation learned, which is the same for all values of a job. It was a tenth of the error on `fake_hanoi`.
"""


def compare_estimates(before: PubData, after: PubData, *, mitigated: bool = False) -> Compared:
    """Z = (a - b) / sqrt(sa² + sb²) of each value, with the recorded standard errors; the largest is judged by the normal
    distribution, its probability times the number of values (Bonferroni).

    Values without any error on both sides are the same or different; there is no test for values or errors that are not
    finite. `mitigated` values have errors larger than they say, see `MITIGATED`.
    """
    import numpy as np

    evs = [np.asarray(pub.arrays["evs"], dtype=float) for pub in (before, after)]
    stds = [
        np.asarray(pub.arrays.get("stds", np.zeros_like(each)), dtype=float)
        for pub, each in zip((before, after), evs, strict=True)
    ]
    if evs[0].shape != evs[1].shape:
        return no_test(f"the shape of the values {list(evs[0].shape)} became {list(evs[1].shape)}")
    for name, arrays in (("values", evs), ("standard errors", stds)):
        if not all(np.isfinite(each).all() for each in arrays):
            return no_test(f"some {name} are not finite, and there is no test for them")
    gaps, errors = np.abs(evs[0] - evs[1]), np.hypot(*stds) * (MITIGATED if mitigated else 1.0)
    exact = (errors == 0) & (gaps > 0)
    if exact.any():
        worst = _place(np.where(exact, gaps, 0.0))
        sentence = f"values without a standard error differ{_at(worst)}: {evs[0][worst]:.6g} became {evs[1][worst]:.6g}"
        return no_test(sentence, effect=float(gaps[worst]), effect_name="largest difference")
    scores = np.divide(gaps, errors, out=np.zeros_like(gaps), where=errors > 0)
    worst, number = _place(scores), max(scores.size, 1)
    score = float(scores[worst])
    return Compared(
        test=f"z-score of {number:,} {'mitigated ' * mitigated}value{'s' * (number > 1)}",
        tests=number,
        p_value=min(1.0, number * math.erfc(score / math.sqrt(2))),
        effect=score,
        effect_name="standard errors",
        effect_expected=None,
        place=worst,
        message=f"{evs[0][worst]:.6g} ± {stds[0][worst]:.2g} became {evs[1][worst]:.6g} ± {stds[1][worst]:.2g}{_at(worst)}",
    )


def _place(values: Array) -> tuple[int, ...]:
    """The index of the largest."""
    import numpy as np

    return tuple(int(step) for step in np.unravel_index(int(np.argmax(values)), values.shape))


def _at(place: tuple[int, ...]) -> str:
    return f" at point {list(place)}" if place else ""
