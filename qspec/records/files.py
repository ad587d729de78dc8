"""Files that are the old ones or the new ones, never half: whole writes, fsynced appends, and one JSON form.

Every failure of the disk comes out as a `MachineError` in plain words.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from qspec.errors import MachineError, RecordError, reason_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_PART = re.compile(r"\.[0-9a-f]{16}\.part")
_CHUNK = 1 << 20
_MANY = 32
_REASONS = {
    errno.ENOSPC: ("the disk is full", "make room and run again"),
    errno.EDQUOT: ("the disk quota is used up", "make room and run again"),
    errno.EROFS: ("the disk is read-only", "choose another folder with --runs-dir"),
    errno.EACCES: ("permission denied", "choose another folder with --runs-dir"),
    errno.EPERM: ("permission denied", "choose another folder with --runs-dir"),
    errno.EIO: ("the disk reported an error", "look at the disk's health before running again"),
    errno.ENAMETOOLONG: ("the name is too long for this disk", "use shorter names"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "choose another folder with --runs-dir"),
}
_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


@contextmanager
def machine_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` of what is done to `path` into a `MachineError`."""
    try:
        yield
    except OSError as error:
        reason, advice = _REASONS.get(error.errno or 0, (reason_of(error), ""))
        raise MachineError(f"cannot write '{path}': {reason}", advice=advice) from error


def disk_fails(error: BaseException) -> bool:
    """Whether a failure is the disk's, as a whole: full, read-only or broken, whatever is written to it."""
    return isinstance(error, MachineError) and getattr(error.__cause__, "errno", None) in _OF_THE_DISK


def is_part(name: str) -> bool:
    """Whether a file of this name is one of ours that is only half written."""
    return _PART.fullmatch(name) is not None


def _part_beside(path: Path) -> Path:
    return path.parent / f".{secrets.token_hex(8)}.part"


@contextmanager
def writing_whole(path: Path) -> Iterator[IO[bytes]]:
    """A binary file to write to; `path` appears, whole and on disk, when the block ends without an error."""
    part = _part_beside(path)
    with machine_errors(path):
        try:
            with part.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, finds the old one or the new one. Raises `MachineError`."""
    with writing_whole(path) as file:
        file.write(content)


def write_named(path: Path, content: bytes) -> None:
    """Write to what a person named: a file whole, where symbolic links lead; a device, a pipe or stdout in place.

    Raises `MachineError`.
    """
    with machine_errors(path):
        if _is_stdout(path):
            with os.fdopen(os.dup(1), "wb") as stdout:  # opened anew, it would begin at the file's start again
                stdout.write(content)
            return
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                file.write(content)
            return
        real = Path(os.path.realpath(path))
        if real.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    write_whole(real, content)


def _is_stdout(path: Path) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(1))
    except OSError:  # nothing of that name, or no stdout
        return False


def write_all(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write many files below `folder`, by their relative paths, each whole; one wait for the disk covers them."""
    parts: dict[Path, Path] = {}
    with machine_errors(folder):
        try:
            for name, content in contents.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                parts[path] = _part_beside(path)
                parts[path].write_bytes(content)
            _sync_all(parts.values())
            for path, part in parts.items():
                part.replace(path)
        finally:
            for part in parts.values():
                part.unlink(missing_ok=True)
        for parent in {path.parent for path in parts}:
            sync_folder(parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; the name of each new one is on disk. Raises `OSError`."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        sync_folder(made.parent)


def write_unseen(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write new files below a folder that nobody looks into yet, by their relative paths, and wait for the disk.

    Raises `OSError`: the caller knows what the folder will be called.
    """
    paths = {folder / name: content for name, content in contents.items()}
    for path, content in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    _sync_all(paths)
    for parent in {folder, *(above for path in paths for above in path.parents if folder in above.parents)}:
        sync_folder(parent)


def append_line(path: Path, line: bytes) -> None:
    """Append one line and wait until it is on disk. A torn last line is closed first, so that this one is whole."""
    with machine_errors(path), path.open("a+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk; nothing to do where folders cannot be opened (Windows)."""
    if os.name == "posix":
        _sync(folder, os.O_RDONLY)


def _sync_all(paths: Collection[Path]) -> None:
    """Wait until files are on disk: one by one, or on Linux, where `sync` waits too, all at once if they are many."""
    if len(paths) > _MANY and sys.platform == "linux":
        os.sync()
        return
    for path in paths:
        _sync(path, os.O_RDWR)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of a record. Raises `RecordError` that names it when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(f"cannot read '{path}': {reason_of(error)}") from error


def sha256(content: bytes) -> str:
    """The hash of some bytes, as records write it: `sha256:` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def hash_file(path: Path) -> str:
    """The hash of a file's bytes, read in pieces. Raises `RecordError` when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise RecordError(f"cannot read '{path}': {reason_of(error)}") from error
    return f"sha256:{digest.hexdigest()}"


def canonical(data: Any) -> bytes:
    """The one JSON text of some data that hashes are taken of: keys sorted, no spaces, UTF-8."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


def plain(value: Any) -> Any:
    """The value as JSON can say it: tuples become lists, NumPy numbers plain ones, what is not finite null."""
    kind = type(value)
    if kind in (str, int, bool, type(None)):
        return value
    if kind is float:
        return value if value - value == 0 else None
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):  # a NumPy array or scalar
        return plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    return str(value)
