"""The run record: everything that is to be known about a run, as `run.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003  the codec evaluates the annotations
from dataclasses import field, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from qspec.errors import RecordError
from qspec.frozen import frozen
from qspec.records.codec import build, data_of
from qspec.records.files import canonical, read_bytes, sha256
from qspec.records.layout import as_block, laid_out
from qspec.records.names import RECORD
from qspec.records.parts import (  # noqa: TC001  the codec evaluates the annotations
    BackendRecord,
    CircuitRecord,
    ExecutionRecord,
    FileRecord,
    JobRecord,
    PlatformRecord,
    SinkRecord,
    VerdictRecord,
    WarningRecord,
)
from qspec.records.swept import SweepRecord  # noqa: TC001  the codec evaluates the annotations

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 1
FILE = RECORD
Outcome = Literal["unfinished", "done", "failed", "expectation-failed", "sink-failed", "interrupted"]
EXIT_CODES = {"done": 0, "failed": 1, "expectation-failed": 1, "sink-failed": 1, "unfinished": 5, "interrupted": 130}
UNSETTLED, NOTHING_SUBMITTED = 4, 3


@frozen
class RunRecord:
    """A run, as it stands on disk at every change of state. Times are UTC in ISO 8601, paths inside the run folder.

    `content_hash` is the same for an identical rerun: see `qspec.records.content`. `folder_hash` is of every file.
    """

    qspec_record: Annotated[int, "Version of this format."] = FORMAT_VERSION
    run: Annotated[str, "The run's id, which is also the name of its folder."]
    name: Annotated[str, "The spec's name."]
    description: Annotated[str, "The spec's description."] = ""
    tags: Annotated[tuple[str, ...], "The spec's tags."] = ()
    created: Annotated[str, "When the run folder was made: UTC, ISO 8601."]
    finished: Annotated[str | None, "When the run ended: UTC, ISO 8601; null while it has not."] = None
    outcome: Annotated[Outcome, "What became of the run. 'unfinished' is also what a killed run leaves behind."]
    error: Annotated[str | None, "Why the run did not come to its end; null when it did."] = None
    spec: Annotated[FileRecord, "The spec that was given."]
    layers: Annotated[tuple[FileRecord, ...], "The specs that it extends, nearest first."] = ()
    inputs: Annotated[tuple[FileRecord, ...], "The files that it refers to: circuits, values, observables."] = ()
    references: Annotated[
        tuple[FileRecord, ...],
        "The locks that expectations compare results with; of a run, the lock that it would have.",
    ] = ()
    repeats: Annotated[str | None, "The id of the run that this one repeats; null for one from a spec."] = None
    lock: Annotated[str | None, "The hash of the lock file whose ISA circuits were run; null without one."] = None
    overrides: Annotated[tuple[str, ...], "What --set changed, in order, as KEY=VALUE."] = ()
    warnings: Annotated[tuple[WarningRecord, ...], "What was to be known about the spec before it ran."] = ()
    seed: Annotated[int, "The root of every random choice."]
    seeds: Annotated[Mapping[str, int], "Every seed derived from the root, by its purpose."]
    versions: Annotated[Mapping[str, str], "Versions of Python and of the packages that take part."]
    platform: Annotated[PlatformRecord, "The machine that the run was driven from."]
    backend: Annotated[BackendRecord, "What the jobs ran on."]
    execution: Annotated[ExecutionRecord | None, "How jobs were sent to the service; null for a local run."] = None
    circuits: Annotated[tuple[CircuitRecord, ...], "The ISA circuits, each once; of a sweep, those of its first point."]
    sources: Annotated[
        Mapping[str, str], "The canonical hash of each circuit of the spec before transpiling, by its id."
    ] = field(default_factory=dict)
    jobs: Annotated[tuple[JobRecord, ...], "The jobs, in order of the spec; of a sweep, as at its first point."]
    sweep: Annotated[SweepRecord | None, "The points of a sweep; null without one."] = None
    sinks: Annotated[tuple[SinkRecord, ...], "What the sinks wrote, in order of the spec."] = ()
    verdicts: Annotated[tuple[VerdictRecord, ...], "What came of the expectations, in order of the spec."] = ()
    content_hash: Annotated[str | None, "Hash of what was asked and what came out; null until the run ended."] = None
    folder_hash: Annotated[str | None, "Hash of the paths and bytes of all files; null until the run ended."] = None
    files: Annotated[Mapping[str, str], "Hash of each file of the folder but run.json and status.jsonl."] = field(
        default_factory=dict
    )

    def job(self, name: str) -> JobRecord:
        """The record of a job by its id. Raises `KeyError`."""
        for job in self.jobs:
            if job.id == name:
                return job
        raise KeyError(name)

    @property
    def is_dry(self) -> bool:
        """Whether the jobs went to the service's mock backend, which computes nothing."""
        return self.execution is not None and self.execution.dry_run

    @property
    def exit_code(self) -> int:
        """What a command that ends with this run exits with."""
        sent = [each for job in self.jobs for each in job.submissions if each.state != "replaced"]
        if self.outcome == "unfinished" and any(each.state == "submitting" for each in sent):
            return UNSETTLED
        if self.outcome == "failed" and sent and all(each.state == "refused" and each.status is None for each in sent):
            return NOTHING_SUBMITTED
        return EXIT_CODES[self.outcome]


