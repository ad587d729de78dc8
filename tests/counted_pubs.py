"""Results of PUBs made from numbers, for tests of what compares them."""

from __future__ import annotations

import numpy as np

from qspec.records.counts import Bits
from qspec.records.saved import PubData


def bits_of(outcomes, num_bits: int) -> Bits:
    """A register of at most 64 bits whose shots, along the last axis, gave these whole numbers."""
    width = -(-num_bits // 8)
    rows = np.asarray(outcomes, dtype=">u8")[..., None].view(np.uint8)[..., 8 - width :]
    return Bits(np.ascontiguousarray(rows), num_bits)


def counted(counts, num_bits: int, name: str = "meas") -> PubData:
    """A PUB without axes: how often each outcome, a whole number, occurs."""
    outcomes = np.repeat(np.array(list(counts), dtype=np.uint64), list(counts.values()))
    return sampled_pub(**{name: (outcomes, num_bits)})


def sampled_pub(**registers) -> PubData:
    """A PUB with registers, each given as its outcomes of shape (*PUB shape, shots) and its number of bits."""
    made = {name: bits_of(*each) for name, each in registers.items()}
    shape = next(iter(made.values())).array.shape[:-2]
    return PubData(shape=shape, registers=made, arrays={})


def wide_pub(bits, name: str = "meas") -> PubData:
    """A PUB without axes from true and false of shape (shots, bits), bit 0 first."""
    number = bits.shape[-1]
    padded = np.pad(bits[:, ::-1], [(0, 0), (-number % 8, 0)])
    return PubData(shape=(), registers={name: Bits(np.packbits(padded, axis=-1), number)}, arrays={})


def estimated_pub(evs, stds=None, **others) -> PubData:
    """An estimator's PUB; without `stds` it has no standard errors."""
    arrays = {"evs": np.asarray(evs)} | ({} if stds is None else {"stds": np.asarray(stds)}) | others
    return PubData(shape=np.shape(evs), registers={}, arrays=arrays)
