"""How the circuits of a sampling job are divided among calls of Aer, so that memory is bounded and bits stay the same.

Aer seeds the k-th circuit of a call with `seed + 2113 k`, where a PUB counts as many circuits as it has parameter
sets. A job of many circuits goes in several calls which go on counting: the bits do not depend on where they are cut.

Aer holds all shots of a call in memory, a text for each. A circuit of more than `SHOTS_AT_ONCE` shots is therefore
sampled in parts of so many. The k-th circuit has the seed `roots[p] + 2113 k` for its part p, where `roots[0]` is the
job's own seed and the others are derived from that, so that no two circuits and no two parts share a seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec import seeds
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STRIDE = 2113
"""What Aer adds to the seed from one circuit of a call to the next."""

SHOTS_AT_ONCE = 2**19
"""The most shots in one call of Aer. What is drawn for more shots of one circuit depends on this number."""

CIRCUITS_AT_ONCE = 1024
"""The most circuits in one call of Aer. No result depends on it."""


@frozen
class Portion:
    """Some parameter sets of a PUB, `first` to before `last` in flat order, which one call of Aer runs."""

    pub: int
    first: int
    last: int


@frozen
class Call:
    """One call of Aer: the circuits of `portions`, the shots `first_shot` to before `last_shot` of each."""

    portions: tuple[Portion, ...]
    seed: int
    first_shot: int
    last_shot: int


def calls(sizes: Sequence[int], *, shots: int, seed: int) -> Iterator[Call]:
    """The calls for PUBs of so many parameter sets each, with `shots` shots for each set, from the job's `seed`."""
    at_once = max(1, min(CIRCUITS_AT_ONCE, SHOTS_AT_ONCE // shots))
    roots = part_roots(seed, shots)
    for first, portions in _blocks(sizes, at_once):
        for part, root in enumerate(roots):
            start = part * SHOTS_AT_ONCE
            end = min(start + SHOTS_AT_ONCE, shots)
            yield Call(portions=portions, seed=root + STRIDE * first, first_shot=start, last_shot=end)


def part_roots(seed: int, shots: int) -> tuple[int, ...]:
    """The seeds of the parts that `shots` shots of a circuit are sampled in; one part has the job's seed itself.

    No two differ by a multiple of `STRIDE`, so that they stay apart for any number of circuits.
    """
    roots = [seed]
    taken = {seed % STRIDE}
    for part in range(1, -(-shots // SHOTS_AT_ONCE)):
        attempt = 0
        while (root := seeds.derive(seed, "shots", str(part), str(attempt))) % STRIDE in taken:
            attempt += 1
        roots.append(root)
        taken.add(root % STRIDE)
    return tuple(roots)


def _blocks(sizes: Sequence[int], at_once: int) -> Iterator[tuple[int, tuple[Portion, ...]]]:
    """Consecutive portions of at most `at_once` circuits together, each with the number of circuits before it."""
    start = count = 0
    block: list[Portion] = []
    for pub, size in enumerate(sizes):
        first = 0
        while first < size:
            last = min(size, first + at_once - count)
            block.append(Portion(pub=pub, first=first, last=last))
            count += last - first
            first = last
            if count == at_once:
                yield start, tuple(block)
                start, count, block = start + count, 0, []
    if block:
        yield start, tuple(block)
