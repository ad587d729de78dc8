"""A job's result goes to disk: `result.npz` for the arrays, `metadata.json` for shapes and all else.

Arrays open with numpy alone. Packed bits of a register `meas` of PUB 0 are `pub0.meas` (uint8, shape (*PUB shape,
shots, bytes), big-endian) with `pub0.meas.num_bits` beside it; expectation values are `pub0.evs`, `pub0.stds`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from qspec.records.archive import STACK_ABOVE, key_of, pieces_of, runs_of, stacked, write_arrays
from qspec.records.coding import encode
from qspec.records.files import readable, write_whole, writing_whole
from qspec.records.names import ARRAYS, METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from qiskit.primitives import DataBin, PrimitiveResult, PubResult

    from qspec.records.archive import Fields

    Array = np.ndarray[Any, Any]

FORMAT_VERSION = 1
QISKIT_TYPES = ("SamplerPubResult", "PubResult")
RUNTIME_TYPES = ("EstimatorPubResult",)
_KINDS = "biufcUSmM"  # the NumPy kinds of numbers, texts and times: all but objects and records


@dataclass(frozen=True, kw_only=True, slots=True)
class Saving:
    """What `save_result` did: the hash of each PUB's arrays, and the places of metadata kept only as text."""

    pub_hashes: tuple[str, ...]
    kept_as_text: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """Results as they are kept: arrays by their names in an archive, a hash for each, and metadata as JSON data.

    `kept_as_text` are the places of metadata that JSON cannot hold.
    """

    arrays: Fields
    hashes: list[str]
    entries: list[dict[str, Any]]
    kept_as_text: list[str]


class _Field(NamedTuple):
    """A field of a DataBin: its name, its key in the archive, and how it becomes itself again."""

    name: str
    key: str
    form: str
    num_bits: int
    dtype: Any
    shape: tuple[int, ...]


@dataclass(slots=True)
class _Split:
    """A PUB's data: what it is like, its arrays, and the fields that are no arrays."""

    likeness: tuple[Any, ...] = ()
    arrays: Fields = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)


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
    splits = [_split(pub.data) for pub in pubs]
    arrays, hashes = _packed(splits, noun, stack_above)
    kept: list[str] = []
    return Collected(arrays=arrays, hashes=hashes, entries=_entries(pubs, splits, kept), kept_as_text=kept)


@cache
def _types() -> tuple[Any, Any, Any]:
    """The types of a field's value, imported once for the many PUBs that a job may have."""
    import numpy as np
    from qiskit.primitives import BitArray

    return BitArray, np.ndarray, np.generic


def _split(data: DataBin) -> _Split:
    bit_array, ndarray, generic = _types()
    split = _Split()
    fields = []
    for name, value in data.items():
        key, form, bits = spelt(name), "array", -1
        if type(value) is bit_array:
            array, form, bits = value.array, "bits", value.num_bits
        elif isinstance(value, ndarray) and value.dtype.kind in _KINDS:
            array = value
        elif isinstance(value, generic) and value.dtype.kind in _KINDS:
            array, form = value[...], "scalar"
        else:
            split.others[name] = value
            fields.append(_Field(name, key, "other", bits, None, ()))
            continue
        split.arrays[key] = array
        fields.append(_Field(name, key, form, bits, array.dtype, array.shape))
    split.likeness = (data.shape, tuple(fields))
    return split


def spelt(name: str) -> str:
    """A field's name as it stands in the archive: dots, slashes and the like in it are escaped."""
    return name if name.isidentifier() else quote(name, safe=" []()+-").replace(".", "%2E")


def _packed(splits: Sequence[_Split], noun: str, stack_above: int) -> tuple[Fields, list[str]]:
    """The arrays of all PUBs as they stand in the archive, and a hash for each PUB."""
    import numpy as np

    packed: Fields = {}
    hashes: list[str] = []
    arrays = [split.arrays for split in splits]
    for first, last in runs_of([split.likeness for split in splits], stack_above=stack_above):
        fields: tuple[_Field, ...] = splits[first].likeness[1]
        together = stacked(arrays, first, last)
        for known in fields:
            if known.form != "other":
                packed[key_of(first, last, known.key, noun)] = together[known.key]
            if known.form == "bits":
                shape = () if first == last else (last - first + 1,)
                packed[key_of(first, last, f"{known.key}.num_bits", noun)] = np.full(shape, known.num_bits)
        hashes += _hashes(fields, together, last - first + 1)
    return packed, hashes


def _hashes(fields: tuple[_Field, ...], together: Fields, number: int) -> Iterator[str]:
    """The hash of each PUB of a run: over its fields' names, types, shapes and bytes, in any byte order the same."""
    known = sorted((field for field in fields if field.form != "other"), key=lambda field: field.name)
    heads = [f"{field.name} {field.dtype.newbyteorder('<').str} {field.shape} {field.num_bits}\n" for field in known]
    start = hashlib.sha256("".join(heads).encode())
    columns = [_rows_of_bytes(together[field.key], number) for field in known]
    for index in range(number):
        digest = start.copy()
        for rows in columns:
            for piece in pieces_of(rows[index]):
                digest.update(piece)
        yield f"sha256:{digest.hexdigest()}"


def _rows_of_bytes(array: Array, number: int) -> Array:
    """The bytes of each PUB, `(PUBs, bytes)`, little-endian; as views where they are laid out that way already."""
    import numpy as np

    if array.size == 0:
        return np.empty((number, 0), dtype=np.uint8)
    portable = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
    return portable.reshape(number, -1).view(np.uint8)


def _entries(pubs: Sequence[PubResult], splits: Sequence[_Split], kept: list[str]) -> list[dict[str, Any]]:
    """What metadata.json says of the PUBs; neighbours that are alike in all of it share an entry."""
    entries: list[dict[str, Any]] = []
    before: int | None = None
    for index, (pub, split) in enumerate(zip(pubs, splits, strict=True)):
        if before is not None and _alike(pubs[before], pub, splits[before], split):
            entries[-1]["number"] += 1
        else:
            entries.append(_entry(pub, split, index, kept))
        before = index
    return entries


def _alike(before: PubResult, pub: PubResult, split_before: _Split, split: _Split) -> bool:
    if type(before) is not type(pub) or split_before.likeness != split.likeness or split_before.others or split.others:
        return False
    try:
        return bool(before.metadata == pub.metadata)
    except ValueError:  # arrays in the metadata, of which NumPy does not say in one word whether they are equal
        return False


def _entry(pub: PubResult, split: _Split, index: int, kept: list[str]) -> dict[str, Any]:
    place = f"pubs.{index}"
    shape, fields = split.likeness
    entry = {
        "number": 1,
        "type": type(pub).__name__,
        "shape": list(shape),
        "fields": {field.name: field.form for field in fields},
        "metadata": encode(pub.metadata, f"{place}.metadata", kept),
    }
    if entry["type"] not in (*QISKIT_TYPES, *RUNTIME_TYPES):
        kept.append(f"{place}.type")
    return {**entry, "others": encode(split.others, f"{place}.others", kept)} if split.others else entry
