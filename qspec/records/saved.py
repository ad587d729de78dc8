"""A job's result comes back from disk: with numpy alone as `PubData`, or as Qiskit's own `PrimitiveResult`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError, UsageError
from qspec.frozen import frozen
from qspec.records.archive import read_arrays, unpack
from qspec.records.coding import decode
from qspec.records.counts import Bits, Tally, count
from qspec.records.fields import spelt
from qspec.records.files import read_bytes, sha256
from qspec.records.names import ARRAYS, METADATA
from qspec.records.record import parse_json
from qspec.records.results import FORMAT_VERSION, RUNTIME_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from qiskit.primitives import PrimitiveResult, PubResult

    from qspec.records.archive import Fields

    Array = np.ndarray[Any, Any]


@frozen(eq=False)
class PubData:
    """A PUB's result without Qiskit: classical registers as packed bits, other fields (evs, stds, …) as arrays.

    `shape` is the PUB's; arrays lead with it.
    """

    shape: tuple[int, ...]
    registers: Mapping[str, Bits]
    arrays: Mapping[str, Array]

    def counts(self, register: str | None = None, index: tuple[int, ...] | None = None) -> dict[str, int]:
        """How often each bitstring occurs, smallest first; qubit 0 is the rightmost character.

        Without `register` the joint bitstrings of all registers, the last one leftmost, a space between. `index`
        chooses a point of the PUB; without it all points are counted together. Raises `UsageError`.
        """
        return count(*self._counted(register, index))

    def tally(self, register: str | None = None, index: tuple[int, ...] | None = None) -> Tally:
        """The same, for more bitstrings than one may want to spell. Raises `UsageError`."""
        return Tally(*self._counted(register, index))

    def check_bitstrings(self, bitstrings: Iterable[str], register: str | None = None) -> None:
        """Raise `UsageError` for what is no bitstring of the register, or of all of them, the last one leftmost."""
        registers = list(self.chosen(register).items())[::-1]
        widths = [bits.num_bits for _, bits in registers]
        for bitstring in bitstrings:
            if [len(part) for part in bitstring.split(" ")] != widths:
                raise UsageError(f"'{bitstring}' is no bitstring of {_spelt_widths(registers)}")

    def _counted(
        self, register: str | None, index: tuple[int, ...] | None
    ) -> tuple[list[Bits], tuple[int, ...] | None]:
        registers = list(self.chosen(register).values())
        return registers, None if index is None else checked_index(index, self.shape)

    def chosen(self, register: str | None = None) -> Mapping[str, Bits]:
        """The one register of that name, or all of them. Raises `UsageError` when it is not there."""
        if not self.registers:
            raise UsageError("this PUB has no counts: it is not a sampler's")
        if register is None:
            return self.registers
        if register not in self.registers:
            raise UsageError(f"this PUB has no register '{register}'", advice=f"it has {', '.join(self.registers)}")
        return {register: self.registers[register]}


def _spelt_widths(registers: Sequence[tuple[str, Bits]]) -> str:
    return ", ".join(f"register {name} ({bits.num_bits} bits)" for name, bits in registers)


def checked_index(index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The index as a tuple, when it names one point of `shape`. Raises `UsageError`."""
    inside = len(index) == len(shape) and all(0 <= step < size for step, size in zip(index, shape, strict=True))
    if not inside:
        raise UsageError(f"index {list(index)} is not a point of a PUB of shape {list(shape)}")
    return tuple(index)


@frozen(eq=False)
class SavedResult:
    """The files of a job's result as they were read: per PUB its entry in metadata.json and its arrays."""

    path: Path
    metadata: Any
    entries: tuple[dict[str, Any], ...]
    arrays: tuple[Fields, ...]

    def pubs(self) -> tuple[PubData, ...]:
        """The PUBs' data, without importing Qiskit. Raises `RecordError` for damage."""
        with _damage(self.path):
            return tuple(_pub_data(entry, arrays) for entry, arrays in zip(self.entries, self.arrays, strict=True))

    def primitive_result(self) -> PrimitiveResult[Any]:
        """The result as the primitive gave it. Raises `RecordError` for damage."""
        from qiskit.primitives import PrimitiveResult

        with _damage(self.path):
            pubs = [_pub_result(entry, arrays) for entry, arrays in zip(self.entries, self.arrays, strict=True)]
            return PrimitiveResult(pubs, metadata=decode(self.metadata))


def read_result(folder: Path, number: int, hashes: Mapping[str, str] | None = None) -> SavedResult:
    """Read a job's result of `number` PUBs from its folder. `hashes` are those that the record noted, by file name.

    Raises `RecordError` that names the file when one is missing, damaged, or of an unknown format version.
    """
    path = folder / METADATA
    noted = hashes or {}
    content = read_bytes(path)
    with _damage(path):
        if noted.get(METADATA, sha256(content)) != sha256(content):
            raise RecordError("it was changed or damaged after it was written")
        data = parse_json(content)
        if data.get("qspec_result") != FORMAT_VERSION:
            version = data.get("qspec_result")
            raise RecordError(f"its format version is {version!r}, and this qspec reads version {FORMAT_VERSION}")
        numbers = [entry["number"] for entry in data["pubs"]]
        if sum(numbers) != number or any(each < 1 for each in numbers):
            raise RecordError(f"it is not of the {number} PUBs that the record has")
        entries = tuple(entry for entry in data["pubs"] for _ in range(entry["number"]))
        metadata = data["metadata"]
    arrays = read_arrays(folder / ARRAYS, sha256=noted.get(ARRAYS))
    with _damage(folder / ARRAYS):
        return SavedResult(path=path, metadata=metadata, entries=entries, arrays=tuple(unpack(arrays, len(entries))))


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except RecordError as error:
        raise RecordError(f"'{path}' cannot be used: {error}") from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise RecordError(f"'{path}' is damaged") from error


def _pub_data(entry: dict[str, Any], arrays: Fields) -> PubData:
    registers: dict[str, Bits] = {}
    others: dict[str, Array] = {}
    for name, form in entry["fields"].items():
        key = spelt(name)
        if form == "bits":
            registers[name] = Bits(arrays[key], int(arrays[f"{key}.num_bits"]))
        elif form != "other":
            others[name] = arrays[key]
    return PubData(shape=tuple(entry["shape"]), registers=registers, arrays=others)


def _pub_result(entry: dict[str, Any], arrays: Fields) -> PubResult:
    from qiskit.primitives import DataBin

    others = decode(entry.get("others", {}))
    fields = {
        name: others[name] if form == "other" else _field(form, spelt(name), arrays)
        for name, form in entry["fields"].items()
    }
    data = DataBin(shape=tuple(entry["shape"]), **fields)
    return _type_of(entry["type"])(data, metadata=decode(entry["metadata"]))


def _field(form: str, key: str, arrays: Fields) -> Any:
    from qiskit.primitives import BitArray

    if form == "bits":
        return BitArray(arrays[key], int(arrays[f"{key}.num_bits"]))
    return arrays[key][()] if form == "scalar" else arrays[key]


def _type_of(name: str) -> Any:
    if name in RUNTIME_TYPES:
        from qiskit_ibm_runtime import results

        return getattr(results, name)
    from qiskit import primitives

    return primitives.SamplerPubResult if name == "SamplerPubResult" else primitives.PubResult
