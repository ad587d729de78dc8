"""Runs on disk, found again: by folder, id, a prefix of it, the spec's name, or `latest`. Damaged ones are named."""

from __future__ import annotations

import os
import re
from pathlib import Path

from qspec.diagnostics import clipped, suggestion
from qspec.errors import RecordError, UsageError, reason_of
from qspec.frozen import frozen
from qspec.records.record import FILE, RunRecord, read_record

LATEST = "latest"
_LONGEST = 100
_RUN_ID = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}")


@frozen
class ListedRun:
    """A run folder that was found: its record, or in `problem` why that cannot be read."""

    folder: Path
    record: RunRecord | None = None
    problem: str = ""


def list_runs(runs_dir: Path, name: str | None = None) -> tuple[ListedRun, ...]:
    """Every run below `runs_dir` (of one spec's name, if given), oldest first. A damaged run hides no other."""
    return tuple(_listed(folder) for folder in run_folders(runs_dir) if name in (None, folder.parent.name))


def _listed(folder: Path) -> ListedRun:
    try:
        return ListedRun(folder=folder, record=read_record(folder))
    except RecordError as error:
        return ListedRun(folder=folder, problem=str(error))


def run_folders(runs_dir: Path) -> list[Path]:
    """The run folders below `runs_dir`, oldest first; a missing `runs_dir` has none."""
    try:
        found = [run for name in _subfolders(runs_dir) for run in _runs_of(name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordError(f"cannot read '{runs_dir}': {reason_of(error)}") from error
    return sorted(found, key=lambda folder: (folder.name, folder.parent.name))


def _runs_of(name: Path) -> list[Path]:
    try:
        return [folder for folder in _subfolders(name) if _is_run(folder)]
    except OSError:  # shut to us: listed itself, as one that cannot be read
        return [name]


def _is_run(folder: Path) -> bool:
    """Whether a folder is meant as a run: by its name, even if damage took its record; else by the record."""
    return bool(_RUN_ID.fullmatch(folder.name)) or (folder / FILE).exists()


def _subfolders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return [Path(entry.path) for entry in entries if not entry.name.startswith(".") and entry.is_dir()]


def find_run(runs_dir: Path, text: str) -> Path:
    """The folder of the run that `text` means: a folder, `latest`, a run's id, a spec's name (its latest run), or
    the beginning of exactly one run's id. Raises `UsageError` when there is none, or more than one.
    """
    folder = Path(text)
    if os.path.isdir(folder) and _is_run(folder):  # noqa: PTH112  pathlib raises for a name that is too long
        return folder
    folders = run_folders(runs_dir)
    chosen = [
        path for path in folders if text in (LATEST, path.name, path.parent.name, f"{path.parent.name}/{path.name}")
    ]
    if chosen:
        return chosen[-1]
    return _by_prefix(folders, text, runs_dir)


def _by_prefix(folders: list[Path], text: str, runs_dir: Path) -> Path:
    chosen = [path for path in folders if text and path.name.startswith(text)]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        shown = ", ".join(path.name for path in chosen[:5])
        raise UsageError(f"'{text}' is the beginning of {len(chosen)} runs", advice=f"write more of it: {shown}")
    if not folders:
        raise UsageError(f"there is no run in '{runs_dir}' yet", advice="run a spec first: qspec run SPEC")
    names = sorted({path.parent.name for path in folders})
    advice = suggestion(text, names) or f"runs of: {', '.join(names[:8])}; see qspec runs"
    raise UsageError(f"no run '{clipped(text, _LONGEST)}' in '{runs_dir}'", advice=advice)
