"""Results of many points in few files: archives that grow while points come in, and lose nothing when that stops.

A pack is a `.npz` that opens with numpy alone. While it grows it has a hidden name; its members are whole one by one, so
that all but the last survive whatever ends the process. When it is full it is closed, and appears.
"""

from __future__ import annotations

import os
import re
import struct
import time
import zipfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
from zlib import crc32

from qspec.errors import RecordError
from qspec.records.files import hash_file, machine_errors, make_folder, sync_folder
from qspec.records.names import POINTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

FULL = 64 << 20
"""Bytes after which a pack is closed and the next one begun."""
_SYNC_SECONDS = 2.0  # what came since is lost with the machine, though not with the process
_OPEN = re.compile(r"\.(\d+)\.open")
_CLOSED = re.compile(r"(\d+)\.npz")
_HEADER = struct.Struct("<4s5H3L2H")
_MAGIC = b"PK\x03\x04"
_LARGE = 0xFFFFFFFF
_NAMED = struct.Struct("<2HL")
_OURS = 0x7173
"""An extra field of each member holds the checksum of its name: names say which points a member is of, and ZIP has no
checksum of them.
"""

Member = tuple[str, bytes]


def pack_name(number: int) -> str:
    """The path of a closed pack in the run folder."""
    return f"{POINTS}/{number:05}.npz"


@dataclass(slots=True)
class PackWriter:
    """Appends members to packs below a run folder; numbering goes on after the packs that are there."""

    folder: Path
    full: int = FULL
    _number: int = field(default=-1, init=False)
    _synced: float = field(default=0.0, init=False)
    _file: IO[bytes] | None = field(default=None, init=False)
    _archive: zipfile.ZipFile | None = field(default=None, init=False)

    def add(self, members: Iterable[Member]) -> str | None:
        """Append members. Returns the name of the pack that became full, if one did. Raises `MachineError`."""
        archive = self._archive or self._begin()
        with machine_errors(self._hidden):
            for name, content in members:
                archive.writestr(_entry(name), content)
            assert self._file is not None  # noqa: S101 - it was begun
            self._file.flush()
            if time.monotonic() - self._synced > _SYNC_SECONDS:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
            size = self._file.tell()
        return self.close() if size >= self.full else None

    def close(self) -> str | None:
        """Close the pack that grows, if there is one, and let it appear; returns its name. Raises `MachineError`."""
        if self._archive is None or self._file is None:
            return None
        name = pack_name(self._number)
        hidden, file, archive = self._hidden, self._file, self._archive
        self._archive = self._file = None
        with machine_errors(self.folder / name):
            with file:
                archive.close()
                file.flush()
                os.fsync(file.fileno())
            hidden.rename(self.folder / name)
            sync_folder(self.folder / POINTS)
        return name

    @property
    def _hidden(self) -> Path:
        return self.folder / POINTS / f".{self._number:05}.open"

    def _begin(self) -> zipfile.ZipFile:
        with machine_errors(self.folder / POINTS):
            make_folder(self.folder / POINTS)
            self._number = 1 + max((number for number, _ in _numbered(self.folder)), default=-1)
            self._file = self._hidden.open("x+b")
            self._archive = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)
        return self._archive


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.extra = _checked(name.encode())
    return entry


def _checked(name: bytes) -> bytes:
    """The extra field of a member of this name."""
    return _NAMED.pack(_OURS, 4, crc32(name))


def _numbered(folder: Path) -> Iterator[tuple[int, str]]:
    """The packs of a run, growing ones too, with their numbers."""
    with os.scandir(folder / POINTS) as entries:
        for entry in entries:
            match = _OPEN.fullmatch(entry.name) or _CLOSED.fullmatch(entry.name)
            if match:
                yield int(match[1]), entry.name


def closed_packs(folder: Path) -> list[str]:
    """The names of the closed packs of a run, oldest first. Raises `RecordError`."""
    try:
        return sorted(f"{POINTS}/{name}" for _, name in _numbered(folder) if _CLOSED.fullmatch(name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordError(f"cannot read '{folder / POINTS}'") from error


def recover(folder: Path, whole: Collection[str] = ()) -> list[str]:
    """Close the packs that a dead process left growing, with the members that are whole in them; returns their names.

    So are those closed packs done with that are not among `whole`: nobody has noted their hash, or it is another now.
    Raises `MachineError`.
    """
    try:
        left = sorted(name for _, name in _numbered(folder) if f"{POINTS}/{name}" not in whole)
    except FileNotFoundError:
        return []
    recovered: list[str | None] = []
    for name in left:
        path = folder / POINTS / name
        writer = PackWriter(folder)
        with machine_errors(path):
            with path.open("rb") as file:
                recovered += [writer.add([member]) for member in _whole_members(file)]
            recovered.append(writer.close())
            path.unlink()
    return [name for name in recovered if name is not None]


def _whole_members(file: IO[bytes]) -> Iterator[Member]:
    """The members of an archive, whose directory may be missing, up to the first that is not whole."""
    while len(head := file.read(_HEADER.size)) == _HEADER.size:
        magic, *_, crc, size, _, name_length, extra_length = _HEADER.unpack(head)
        name, extra = file.read(name_length), file.read(extra_length)
        if magic != _MAGIC or not extra.startswith(_checked(name)):
            return
        if size == _LARGE and len(extra) >= 20:
            size = int.from_bytes(extra[12:20], "little")
        content = file.read(size)
        if not size or len(content) != size or crc32(content) != crc:  # a size is noted when the content is there
            return
        yield name.decode(), content


@dataclass(slots=True)
class Pack:
    """A closed pack, opened to be read. `sha256` is the hash that the record noted of it."""

    path: Path
    sha256: str | None = None
    _archive: zipfile.ZipFile | None = field(default=None, init=False)

    def names(self) -> list[str]:
        """The names of its members. Raises `RecordError`."""
        return self._opened().namelist()

    def read(self, name: str) -> bytes:
        """A member's bytes. Raises `RecordError` for a damaged one."""
        try:
            return self._opened().read(name)
        except (KeyError, OSError, zipfile.BadZipFile, ValueError, EOFError) as error:
            raise RecordError(f"'{self.path}' is damaged: '{name}' cannot be read") from error

    def head(self, name: str, size: int) -> bytes:
        """The first bytes of a member. Raises `RecordError`."""
        try:
            with self._opened().open(name) as member:
                return member.read(size)
        except (KeyError, OSError, zipfile.BadZipFile, ValueError, EOFError) as error:
            raise RecordError(f"'{self.path}' is damaged: '{name}' cannot be read") from error

    def _opened(self) -> zipfile.ZipFile:
        if self._archive is None:
            if self.sha256 is not None and hash_file(self.path) != self.sha256:
                raise RecordError(f"'{self.path}' was changed or damaged after it was written")
            try:
                self._archive = zipfile.ZipFile(self.path)
            except (OSError, zipfile.BadZipFile, ValueError) as error:
                raise RecordError(f"'{self.path}' is missing or damaged: it cannot be read as .npz") from error
        return self._archive
