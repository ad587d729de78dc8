"""Where a sink writes: a path template, filled in, inside the run folder and on nobody's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


def destinations(template: str, run: FinishedRun, folder: Path) -> dict[Path, list[JobRecord]]:
    """The files that a template means, and the jobs with a result that belong into each.

    Raises `RefusedError` for a path outside the run folder or one that is taken, before anything is written.
    """
    from qspec.records.folder import RunFolder

    names: dict[str, list[JobRecord]] = {}
    for job in run.finished_jobs():
        names.setdefault(_filled(template, run, job), []).append(job)
    home = RunFolder(folder)
    return {home.place(name): jobs for name, jobs in names.items()}


def _filled(template: str, run: FinishedRun, job: JobRecord) -> str:
    words = {"name": run.record.name, "run": run.record.run, "job": job.id, "point": "0"}
    for word, value in words.items():
        template = template.replace(f"{{{word}}}", value)
    return template
