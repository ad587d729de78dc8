"""Packed bits, as samplers give them, and how often each bitstring occurs. Qubit 0 is the rightmost character."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    Array = np.ndarray[Any, Any]

_DENSE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Bits:
    """What a classical register held: `array` is uint8 of shape (*PUB shape, shots, bytes), `num_bits` its width.

    Bytes are big-endian: the last bit of the last byte is bit 0, as in Qiskit's `BitArray`.
    """

    array: Array
    num_bits: int

    def rows(self, index: tuple[int, ...] | None = None) -> Array:
        """One row of bytes for each shot: of the point `index`, or of all points one after the other.

        Bits beyond the register's width are cleared.
        """
        chosen = self.array if index is None else self.array[index]
        rows = chosen.reshape(prod(chosen.shape[:-1]), chosen.shape[-1])
        spare = -self.num_bits % 8
        if spare and rows.size and int(rows[:, 0].max()) >> (8 - spare):
            rows = rows.copy()
            rows[:, 0] &= 0xFF >> spare
        return rows


def count(registers: Sequence[Bits], index: tuple[int, ...] | None = None) -> dict[str, int]:
    """How often each bitstring occurs, smallest first.

    Of several registers the joint bitstrings, as Qiskit's counts write them: the last register leftmost, a space
    between.
    """
    import numpy as np

    ordered = list(reversed(registers))
    columns = [register.rows(index) for register in ordered]
    rows = columns[0] if len(columns) == 1 else np.hstack(columns)
    values, counts = _unique(rows, registers[0].num_bits if len(registers) == 1 else 8 * rows.shape[1])
    return dict(zip(_spelt(values, ordered), counts.tolist(), strict=True))


def _unique(rows: Array, num_bits: int) -> tuple[Array, Array]:
    import numpy as np

    width = rows.shape[1]
    if width == 0 or len(rows) == 0:
        return rows[:1], np.full(min(1, len(rows)), len(rows))
    if width > 8:
        flat = np.ascontiguousarray(rows).view(np.dtype((np.void, width))).ravel()
        rows_found, counts = np.unique(flat, return_counts=True)
        return rows_found.view(np.uint8).reshape(-1, width), counts
    numbers = np.zeros((len(rows), 8), dtype=np.uint8)
    numbers[:, 8 - width :] = rows
    words = numbers.view(">u8").ravel().astype(np.uint64)
    found, counts = _occurring(words) if num_bits <= _DENSE else np.unique(words, return_counts=True)
    return found.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - width :], counts


def _occurring(words: Array) -> tuple[Array, Array]:
    import numpy as np

    tally = np.bincount(words.astype(np.int64))
    found = tally.nonzero()[0]
    return found.astype(np.uint64), tally[found]


def _spelt(values: Array, registers: Sequence[Bits]) -> list[str]:
    import numpy as np

    texts: list[list[str]] = []
    start = 0
    for register in registers:
        stop = start + register.array.shape[-1]
        bits = np.unpackbits(values[:, start:stop], axis=1)[:, (stop - start) * 8 - register.num_bits :]
        texts.append(_texts(bits))
        start = stop
    return texts[0] if len(texts) == 1 else [" ".join(parts) for parts in zip(*texts, strict=True)]


def _texts(bits: Array) -> list[str]:
    import numpy as np

    if bits.shape[1] == 0:
        return [""] * len(bits)
    letters = np.ascontiguousarray(bits + ord("0")).view(f"S{bits.shape[1]}").ravel()
    return [text.decode("ascii") for text in letters.tolist()]
