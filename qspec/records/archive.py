"""Arrays of many PUBs in one `.npz` that opens with numpy alone, with the same bytes for the same arrays.

The array `meas` of PUB 0 is called `pub0.meas`. Where a job has very many PUBs, neighbours whose arrays are alike
are stacked: `pub0-9999.meas` has an axis of 10,000 PUBs in front.
"""

from __future__ import annotations

import os
import re
import struct
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from qspec.errors import RecordError
from qspec.frozen import frozen
from qspec.records.files import hash_file
from qspec.simulation.room import IN_MEMORY, rest

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from zipfile import ZipFile, ZipInfo

    import numpy as np

    Array = np.ndarray[Any, Any]
    Fields = dict[str, Array]
    Packed = dict[str, "Array | Stack"]

STACK_ABOVE = 64
PIECE = 2**20
"""Bytes of a large array that are read at once."""

_LOCAL_HEADER = struct.Struct("<26s2H")  # of a member of a zip archive: its last fields are the lengths of two names
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


@frozen(kw_only=False)
class Stack:
    """Arrays of one type and shape, which stand in an archive as one with an axis over them in front. They are put
    together piece by piece, where they are written.
    """

    arrays: Sequence[Array]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of all, little-endian."""
        dtype: np.dtype[Any] = self.arrays[0].dtype.newbyteorder("<")
        return dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of all together."""
        return (len(self.arrays), *self.arrays[0].shape)

    def packed(self) -> Array | Stack:
        """What stands in the archive: an array that is alone, without an axis more."""
        return self if len(self.arrays) > 1 else self.arrays[0]

    def rows(self) -> Iterator[Array]:
        """Arrays whose bytes are those of each, little-endian: as they are, where they are laid out that way already."""
        import numpy as np

        dtype = self.dtype
        if dtype == self.arrays[0].dtype and dtype.kind not in "mM" and all(_in_order(each) for each in self.arrays):
            return iter(self.arrays)
        return (np.ascontiguousarray(array, dtype=dtype).reshape(-1).view(np.uint8) for array in self.arrays)

    def pieces(self) -> Iterator[bytes]:
        """The bytes of all, those of some neighbours at a time."""
        rows: Iterator[Any] = self.rows()
        step = max(1, PIECE // max(self.arrays[0].nbytes, 1))
        while piece := list(islice(rows, step)):
            yield b"".join(piece)


def _in_order(array: Array) -> bool:
    return bool(array.flags.c_contiguous)


def pack(pubs: Sequence[Mapping[str, Array]]) -> Packed:
    """The arrays of all PUBs under the names that they have in an archive."""
    likenesses = [tuple((name, array.dtype, array.shape) for name, array in pub.items()) for pub in pubs]
    return {
        key_of(first, last, name): Stack([pub[name] for pub in pubs[first : last + 1]]).packed()
        for first, last in runs_of(likenesses)
        for name in pubs[first]
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


def write_arrays(file: IO[bytes], arrays: Mapping[str, Array | Stack]) -> None:
    """Write an uncompressed `.npz` without times, so that equal arrays give equal bytes. Nothing is pickled."""
    import zipfile

    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(entry, "w", force_zip64=True) as member:
                write_array(member, array)


def write_array(file: IO[bytes], array: Array | Stack) -> None:
    """What `numpy.save` writes; a large array in pieces, so that one that is mapped to a file is never all in memory."""
    from numpy.lib import format as npy

    if isinstance(array, Stack):
        _write_head(file, array.dtype, array.shape)
        file.writelines(array.pieces())
    elif array.nbytes <= PIECE or not array.flags.c_contiguous:
        npy.write_array(file, array, allow_pickle=False)
    else:
        _write_head(file, array.dtype, array.shape)
        file.writelines(pieces_of(array))


def _write_head(file: IO[bytes], dtype: Any, shape: tuple[int, ...]) -> None:
    import numpy as np
    from numpy.lib import format as npy

    head = {"descr": npy.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(file, head)


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

    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
        _write_head(member, dtype, shape)
        for chunk in chunks:
            member.write(np.ascontiguousarray(chunk, dtype=dtype).tobytes())


def read_arrays(path: Path, *, sha256: str | None = None) -> Fields:
    """The arrays of a `.npz`; large ones are mapped to the file, and cannot be changed. Raises `RecordError` that names
    the file when it is missing or damaged.

    With `sha256`, the hash that the record noted, the bytes are compared first.
    """
    import numpy as np

    if sha256 is not None and hash_file(path) != sha256:
        raise RecordError(f"'{path}' was changed or damaged after it was written")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            mapped = _mapped(file, archive.zip, known=sha256 is not None)
            return {name: mapped[name] if name in mapped else archive[name] for name in archive.files}
    except Exception as error:  # zipfile and numpy fail in a dozen ways on damaged bytes
        raise RecordError(f"'{path}' is missing or damaged: it cannot be read as .npz") from error


def _mapped(file: IO[bytes], archive: ZipFile, *, known: bool) -> Fields:
    """The large arrays of an open `.npz` by their names, mapped to it. Their checksums are looked at unless the bytes are
    `known` to be right.
    """
    import mmap
    import zipfile

    large = [
        member
        for member in archive.infolist()
        if member.file_size > IN_MEMORY and member.compress_type == zipfile.ZIP_STORED
    ]
    if not large:
        return {}
    if not known:
        for member in large:
            with archive.open(member) as content:
                while content.read(PIECE):  # it is compared with the checksum at its end
                    pass
    pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return {member.filename.removesuffix(".npy"): _member(file, pages, member) for member in large}


def _member(file: IO[bytes], pages: Any, member: ZipInfo) -> Array:
    """An array that stands uncompressed in an open archive, mapped to it."""
    from math import prod

    import numpy as np
    from numpy.lib import format as npy

    file.seek(member.header_offset)
    *_, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    file.seek(name_length + extra_length, os.SEEK_CUR)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    shape, fortran, dtype = readers[npy.read_magic(file)](file)
    array: Array = np.frombuffer(pages, dtype, prod(shape), file.tell())
    return array.reshape(shape, order="F" if fortran else "C")
