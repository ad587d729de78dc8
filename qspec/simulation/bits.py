"""Bits as Aer gives them, shot by shot in hexadecimal, become the packed bits of each classical register.

Packed bits are laid out as in Qiskit's `BitArray`: uint8, shape (…, shots, bytes), big-endian, bit 0 of a register is
the lowest bit of the last byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    Bytes = NDArray[np.uint8]


@frozen
class Register:
    """A classical register: its name, and which bit of the circuit each of its bits is."""

    name: str
    places: tuple[int, ...]

    @property
    def num_bits(self) -> int:
        """The number of bits."""
        return len(self.places)

    @property
    def num_bytes(self) -> int:
        """The bytes that its bits take in each shot."""
        return -(-self.num_bits // 8)

    @property
    def in_a_row(self) -> bool:
        """Whether its bits follow one another in the circuit, as they do unless registers share bits."""
        return self.places == tuple(range(self.places[0], self.places[0] + self.num_bits)) if self.places else True


def registers_of(circuit: QuantumCircuit) -> tuple[Register, ...]:
    """The classical registers of a circuit, in its order."""
    return tuple(
        Register(name=register.name, places=tuple(circuit.find_bit(bit).index for bit in register))
        for register in circuit.cregs
    )


def shot_rows(memory: Sequence[str], num_bytes: int) -> Bytes:
    """The lowest `num_bytes` bytes of each shot, as rows `(shots, num_bytes)`, big-endian.

    `memory` has a text such as `0x1f` for each shot; the texts may differ in length, and none is wider.
    """
    import numpy as np

    # One formatting for all shots: much faster than reading each text as a number.
    digits = 2 * num_bytes + 2
    texts = (f"%{digits}s" * len(memory)) % tuple(memory)
    rows = bytes.fromhex(texts.replace(" ", "0").replace("x", "0"))
    return np.frombuffer(rows, dtype=np.uint8).reshape(-1, num_bytes + 1)[:, 1:]


def pack_register(rows: Bytes, register: Register, into: Bytes) -> None:
    """Write the bits of a register, `(shots, bytes)`, to `into`; `rows` are those of `shot_rows`."""
    import numpy as np

    if register.num_bits == 0:
        return
    if not register.in_a_row:
        bits = np.unpackbits(rows, axis=-1, bitorder="little")
        chosen = [8 * (rows.shape[1] - 1 - place // 8) + place % 8 for place in reversed(register.places)]
        padding = [(0, 0), (-register.num_bits % 8, 0)]
        into[...] = np.packbits(np.pad(bits[:, chosen], padding), axis=-1)
        return
    skipped, shift = divmod(register.places[0], 8)
    end = rows.shape[1] - skipped
    first = end - register.num_bytes
    np.right_shift(rows[:, first:end], shift, out=into)
    if shift:
        above = rows[:, max(first - 1, 0) : end - 1]
        into[:, register.num_bytes - above.shape[1] :] |= above << (8 - shift)
    into[:, 0] &= 0xFF >> (-register.num_bits % 8)