class Texts:
    """The texts of the parts of a record, kept from one writing of it to the next: most parts are the same objects then,
    and those of many circuits are long.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Any, str, bytes]] = {}

    def of(self, name: str, value: Any) -> tuple[str, bytes]:
        """A part's text as run.json has it, and its canonical one."""
        kept = self._kept.get(name)
        if kept is None or kept[0] is not value:
            data = data_of(value)
            kept = self._kept[name] = value, laid_out(data, "  "), canonical(data)
        return kept[1:]


def render_record(record: RunRecord, texts: Texts | None = None) -> bytes:
    """The text of run.json. Its last key is the hash of the others, so that damage is noticed."""
    known = texts or Texts()
    parts = {item.name: known.of(item.name, getattr(record, item.name)) for item in fields(record)}
    whole = b",".join(b'"%s":%s' % (name.encode(), parts[name][1]) for name in sorted(parts))
    rows = {**{name: text for name, (text, _) in parts.items()}, "record_hash": f'"{sha256(b"{%s}" % whole)}"'}
    return as_block(f'"{name}": {text}' for name, text in rows.items())


def read_record(folder: Path) -> RunRecord:
    """The record in a run folder. Raises `RecordError` that names the file when it is missing, damaged or newer."""
    path = folder / FILE
    content = read_bytes(path)
    try:
        return parse_record(content)
    except RecordError as error:
        raise RecordError(f"'{path}' cannot be used: {error}", advice=error.advice) from error


def parse_record(content: bytes) -> RunRecord:
    """The record that the text of a run.json stands for. Raises `RecordError`."""
    data = parse_json(content)
    version = data.get("qspec_record")
    if version != FORMAT_VERSION or isinstance(version, bool):
        raise RecordError(f"its format version is {version!r}, and this qspec reads version {FORMAT_VERSION}")
    if data.pop("record_hash", None) != _hash(data):
        raise RecordError("it was changed or damaged after it was written")
    return build(RunRecord, data)


def _hash(data: dict[str, Any]) -> str:
    try:
        return sha256(canonical(data))
    except (ValueError, RecursionError):  # a number beyond all floats, or brackets without end
        return ""


def parse_json(content: bytes) -> dict[str, Any]:
    """A JSON mapping. Raises `RecordError` in plain words for anything else."""
    try:
        data = json.loads(content.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise RecordError("it is damaged: not whole JSON") from error
    if not isinstance(data, dict):
        raise RecordError("it is damaged: not a JSON mapping")
    return data


def _refuse(word: str) -> None:
    raise ValueError(word)
