"""What an executor measured, as a sampler's counts: the flips of twirled measurements undone, randomizations together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.records.counts import Bits
from qspec.render.look import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from qspec.records.saved import PubData

    Array = np.ndarray[Any, Any]

_FLIPS = "measurement_flips."


def counted(pub: PubData) -> PubData:
    """The PUB with its classified bits as registers; one without any as it is.

    The bits of shape (randomizations, …, shots, bits) of a twirled circuit become (…, randomizations x shots, bits).
    """
    found = dict(_registers(pub))
    if not found or pub.registers:
        return pub
    twirled = any(name.startswith(_FLIPS) for name in pub.arrays)
    others = {name: array for name, array in pub.arrays.items() if name not in found and not name.startswith(_FLIPS)}
    packed = {name: _packed(_together(bits) if twirled else bits) for name, bits in found.items()}
    return replace(pub, shape=pub.shape[1:] if twirled else pub.shape, registers=packed, arrays=others)


def spoken_execution(pub: PubData) -> str:
    """`64 shots at each of 3 × 2 points; flips of twirled measurements undone, 3 randomizations together`."""
    bits = next((bits for _, bits in _registers(pub)), None)
    if bits is None:
        return ""
    shots = plural(bits.shape[-2], "shot")
    shots += f" at each of {' × '.join(map(str, pub.shape))} points" if pub.shape else ""
    if any(name.startswith(_FLIPS) for name in pub.arrays):
        shots += f"; flips of twirled measurements undone, {pub.shape[0]:,} randomizations together"
    return shots


def _registers(pub: PubData) -> Iterator[tuple[str, Array]]:
    for name, array in pub.arrays.items():
        if array.dtype.kind == "b" and array.ndim == len(pub.shape) + 2 and not name.startswith(_FLIPS):
            flips = pub.arrays.get(f"{_FLIPS}{name}")
            yield name, array if flips is None else array ^ flips


def _together(bits: Array) -> Array:
    """The randomizations of each parameter set, one after the other."""
    import numpy as np

    moved = np.moveaxis(bits, 0, -3)
    return moved.reshape(*moved.shape[:-3], moved.shape[-3] * moved.shape[-2], moved.shape[-1])


def _packed(bits: Array) -> Bits:
    """The bits as records pack them: bit 0 last."""
    import numpy as np

    number = bits.shape[-1]
    before = [(0, 0)] * (bits.ndim - 1) + [(-number % 8, 0)]
    return Bits(np.packbits(np.pad(bits[..., ::-1], before), axis=-1), number)
