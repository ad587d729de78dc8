"""Packed bits, as samplers give them, and how often each bitstring occurs. Qubit 0 is the rightmost character.

Shots are counted some at a time: it takes memory for these and for the different bitstrings, however many shots there are.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen
from qspec.simulation.room import rest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    Array = np.ndarray[Any, Any]

AT_ONCE = 2**22
"""Bytes of shots that are counted at once."""
_DENSE = 16
_WORD = 8
FEW = 2**16
"""New bitstrings after which what was counted is put together."""
_SPELT_AT_ONCE = 2**12
_ALL = 2**64 - 1


@frozen(kw_only=False, eq=False)
class Bits:
    """What a classical register held: `array` is uint8 of shape (*PUB shape, shots, bytes), `num_bits` its width.

    Bytes are big-endian: the last bit of the last byte is bit 0, as in Qiskit's `BitArray`.
    """

    array: Array
    num_bits: int

    def rows(self, index: tuple[int, ...] | None = None) -> Array:
        """One row of bytes for each shot: of the point `index`, or of all points one after the other."""
        chosen = self.array if index is None else self.array[index]
        return chosen.reshape(prod(chosen.shape[:-1]), chosen.shape[-1])

    def cleared(self, rows: Array) -> Array:
        """The rows without what stands in bits beyond the register's width."""
        spare = -self.num_bits % 8
        if spare and rows.size and int(rows[:, 0].max()) >> (8 - spare):
            rows = rows.copy()
            rows[:, 0] &= 0xFF >> spare
        return rows


