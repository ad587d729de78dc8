"""Neighbouring points of a sweep as one PUB: its parameter values have an axis over the points in front.

So the circuit goes to the service once, and what comes back is cut at that axis into what each point would give alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit.primitives import PubResult


def broadcasts(program: Any) -> bool:
    """Whether arrays in results of a program lead with the shape of the PUB, so that they can be cut at its first axis.

    Nobody knows that of what a person's own decoder gives.
    """
    return bool(getattr(program, "broadcasts", False)) and getattr(program, "result_decoder", None) is None


def can_fold(pubs: Sequence[Any]) -> bool:
    """Whether points with such PUBs can be folded: without parameters there is nothing to put an axis before."""
    return all(pub.parameter_values.data for pub in pubs)


def laid_out(
    program: Any, points: Sequence[Sequence[Any]], *, folded: bool
) -> tuple[list[Any], list[tuple[int, int | None]]]:
    """The PUBs that some points of one variant send, given those of each, and where in them each one of these is, point
    by point: in which PUB, at which place of its first axis, None where it is that PUB itself.
    """
    number = len(points[0])
    if not folded or len(points) == 1 or not can_fold(points[0]):
        pubs = [pub for point in points for pub in point]
        return pubs, [(index, None) for index in range(len(pubs))]
    pubs = [fold(program, [point[index] for point in points]) for index in range(number)]
    return pubs, [(index, place) for place in range(len(points)) for index in range(number)]


def fold(program: Any, pubs: Sequence[Any]) -> Any:
    """One PUB that is all of these, which differ in their parameter values alone, with an axis over them in front."""
    import numpy as np
    from qiskit.primitives.containers.bindings_array import BindingsArray

    first, bindings = pubs[0], pubs[0].parameter_values
    ones = (1,) * (len(first.shape) - len(bindings.shape))  # observables may have more axes than the values
    shape = (len(pubs), *ones, *bindings.shape)
    data = {
        names: np.stack([pub.parameter_values.data[names] for pub in pubs]).reshape(*shape, len(names))
        for names in bindings.data
    }
    return program.make_pub(first.circuit, BindingsArray(data, shape), getattr(first, "observables", None))


def unfold(result: PubResult, index: int) -> PubResult:
    """What a PUB that was made by `fold` gave for one of those that it is."""
    import numpy as np
    from qiskit.primitives import BitArray, DataBin

    fields = {
        name: value[index] if isinstance(value, BitArray) else np.asarray(value[index])
        for name, value in result.data.items()
    }
    return type(result)(DataBin(shape=tuple(result.data.shape[1:]), **fields), metadata=result.metadata)
