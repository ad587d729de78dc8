"""What the runtime's decoders give, as Qiskit's `PrimitiveResult` with a result for each PUB: the form that is kept."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from qspec.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qiskit.primitives import PrimitiveResult, PubResult

    from qspec.simulation.boxing import Layers


def primitive_result(decoded: Any, shapes: Sequence[tuple[int, ...]], *, own: bool) -> PrimitiveResult[Any]:
    """A decoded result for PUBs of these shapes: a `PrimitiveResult`, without classes of the runtime's own.

    A person's own decoder (`own`) may give anything else: a quantum program's result becomes what `program_result`
    makes of it, and what is neither stands in the result's metadata under `decoded`; the PUBs have no data then. The
    runtime's decoders may not: raises `JobError`.
    """
    from qiskit.primitives import PrimitiveResult

    if isinstance(decoded, PrimitiveResult):
        return PrimitiveResult(map(plain_pub, decoded), metadata=plain_metadata(decoded.metadata))
    if not own:
        raise JobError(f"the result is none of the program's: it is of the form {type(decoded).__name__}")
    return program_result(decoded, shapes, own=own)


def program_result(decoded: Any, shapes: Sequence[tuple[int, ...]], *, own: bool) -> PrimitiveResult[Any]:
    """The same for a quantum program with an item for each PUB: its arrays under their names; they lead with the shape.

    `own` is as in `primitive_result`. Raises `JobError`.
    """
    from qiskit.primitives import DataBin, PrimitiveResult, PubResult
    from samplomatic.quantum_program import QuantumProgramResult

    if isinstance(decoded, PrimitiveResult):
        return primitive_result(decoded, shapes, own=own)
    if isinstance(decoded, QuantumProgramResult) and len(decoded) == len(shapes):
        items = [_item(item, shape) for item, shape in zip(decoded, shapes, strict=True)]
        return PrimitiveResult(items, metadata=plain_metadata(getattr(decoded, "metadata", None)))
    if not own:
        raise JobError(f"the result has {_counted(decoded)}, and {len(shapes)} PUBs were submitted")
    empty = [PubResult(DataBin(shape=shape)) for shape in shapes]
    return PrimitiveResult(empty, metadata={"decoded": _said(decoded)})


def _counted(decoded: Any) -> str:
    try:
        return f"{len(decoded)} items"
    except TypeError:
        return f"no items, it is of the form {type(decoded).__name__}"


def _item(item: Any, shape: tuple[int, ...]) -> PubResult:
    from qiskit.primitives import DataBin, PubResult

    data = DataBin(**dict(item), shape=shape)
    return PubResult(data, metadata=plain_metadata(getattr(item, "metadata", None)))


def _said(decoded: Any) -> Any:
    from samplomatic.quantum_program import QuantumProgramResult

    if isinstance(decoded, QuantumProgramResult):
        return {"items": [dict(item) for item in decoded], "passthrough_data": decoded.passthrough_data}
    return _plain(decoded)


def noise_result(decoded: Any, layers: Layers, *, own: bool) -> PrimitiveResult[Any]:
    """What the noise learner learned, for each PUB that of its layers; a layer of several PUBs stands in each.

    A PUB has four arrays of shape (generators,): `layer`, which counts the layers of its metadata, `generators`,
    `rates` and `rates_std`. A person's own decoder (`own`) may give anything else, as in `primitive_result`. Raises
    `JobError` when the result is not of these layers.
    """
    from qiskit.primitives import PrimitiveResult
    from qiskit_ibm_runtime.results import NoiseLearnerV3Results

    if not isinstance(decoded, NoiseLearnerV3Results):
        return primitive_result(decoded, [()] * len(layers.by_pub), own=own)
    if len(decoded.data) != len(layers.about):
        there = len(decoded.data)
        raise JobError(f"the result has {there} layers, and the noise of {len(layers.about)} was to be learned")
    pubs = [_learned([decoded.data[index] for index in chosen], chosen, layers.about) for chosen in layers.by_pub]
    return PrimitiveResult(pubs, metadata=plain_metadata(decoded.metadata))


def _learned(layers: Sequence[Any], chosen: Sequence[int], about: Sequence[Mapping[str, Any]]) -> PubResult:
    """The noise of some layers. The runtime has no public name for generators and standard errors (0.51)."""
    import numpy as np
    from qiskit.primitives import DataBin, PubResult

    spelt = [
        spell_generator(generator, about[index]["qubits"])
        for index, layer in zip(chosen, layers, strict=True)
        for generator in layer._generators  # noqa: SLF001
    ]
    data = DataBin(
        layer=np.repeat(np.arange(len(layers)), [len(layer) for layer in layers]),
        generators=np.array(spelt, dtype=np.str_),
        rates=np.array([rate for layer in layers for rate in layer._rates], dtype=float),  # noqa: SLF001
        rates_std=np.array([rate for layer in layers for rate in layer._rates_std], dtype=float),  # noqa: SLF001
    )
    said = [{**about[index], **plain_metadata(layer.metadata)} for index, layer in zip(chosen, layers, strict=True)]
    return PubResult(data, metadata={"layers": said})


def spell_generator(generator: Any, qubits: Sequence[int]) -> str:
    """A generator's Paulis on the physical qubits of its layer, a space between those that share a rate.

    `X0Z5 Y1`: X on qubit 0 times Z on qubit 5, and Y on qubit 1. The runtime counts the qubits of a layer in
    ascending order of the physical qubits, in whatever order its box has them.
    """
    places = sorted(qubits)
    terms = [zip(letters, numbers, strict=True) for letters, numbers in generator.to_sparse_list()]
    return " ".join("".join(f"{letter}{places[number]}" for letter, number in term) or "I" for term in terms)


def plain_pub(result: Any) -> PubResult:
    """The result of a PUB as Qiskit's own class, which can be read where the runtime is not installed."""
    from qiskit.primitives import PubResult, SamplerPubResult

    plain = SamplerPubResult if isinstance(result, SamplerPubResult) else PubResult
    return plain(result.data, metadata=plain_metadata(result.metadata))


def plain_metadata(metadata: Any) -> dict[str, Any]:
    """Metadata without the runtime's own dataclasses; these become mappings of what they say."""
    plain: dict[str, Any] = _plain(metadata or {})
    return plain


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        said = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(item) for name, item in said.items() if item is not None}
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if type(value) is list else value