class Tally:
    """How often each bitstring occurs, smallest first.

    Of several registers the joint bitstrings, as Qiskit's counts write them: the last register leftmost, a space
    between. A bitstring is spelt when it is asked for: `keys` stand for them, in the same order, and `numbers` says how
    often each occurs.
    """

    def __init__(self, registers: Sequence[Bits], index: tuple[int, ...] | None = None) -> None:
        self._registers = list(reversed(registers))
        self._width = sum(register.array.shape[-1] for register in registers)
        self._dense = len(registers) == 1 and registers[0].num_bits <= _DENSE
        self.keys, self.numbers = self._counted(index)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def shots(self) -> int:
        """The number of shots."""
        return int(self.numbers.sum())

    def items(self) -> Iterator[tuple[str, int]]:
        """Each bitstring and how often it occurs."""
        for start in range(0, len(self), _SPELT_AT_ONCE):
            chosen = slice(start, start + _SPELT_AT_ONCE)
            yield from zip(self._spelt(self.keys[chosen]), self.numbers[chosen].tolist(), strict=True)

    def most_frequent(self, number: int) -> dict[str, int]:
        """The most frequent bitstrings, at most so many, and how often each occurs."""
        import numpy as np

        chosen = np.argsort(-self.numbers, kind="stable")[:number]
        return dict(zip(self._spelt(self.keys[chosen]), self.numbers[chosen].tolist(), strict=True))

    def beside(self, other: Tally) -> tuple[Array, Array]:
        """How often each bitstring that occurs in either occurs in this one, and in the other, whose registers are alike."""
        import numpy as np

        keys = np.sort(np.concatenate([self.keys, other.keys]), kind="stable")  # two sorted runs: merged in one pass
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys
        numbers = np.zeros((2, len(keys)), dtype=np.int64)
        for row, tally in zip(numbers, (self, other), strict=True):
            row[np.searchsorted(keys, tally.keys)] = tally.numbers
        return numbers[0], numbers[1]

    def ones(self) -> Array:
        """How many shots have a 1 in each bit of the registers, the rightmost bit of the bitstring first."""
        import numpy as np

        found = np.zeros(sum(register.num_bits for register in self._registers), dtype=np.int64)
        for start in range(0, len(self), _SPELT_AT_ONCE):
            chosen = slice(start, start + _SPELT_AT_ONCE)
            found += self.numbers[chosen] @ np.hstack(list(self._bits(self.keys[chosen])))
        return found[::-1]

    def spread(self, classes: int) -> Array:
        """How many shots fall into each of `classes` classes, to which bitstrings belong by a fixed hash of their bits.

        The hash is the sum of a number for each bit that is 1, modulo 2⁶⁴, of which the highest bits count. `classes` is a
        power of two.
        """
        import numpy as np

        shift = np.uint64(65 - classes.bit_length())
        weights = np.array(
            [_mixed(bit) for bit in range(sum(each.num_bits for each in self._registers))], dtype=np.uint64
        )
        found = np.zeros(classes, dtype=np.int64)
        for start in range(0, len(self), _SPELT_AT_ONCE):
            chosen = slice(start, start + _SPELT_AT_ONCE)
            hashes = np.hstack(list(self._bits(self.keys[chosen]))).astype(np.uint64) @ weights
            np.add.at(found, (hashes >> shift).astype(np.intp), self.numbers[chosen])
        return found

    def number_of(self, bitstring: str) -> int:
        """How often a bitstring occurs; 0 for what is none of these registers."""
        import numpy as np

        parts = bitstring.split(" ")
        if [len(part) for part in parts] != [register.num_bits for register in self._registers] or not len(self):
            return 0
        if not set(bitstring) <= set("01 "):
            return 0
        packed = [np.packbits([int(bit) for bit in part.zfill(-(-len(part) // 8) * 8)]) for part in parts]
        key = self._key_of(np.concatenate(packed)[None])[0]
        place = int(np.searchsorted(self.keys, key))
        return int(self.numbers[place]) if place < len(self) and self.keys[place] == key else 0

    def _counted(self, index: tuple[int, ...] | None) -> tuple[Array, Array]:
        """The different keys of all shots, in order, and how often each occurs."""
        import numpy as np

        merged: list[tuple[Array, Array]] = []
        new = 0
        for rows in self._pieces(index):
            merged.append(self._of_piece(rows))
            new += len(merged[-1][0])
            if new > max(FEW, len(merged[0][0]) // 2):
                merged, new = [_merged(merged)], 0
        if not merged:
            return self._key_of(np.empty((0, self._width), dtype=np.uint8)), np.zeros(0, dtype=np.int64)
        return _merged(merged) if len(merged) > 1 else merged[0]

    def _pieces(self, index: tuple[int, ...] | None) -> Iterator[Array]:
        """The rows of all shots, the registers beside one another, some shots at a time."""
        import numpy as np

        rows = [register.rows(index) for register in self._registers]
        step = max(1, AT_ONCE // max(self._width, 1))
        for start in range(0, len(rows[0]), step):
            some = zip(self._registers, rows, strict=True)
            columns = [register.cleared(each[start : start + step]) for register, each in some]
            yield columns[0] if len(columns) == 1 else np.hstack(columns)
            if len(rows[0]) > step:
                for each in rows:
                    rest(each)

    def _of_piece(self, rows: Array) -> tuple[Array, Array]:
        import numpy as np

        keys = self._key_of(rows)
        if not self._dense:
            return np.unique(keys, return_counts=True)
        tally = np.bincount(keys.astype(np.int64))
        found = tally.nonzero()[0]
        return found.astype(np.uint64), tally[found]

    def _key_of(self, rows: Array) -> Array:
        """A key for each row, so that keys are in order as the rows are: a whole number, or bytes."""
        import numpy as np

        if self._width > _WORD:
            return np.ascontiguousarray(rows).view(f"S{self._width}").ravel()
        words = np.zeros((len(rows), _WORD), dtype=np.uint8)
        words[:, _WORD - self._width :] = rows
        return words.view(">u8").ravel().astype(np.uint64)

    def _spelt(self, keys: Array) -> list[str]:
        """The bitstrings that keys stand for."""
        texts = [_texts(bits) for bits in self._bits(keys)]
        return texts[0] if len(texts) == 1 else [" ".join(parts) for parts in zip(*texts, strict=True)]

    def _bits(self, keys: Array) -> Iterator[Array]:
        """The bits that keys stand for, zeros and ones of shape (keys, bits): of the leftmost register first."""
        import numpy as np

        width = self._width
        taken = max(width, _WORD)
        words = keys if width > _WORD else keys.astype(">u8")
        values = np.ascontiguousarray(words).view(np.uint8).reshape(len(keys), taken)[:, taken - width :]
        start = 0
        for register in self._registers:
            stop = start + register.array.shape[-1]
            yield np.unpackbits(values[:, start:stop], axis=1)[:, (stop - start) * 8 - register.num_bits :]
            start = stop


def _mixed(number: int) -> int:
    """A number of 64 bits that look drawn: the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    mixed = (number + 1) * 0x9E3779B97F4A7C15 & _ALL
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _ALL
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _ALL
    return mixed ^ mixed >> 31


def count(registers: Sequence[Bits], index: tuple[int, ...] | None = None) -> dict[str, int]:
    """How often each bitstring occurs, smallest first: all of a `Tally`."""
    return dict(Tally(registers, index).items())


def _merged(parts: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    """What was counted in several pieces, together."""
    import numpy as np

    keys = np.concatenate([found for found, _ in parts])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    firsts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[firsts], np.add.reduceat(np.concatenate([numbers for _, numbers in parts])[order], firsts)


def _texts(bits: Array) -> list[str]:
    import numpy as np

    if bits.shape[1] == 0:
        return [""] * len(bits)
    letters = np.ascontiguousarray(bits + ord("0")).view(f"S{bits.shape[1]}").ravel()
    return [text.decode("ascii") for text in letters.tolist()]
