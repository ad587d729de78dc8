"""Where a sink writes: a path template, filled in, inside the run folder and on nobody's place."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen
from qspec.records import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from qspec.records.parts import JobRecord
    from qspec.records.view import FinishedRun

_PATTERN = r"^(?![/~])(?!(.*/)?\.\.?(/|$))(?!.*//)(?!.*/$)([^{}\\\x00-\x1f]|\{(name|run|job|point)\})+$(?!\n)"
MOST_APART = 5000
"""The most points of a sweep that a sink may write into files of their own."""


def is_apart(sink: Any, path: object) -> bool:
    """Whether a sink, or a class of sinks, writes each point of a sweep apart: by its path, or for want of knowing better."""
    return not hasattr(sink, "write_points") or (isinstance(path, str) and "{point}" in path)


def path_property(default: str) -> dict[str, Any]:
    """The schema of a sink's key `path`."""
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": _PATTERN,
        "description": "A path inside the run folder, with forward slashes; {name}, {run}, {job} and {point} are filled"
        f" in. With {{point}} each point of a sweep is written apart. Default {default}.",
    }


@frozen
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
    sinks: Sequence[tuple[str, str]],
    *,
    name: str = "{name}",
    jobs: Sequence[str] = ("{job}",),
    points: int | None = None,
) -> Iterator[Collision]:
    """The sinks, given as (kind, path template), that cannot all be written; of each the first place that is taken.

    With the run's `name` and the ids of its `jobs`, `{job}.csv` and `counts.csv` meet, too; from the templates alone
    only those that are the same text. One sink may write several jobs into one file. `points` is how many a sweep has;
    None where there is none.
    """
    labels = ["0"] if points is None else _labels(points, [name, *jobs, *(template for _, template in sinks)])
    files: dict[str, int | None] = dict.fromkeys(_own_files(jobs, swept=points is not None))
    folders: dict[str, int | None] = dict.fromkeys([names.STORED, names.CIRCUITS, *_parents(files)])
    for number, (kind, template) in enumerate(sinks):
        filled = (_put(template, name, "{run}", job, label) for job in jobs for label in labels)
        paths = list(dict.fromkeys(filled))
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


def label_of(point: int, points: int) -> str:
    """The number of a point with zeros in front, so that labels sort as the points do."""
    return str(point).zfill(len(str(points - 1)))


def _labels(points: int, texts: Iterable[str]) -> list[str]:
    """The labels of points that may matter: that of the first, and all that some text has in it already."""
    import re

    first = label_of(0, points)
    there = {found for text in texts for found in re.findall(rf"(?=(\d{{{len(first)}}}))", text)}
    return [first, *sorted(label for label in there if first < label <= label_of(points - 1, points))]


def _own_files(jobs: Sequence[str], *, swept: bool) -> Iterator[str]:
    yield from (names.RECORD, names.STATUS_LOG, names.SPEC, names.RESOLVED, names.BACKEND)
    yield from map(names.bundle_of, names.BUNDLED)
    if swept:
        yield from (names.VARIANTS, names.POINTS)  # nobody else writes into the folder of the points
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

    Of a sweep's whole run these are the jobs that have a result at any of its points. Raises `RefusedError` for a path
    outside the run folder or one that is taken, before anything is written.
    """
    from qspec.records.folder import RunFolder
    from qspec.records.point import PointRun

    point = run.label if isinstance(run, PointRun) else "0"
    jobs = run.finished_jobs() if run.points is None else run.points.finished_jobs()
    places: dict[str, list[JobRecord]] = {}
    for job in jobs:
        places.setdefault(_put(template, run.record.name, run.record.run, job.id, point), []).append(job)
    home = RunFolder(folder)
    return {home.place(place): jobs for place, jobs in places.items()}


def _put(template: str, name: str, run: str, job: str, point: str) -> str:
    """The template with its words filled in."""
    words = {"name": name, "run": run, "job": job, "point": point}
    for word, value in words.items():
        template = template.replace(f"{{{word}}}", value)
    return template
