"""Arrays of parameter values become Qiskit's `BindingsArray`: broadcast, or as an outer product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.bindings import elements_of, leading_shape

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from qiskit.primitives.containers.bindings_array import BindingsArray

    from qspec.planning.arrays import Floats


def bindings_of(
    arrays: Mapping[str, Floats], parameters: Mapping[str, int | None], *, combine: str, kept: Collection[str]
) -> BindingsArray:
    """The parameter sets of a PUB, whose names and shapes are sound.

    `arrays` are the values by the names of `parameters`; `kept` the names that are left in the ISA circuit, which
    may be fewer: what has no effect on the measured bits is optimized away. The shape stays that of all values.
    """
    import numpy as np
    from qiskit.primitives.containers.bindings_array import BindingsArray

    shapes = {name: array.shape for name, array in arrays.items()}
    shape = leading_shape(shapes, parameters, combine=combine) or ()
    data = {}
    before = 0
    for name, array in arrays.items():
        elements = elements_of(name, parameters)
        values = array if parameters.get(name) is not None else array[..., np.newaxis]
        axes = values.ndim - 1
        if combine == "product":
            values = values.reshape((1,) * before + values.shape[:-1] + (1,) * (len(shape) - before - axes) + (-1,))
            before += axes
        chosen = [index for index, element in enumerate(elements) if element in kept]
        if chosen:
            values = values if len(chosen) == len(elements) else values[..., chosen]
            data[tuple(elements[index] for index in chosen)] = np.broadcast_to(values, (*shape, len(chosen)))
    return BindingsArray(data, shape)
