"""Where a sink writes: a path template, filled in, inside the run folder and on nobody's place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from qspec.records import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from qspec.records.parts import JobRecord
    from qspec.records.view import FinishedRun

_PATTERN = r"^(?![/~])(?!(.*/)?\.\.?(/|$))(?!.*//)(?!.*/$)([^{}\\\x00-\x1f]|\{(name|run|job|point)\})+$(?!\n)"


def path_property(default: str) -> dict[str, Any]:
    """The schema of a sink's key `path`."""
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": _PATTERN,
        "description": "A path inside the run folder, with forward slashes; {name}, {run}, {job} and {point} are filled"
        f" in. Default {default}.",
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Collision:
    """A sink that would find its place taken: `sink` is its number, `path` the place that it asks for.

    `other` is the number of the earlier sink that has the place, or None where it is one of qspec's own, and `taken`
    what stands there: `path` itself, a file where `path` needs a folder, or a folder of that name.
    """

    sink: int
    kind: str
    path: str
    other: int | None
    other_kind: str
    taken: str


def collisions(
    sinks: Sequence[tuple[str, str]], *, name: str = "{name}", jobs: Sequence[str] = ("{job}",)
) -> Iterator[Collision]:
    """The sinks, given as (kind, path template), that cannot all be written; of each the first place that is taken.

    With the run's `name` and the ids of its `jobs`, `{job}.csv` and `counts.csv` meet, too; from the templates alone
    only those that are the same text. One sink may write several jobs into one file.
    """
    files: dict[str, int | None] = dict.fromkeys(_own_files(jobs))
    folders: dict[str, int | None] = dict.fromkeys([names.STORED, names.CIRCUITS, *_parents(files)])
    for number, (kind, template) in enumerate(sinks):
        paths = list(dict.fromkeys(_put(template, name, "{run}", job) for job in jobs))
        hit = next(((path, taken) for path in paths for taken in _taken(path, files, folders)), None)
        if hit:
            path, taken = hit
            other = files[taken] if taken in files else folders[taken]
            known = "" if other is None else sinks[other][0]
            yield Collision(sink=number, kind=kind, path=path, other=other, other_kind=known, taken=taken)
        for path in paths:
            files.setdefault(path, number)
        for folder in _parents(paths):
            folders.setdefault(folder, number)


def _own_files(jobs: Sequence[str]) -> Iterator[str]:
    yield from (names.RECORD, names.STATUS_LOG, names.SPEC, names.RESOLVED, names.BACKEND)
    for job in jobs:
        yield from (f"{names.JOBS}/{job}/{file}" for file in (names.INPUTS, names.ARRAYS, names.METADATA))


def _parents(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        yield from accumulate(path.split("/")[:-1], "{}/{}".format)


def _taken(path: str, files: dict[str, int | None], folders: dict[str, int | None]) -> Iterator[str]:
    if path in files or path in folders:
        yield path
    yield from (folder for folder in _parents([path]) if folder in files)


def destinations(template: str, run: FinishedRun, folder: Path) -> dict[Path, list[JobRecord]]:
    """The files that a template means, and the jobs with a result that belong into each.

    Raises `RefusedError` for a path outside the run folder or one that is taken, before anything is written.
    """
    from qspec.records.folder import RunFolder

    places: dict[str, list[JobRecord]] = {}
    for job in run.finished_jobs():
        places.setdefault(_put(template, run.record.name, run.record.run, job.id), []).append(job)
    home = RunFolder(folder)
    return {home.place(place): jobs for place, jobs in places.items()}


def _put(template: str, name: str, run: str, job: str) -> str:
    """The template with its words filled in. A job has one point as yet."""
    words = {"name": name, "run": run, "job": job, "point": "0"}
    for word, value in words.items():
        template = template.replace(f"{{{word}}}", value)
    return template
