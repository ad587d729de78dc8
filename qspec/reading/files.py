"""The input files of a spec: found from the file that names them, kept inside the repository, read once.

Names are paths from the repository's root with forward slashes. The repository is the nearest folder with `.git`,
else the spec's own folder.
"""

from __future__ import annotations

import os
import posixpath
import stat
from contextlib import suppress
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from qspec.errors import SourceError, reason_of
from qspec.records.names import LOCK_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_FILE = 1 << 29


class InputFiles:
    """Reads input files below `root` and remembers what it read: in `used`, and in `references` the locks that expectations
    compare results with, on which no result depends. `spec` is the root-relative name of the spec.

    `allow_outside` lets paths leave the repository, `trust` lets code run that a spec names; only the person at the
    keyboard may say so.
    """

    def __init__(self, root: Path, *, allow_outside: bool = False, trust: bool = False) -> None:
        self.root = root
        self.allow_outside = allow_outside
        self.trust = trust
        self.spec = ""
        self.used: dict[str, bytes] = {}
        self.references: dict[str, bytes] = {}

    def name(self, text: str, folder: str) -> str:
        """The root-relative name of the path `text` that stands in a file in `folder`.

        Raises `SourceError` (outside-repository) when it leads out, judged by the text alone.
        """
        if any(ord(char) < 32 for char in text):
            raise SourceError("a path cannot hold control characters", code="missing-file")
        name = posixpath.normpath(posixpath.join(folder, text))
        if not self.allow_outside and (name.startswith("/") or name.split("/")[0] == ".."):
            raise self._outside(text)
        return name

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises `SourceError` when it is missing, outside, too large or unreadable."""
        if name not in self.used:
            self.used[name] = self.glance(name)
        return self.used[name]

    def glance(self, name: str) -> bytes:
        """The same of a file that is not noted as one that was read."""
        path = self._path(name)
        try:
            return path.read_bytes()
        except OSError as error:
            raise SourceError(f"cannot read '{name}': {reason_of(error)}", code="missing-file", file=name) from error

    def texts(self) -> Iterator[tuple[str, str]]:
        """The names and texts of the files that were read, as far as they are texts."""
        for name, content in self.used.items():
            with suppress(UnicodeDecodeError):
                yield name, content.decode("utf-8")

    def look(self, name: str, most: int = LARGEST_FILE) -> None:
        """Raise the `SourceError` that reading the file would raise, without reading it. `most` is in bytes."""
        if name not in self.used:
            self._path(name, most)

    def folder(self, name: str) -> Path:
        """Where a folder of the repository is. Raises `SourceError` when it leads out or is none."""
        real = self._inside(name)
        if not real.is_dir():
            raise self._missing(name)
        return real

    def may_lack(self, reference: str) -> bool:
        """Whether a reference need not be there: the lock of the spec itself, before it is written for the first time."""
        return reference == str(PurePosixPath(self.spec).with_suffix(LOCK_SUFFIX)) if self.spec else False

    def shown(self, name: str) -> str:
        """The file's path as the person in the current folder would type it."""
        path = os.path.relpath(self.root / name)
        return path.replace(os.sep, "/")

    def _path(self, name: str, most: int = LARGEST_FILE) -> Path:
        real = self._inside(name)
        try:
            status = real.stat()
        except (OSError, ValueError) as error:
            raise self._missing(name) from error
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"'{name}' is not a file", code="missing-file", file=name)
        if status.st_size > most:
            message = f"'{name}' has {status.st_size:,} bytes, the limit is {most >> 20} MiB"
            raise SourceError(message, code="file-too-large", file=name)
        return real

    def _inside(self, name: str) -> Path:
        """Where a name leads, symbolic links followed; judged before anything is said of what is there."""
        try:
            real = (self.root / name).resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise SourceError(f"there is no file '{name}'", code="missing-file", file=name) from error
        if not self.allow_outside and not real.is_relative_to(self.root.resolve()):
            raise self._outside(name, file=name)
        return real

    def _missing(self, name: str) -> SourceError:
        from qspec.diagnostics import suggestion

        folder = (self.root / name).parent
        try:
            beside = [entry.name for entry in islice(os.scandir(folder), 200)]
        except (OSError, ValueError):
            return SourceError(f"there is no file '{name}'", code="missing-file", file=name)
        missing = posixpath.basename(name)
        advice = suggestion(missing, [other for other in beside if other != missing])
        return SourceError(f"there is no file '{name}'", code="missing-file", file=name, advice=advice)

    def _outside(self, text: str, file: str = "") -> SourceError:
        return SourceError(
            f"the path '{text}' leads out of the repository",
            code="outside-repository",
            file=file,
            advice="copy the file into the repository, or pass --allow-outside",
        )


def repository_of(folder: Path) -> Path:
    """The nearest folder at or above `folder` that holds `.git`, else `folder` itself."""
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return folder
