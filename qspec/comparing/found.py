"""What came of comparing two PUBs."""

from __future__ import annotations

from qspec.frozen import frozen


@frozen
class Compared:
    """`identical`: bit for bit the same. Else `test` says in words which tests were made, `tests` how many, and `p_value`
    is the smallest of them times their number (at most 1): the probability, if sampling is all that differs, of something
    as unlikely. None where there is no test.

    `effect` is by how much the results differ, in terms of `effect_name`; `effect_expected` is what sampling alone gives on
    average. `place` is where they differ most, `message` a sentence about it.
    """

    identical: bool = False
    test: str = ""
    tests: int = 0
    p_value: float | None = None
    effect: float | None = None
    effect_name: str = ""
    effect_expected: float | None = None
    place: tuple[int, ...] = ()
    message: str = ""


def no_test(message: str, *, effect: float | None = None, effect_name: str = "") -> Compared:
    """Results that differ, and of which no test can say whether by chance."""
    return Compared(message=message, effect=effect, effect_name=effect_name)
