"""The results of two PUBs held against each other: bit for bit, and where they differ by a test suited to the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from qspec.comparing.arrays import compare_arrays, same_bytes
from qspec.comparing.counts import compare_counts
from qspec.comparing.estimates import compare_estimates
from qspec.comparing.found import Compared, no_test

if TYPE_CHECKING:
    from qspec.records.saved import PubData

Word = Literal["identical", "consistent", "different"]

IDENTICAL = Compared(identical=True, message="the same bit for bit")


def compare_pubs(before: PubData, after: PubData, *, mitigated: bool = False) -> Compared:
    """What came of comparing two PUBs. Metadata do not count.

    Counts are compared by chi-square and bit by bit, expectation values by their standard errors; of other data it is
    only said whether they are the same. `mitigated` says so of expectation values.
    """
    if (reason := _forms_apart(before, after)) is not None:
        return no_test(reason)
    if all(same_bytes(array, after.arrays[name]) for name, array in before.arrays.items()):
        alike = all(same_bytes(bits.array, after.registers[name].array) for name, bits in before.registers.items())
        return IDENTICAL if alike else compare_counts(before, after)
    if "evs" in before.arrays and not before.registers:
        return compare_estimates(before.arrays, after.arrays, mitigated=mitigated)
    return compare_arrays(before.arrays, after.arrays)


def verdict(compared: Compared, *, comparisons: int, level: float) -> Word:
    """The word for a PUB, of so many that are compared: at most with probability `level` any of them is called
    different by chance.
    """
    if compared.identical:
        return "identical"
    if compared.p_value is None:
        return "different"
    return "different" if compared.p_value * comparisons < level else "consistent"


def _forms_apart(before: PubData, after: PubData) -> str | None:
    """Why two PUBs cannot be compared; None where they can."""
    if before.shape != after.shape:
        return f"the shape {list(before.shape)} became {list(after.shape)}"
    widths = [{name: bits.num_bits for name, bits in pub.registers.items()} for pub in (before, after)]
    if widths[0] != widths[1] or list(widths[0]) != list(widths[1]):
        spoken = [", ".join(f"{name} ({bits} bits)" for name, bits in each.items()) or "none" for each in widths]
        return f"the registers {spoken[0]} became {spoken[1]}"
    if before.arrays.keys() != after.arrays.keys():
        return f"the fields {', '.join(before.arrays) or 'none'} became {', '.join(after.arrays) or 'none'}"
    return None
