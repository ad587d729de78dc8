"""Arrays of many PUBs in one `.npz` that opens with numpy alone, with the same bytes for the same arrays.

The array `meas` of PUB 0 is called `pub0.meas`. Where a job has very many PUBs, neighbours whose arrays are alike
are stacked: `pub0-9999.meas` has an axis of 10,000 PUBs in front.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any

from qspec.errors import RecordError
from qspec.records.files import hash_file
from qspec.simulation.room import rest

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from zipfile import ZipFile

    import numpy as np

    Array = np.ndarray[Any, Any]
    Fields = dict[str, Array]

STACK_ABOVE = 64
PIECE = 2**22
"""Bytes of a large array that are read at once."""

_KEY = re.compile(r"(?:pub|point)(\d+)(?:-(\d+))?\.(.+)", re.DOTALL)


def runs_of(likenesses: Sequence[Hashable], *, stack_above: int = STACK_ABOVE) -> Iterator[tuple[int, int]]:
    """The first and last PUB of each run of PUBs that are stored together, given what each is like."""
    if len(likenesses) <= stack_above:
        yield from ((index, index) for index in range(len(likenesses)))
        return
    first = 0
    for index in range(1, len(likenesses) + 1):
        if index == len(likenesses) or likenesses[index] != likenesses[first]:
            yield first, index - 1
            first = index


def key_of(first: int, last: int, name: str, noun: str = "pub") -> str:
    """What the array `name` of a run of PUBs, or of one PUB at a run of points, is called in an archive."""
    return f"{noun}{first}.{name}" if first == last else f"{noun}{first}-{last}.{name}"


def stacked(pubs: Sequence[Mapping[str, Array]], first: int, last: int) -> Fields:
    """The arrays of a run of PUBs, with an axis over the PUBs in front if there is more than one."""
    import numpy as np

    if first == last:
        return dict(pubs[first])
    return {name: np.stack([pub[name] for pub in pubs[first : last + 1]]) for name in pubs[first]}


def pack(pubs: Sequence[Mapping[str, Array]]) -> Fields:
    """The arrays of all PUBs under the names that they have in an archive."""
    likenesses = [tuple((name, array.dtype, array.shape) for name, array in pub.items()) for pub in pubs]
    return {
        key_of(first, last, name): array
        for first, last in runs_of(likenesses)
        for name, array in stacked(pubs, first, last).items()
    }


def unpack(packed: Mapping[str, Array], number: int) -> list[Fields]:
    """The arrays of each of `number` PUBs, or points. Raises `RecordError` for a name that is none of ours."""
    pubs: list[Fields] = [{} for _ in range(number)]
    for key, array in packed.items():
        match = _KEY.fullmatch(key)
        last = int(match[2] or match[1]) if match else number
        if not match or last >= number:
            raise RecordError(f"'{key}' is not the name of a PUB's array")
        first, name = int(match[1]), match[3]
        for index in range(first, last + 1):
            pubs[index][name] = array[index - first] if match[2] else array
    return pubs


def write_arrays(file: IO[bytes], arrays: Mapping[str, Array]) -> None:
    """Write an uncompressed `.npz` without times, so that equal arrays give equal bytes. Nothing is pickled."""
    import zipfile

    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(entry, "w", force_zip64=True) as member:
                _write_array(member, array)


def _write_array(file: IO[bytes], array: Array) -> None:
    """What `numpy.save` writes; a large array in pieces, so that one that is mapped to a file is never all in memory."""
    from numpy.lib import format as npy

    if array.nbytes <= PIECE or not array.flags.c_contiguous:
        npy.write_array(file, array, allow_pickle=False)
        return
    npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(array))
    for piece in pieces_of(array):
        file.write(piece)


def pieces_of(array: Array) -> Iterator[memoryview]:
    """The bytes of a contiguous array, one piece after the other."""
    import numpy as np

    flat = array.reshape(-1).view(np.uint8)
    for start in range(0, flat.size, PIECE):
        yield flat[start : start + PIECE].data
        if flat.size > PIECE:
            rest(array)


def write_chunks(archive: ZipFile, name: str, dtype: Any, shape: tuple[int, ...], chunks: Iterable[Array]) -> None:
    """Write one array to an open `.npz` from what its first axis is made of, in order, piece by piece."""
    import zipfile

    import numpy as np
    from numpy.lib import format as npy

    head = {"descr": npy.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
        npy.write_array_header_1_0(member, head)
        for chunk in chunks:
            member.write(np.ascontiguousarray(chunk, dtype=dtype).tobytes())


def read_arrays(path: Path, *, sha256: str | None = None) -> Fields:
    """The arrays of a `.npz`. Raises `RecordError` that names the file when it is missing or damaged.

    With `sha256`, the hash that the record noted, the bytes are compared first.
    """
    import numpy as np

    if sha256 is not None and hash_file(path) != sha256:
        raise RecordError(f"'{path}' was changed or damaged after it was written")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except Exception as error:  # zipfile and numpy fail in a dozen ways on damaged bytes
        raise RecordError(f"'{path}' is missing or damaged: it cannot be read as .npz") from error
