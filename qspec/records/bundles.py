"""A folder of very many small files is kept as one archive beside its place: `circuits.zip` for `circuits/`, `inputs.zip`
for `inputs/`.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from qspec.errors import RecordError
from qspec.records.files import read_bytes, sha256
from qspec.records.names import BUNDLED, bundle_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST = 200
"""Files that stand in a folder as they are."""


def bundled(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files, with those of a folder in one archive where they are more than `MOST`. Equal files give equal bytes."""
    kept = dict(files)
    for folder in BUNDLED:
        kept = _bundled(kept, folder)
    return kept


def _bundled(files: dict[str, bytes], folder: str) -> dict[str, bytes]:
    inside = {name: content for name, content in files.items() if name.startswith(f"{folder}/")}
    if len(inside) <= MOST:
        return files
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in inside.items():
            archive.writestr(zipfile.ZipInfo(name.removeprefix(f"{folder}/")), content)
    kept = {name: content for name, content in files.items() if name not in inside}
    return {**kept, bundle_of(folder): stream.getvalue()}


class RecordedFiles:
    """Reads files of a run folder, from archives too; `hashes` are those that the record noted."""

    def __init__(self, folder: Path, hashes: Mapping[str, str]) -> None:
        self.folder = folder
        self._hashes = hashes
        self._archives: dict[str, zipfile.ZipFile] = {}

    def read(self, name: str, noted: str | None = None) -> bytes:
        """The bytes of a file as they were recorded. Raises `RecordError` that names it when it is missing or damaged."""
        bundle = bundle_of(name.partition("/")[0])
        if name not in self._hashes and bundle in self._hashes:
            return self._member(bundle, name.partition("/")[2])
        content = read_bytes(self.folder / name)
        expected = noted or self._hashes.get(name)
        if expected not in (None, sha256(content)):
            raise RecordError(f"'{self.folder / name}' was changed or damaged after it was written")
        return content

    def _member(self, bundle: str, name: str) -> bytes:
        path = self.folder / bundle
        try:
            if bundle not in self._archives:
                content = read_bytes(path)
                if sha256(content) != self._hashes[bundle]:
                    raise RecordError(f"'{path}' was changed or damaged after it was written")
                self._archives[bundle] = zipfile.ZipFile(io.BytesIO(content))
            return self._archives[bundle].read(name)
        except (KeyError, zipfile.BadZipFile, ValueError, EOFError) as error:
            raise RecordError(f"'{path}' is damaged: it holds no '{name}'") from error
