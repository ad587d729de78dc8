"""Counts of bitstrings held against each other, whatever their number, and however rare most of them are."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from qspec.comparing.chance import classes_of, classes_p_value, distances, share_p_values
from qspec.comparing.found import Compared, no_test
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np

    from qspec.records.counts import Tally
    from qspec.records.saved import PubData

    Array = np.ndarray[Any, Any]


@frozen(eq=False)
class Tested:
    """One test: what it looked at, and what came of it.

    `register` is None for the bitstrings of all registers; `sides` says how often each of its outcomes occurs.
    """

    p_value: float
    test: str
    index: tuple[int, ...]
    register: str | None
    sides: tuple[Array, Array]
    bit: int | None = None
    shares: tuple[float, float] = (0.0, 0.0)


def compare_counts(before: PubData, after: PubData) -> Compared:
    """Compare the counts of two PUBs with the same shape and registers; numbers of shots may differ.

    At every point each register, and all of them together, are tested over their outcomes, and each bit by its share of
    ones. The effect is the total variation distance at the point and register of the smallest p-value.
    """
    if not all(bits.array.shape[-2] for pub in (before, after) for bits in pub.registers.values()):
        return no_test("one of the runs has no shots")
    return the_smallest(_tests(before, after))


def the_smallest(found: Iterable[Tested]) -> Compared:
    """What came of several tests: the smallest p-value decides, times their number."""
    tests, smallest = 0, None
    for each in found:
        tests += 1
        if smallest is None or each.p_value < smallest.p_value:
            smallest = each
    return no_test("there is nothing to count") if smallest is None else _summed(smallest, tests)


def _tests(first: PubData, second: PubData) -> Iterator[Tested]:
    names = [name for name, bits in first.registers.items() if bits.num_bits]
    for index in product(*map(range, first.shape)):
        for name in names:
            yield from _of_register(index, name, first.tally(name, index), second.tally(name, index))
        if len(names) > 1:
            yield _of_outcomes(index, None, first.tally(None, index).beside(second.tally(None, index)))


def _of_register(index: tuple[int, ...], name: str, first: Tally, second: Tally) -> Iterator[Tested]:
    outcomes = _of_outcomes(index, name, first.beside(second))
    yield from with_bits(outcomes, (first.ones(), second.ones()), (first.shots, second.shots))


def with_bits(outcomes: Tested, ones: tuple[Array, Array], shots: tuple[int, int]) -> Iterator[Tested]:
    """A test over outcomes, and one of each bit that is not the same in all shots; one, where there is one bit.

    `ones` says on both sides in how many shots each bit is 1.
    """
    import numpy as np

    together = ones[0] + ones[1]
    varying = np.flatnonzero((together > 0) & (together < sum(shots)))
    if len(together) > 1 or not len(varying):
        yield outcomes
    of = "" if outcomes.register is None else f" of '{outcomes.register}'"
    p_values = share_p_values(ones[0][varying], together[varying], shots)
    for bit, p_value in zip(varying.tolist(), p_values.tolist(), strict=True):
        yield Tested(
            p_value=p_value,
            test=f"Fisher's exact test of bit {bit}{of}",
            index=outcomes.index,
            register=outcomes.register,
            sides=outcomes.sides,
            bit=bit,
            shares=(ones[0][bit] / shots[0], ones[1][bit] / shots[1]),
        )


def _of_outcomes(index: tuple[int, ...], register: str | None, sides: tuple[Array, Array]) -> Tested:
    classes = classes_of(*sides)
    number = len(classes[0])
    p_value = classes_p_value(*classes) if number > 1 else 1.0
    words = {1: "all outcomes in one class", 2: "Fisher's exact test of two outcomes"}
    test = words.get(number, f"two-sample chi-square over {number:,} outcomes")
    of = "all registers together" if register is None else f"'{register}'"
    return Tested(p_value=p_value, test=f"{test} of {of}", index=index, register=register, sides=sides)


def _summed(smallest: Tested, tests: int) -> Compared:
    """The smallest p-value of so many tests, in words, beside the distance there."""
    distance, expected = distances(*smallest.sides)
    where = "all registers together" if smallest.register is None else f"register '{smallest.register}'"
    where += f" at point {list(smallest.index)}" if smallest.index else ""
    sentence = f"total variation distance {distance:.3g} of {where}; sampling alone gives {expected:.3g} on average"
    if smallest.bit is not None:
        shares = " and ".join(f"{share:.4g}" for share in smallest.shares)
        sentence = f"bit {smallest.bit} of {where} is 1 in {shares} of the shots; {sentence}"
    return Compared(
        test=smallest.test + (f", the smallest of {tests:,}" if tests > 1 else ""),
        tests=tests,
        p_value=min(1.0, tests * smallest.p_value),
        effect=distance,
        effect_name="total variation distance",
        effect_expected=expected,
        place=smallest.index,
        message=sentence,
    )
