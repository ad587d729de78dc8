"""A job's result goes to disk: `result.npz` for the arrays, `metadata.json` for shapes and all else.

Arrays open with numpy alone. Packed bits of a register `meas` of PUB 0 are `pub0.meas` (uint8, shape (*PUB shape,
shots, bytes), big-endian) with `pub0.meas.num_bits` beside it; expectation values are `pub0.evs`, `pub0.stds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen
from qspec.records.archive import STACK_ABOVE, Stack, key_of, runs_of, write_arrays
from qspec.records.coding import encode
from qspec.records.fields import Gathered, hashes_of
from qspec.records.files import write_whole, writing_whole
from qspec.records.layout import readable
from qspec.records.names import ARRAYS, METADATA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qiskit.primitives import PrimitiveResult, PubResult

    from qspec.records.archive import Packed

FORMAT_VERSION = 1
QISKIT_TYPES = ("SamplerPubResult", "PubResult")
RUNTIME_TYPES = ("EstimatorPubResult",)


@frozen
class Saving:
    """What `save_result` did: the hash of each PUB's arrays, and the places of metadata kept only as text."""

    pub_hashes: tuple[str, ...]
    kept_as_text: tuple[str, ...]


@frozen
class Collected:
    """Results as they are kept: arrays by their names in an archive, a hash for each, and metadata as JSON data.

    `kept_as_text` are the places of metadata that JSON cannot hold.
    """

    arrays: Packed
    hashes: list[str]
    entries: list[dict[str, Any]]
    kept_as_text: list[str]


def save_result(folder: Path, result: PrimitiveResult[Any]) -> Saving:
    """Write `result` into the job's folder. The arrays come first: they are what cannot be had again.

    Raises `MachineError` when the disk says no.
    """
    collected = collect(list(result))
    with writing_whole(folder / ARRAYS) as file:
        write_arrays(file, collected.arrays)
    kept: list[str] = []
    metadata = encode(result.metadata, "metadata", kept)
    kept += collected.kept_as_text
    data = {
        "qspec_result": FORMAT_VERSION,
        "metadata": metadata,
        "pubs": collected.entries,
        "kept_as_text": kept,
    }
    write_whole(folder / METADATA, readable(data))
    return Saving(pub_hashes=tuple(collected.hashes), kept_as_text=tuple(kept))


def collect(pubs: Sequence[PubResult], *, noun: str = "pub", stack_above: int = STACK_ABOVE) -> Collected:
    """What is to be kept of the PUBs of a job, or with the noun `point` of one PUB at many points."""
    gathered = Gathered([pub.data for pub in pubs])
    arrays, hashes = _packed(gathered, noun, stack_above)
    kept: list[str] = []
    return Collected(arrays=arrays, hashes=hashes, entries=_entries(pubs, gathered, kept), kept_as_text=kept)


def _packed(gathered: Gathered, noun: str, stack_above: int) -> tuple[Packed, list[str]]:
    """The arrays of all PUBs as they stand in the archive, and a hash for each PUB."""
    import numpy as np

    packed: Packed = {}
    hashes: list[str] = []
    for first, last in runs_of(gathered.numbers, stack_above=stack_above):
        fields, number = gathered.of(first).fields, last - first + 1
        together: dict[str, Stack] = {}
        for known in fields:
            if known.form.name == "other":
                continue
            stack = together[known.key] = Stack(gathered.columns[known.key][first : last + 1])
            packed[key_of(first, last, known.key, noun)] = stack.packed()
            if known.form.name == "bits":
                shape = () if number == 1 else (number,)
                packed[key_of(first, last, f"{known.key}.num_bits", noun)] = np.full(shape, known.form.num_bits)
        hashes += hashes_of(fields, together, number)
    return packed, hashes


def _entries(pubs: Sequence[PubResult], gathered: Gathered, kept: list[str]) -> list[dict[str, Any]]:
    """What metadata.json says of the PUBs; neighbours that are alike in all of it share an entry."""
    entries: list[dict[str, Any]] = []
    before: tuple[type, int] | None = None
    metadata: Any = None
    for index, (pub, number) in enumerate(zip(pubs, gathered.numbers, strict=True)):
        about, metadata_before, metadata = (type(pub), number), metadata, pub.metadata
        if about == before and index not in gathered.others and _equal(metadata_before, metadata):
            entries[-1]["number"] += 1
        else:
            entries.append(_entry(pub, gathered, index, kept))
        before = about
    return entries


def _equal(before: Any, metadata: Any) -> bool:
    try:
        return bool(before == metadata)
    except ValueError:  # arrays in the metadata, of which NumPy does not say in one word whether they are equal
        return False


def _entry(pub: PubResult, gathered: Gathered, index: int, kept: list[str]) -> dict[str, Any]:
    place = f"pubs.{index}"
    shape, fields = gathered.of(index)
    entry = {
        "number": 1,
        "type": type(pub).__name__,
        "shape": list(shape),
        "fields": {field.name: field.form.name for field in fields},
        "metadata": encode(pub.metadata, f"{place}.metadata", kept),
    }
    if entry["type"] not in (*QISKIT_TYPES, *RUNTIME_TYPES):
        kept.append(f"{place}.type")
    others = gathered.others.get(index)
    return {**entry, "others": encode(others, f"{place}.others", kept)} if others else entry
