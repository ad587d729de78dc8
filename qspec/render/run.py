"""One run as a person reads it: its jobs with their results, what came of the expectations, where it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError
from qspec.records.codec import data_of
from qspec.records.files import plain
from qspec.render.look import plural, visible
from qspec.render.results import pub_data, render_pub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qspec.records.parts import JobRecord, PubRecord, SinkRecord, VerdictRecord
    from qspec.records.view import FinishedRun
    from qspec.render.look import Look

_OUTCOMES = {
    "done": ("green", "done"),
    "failed": ("red", "failed: a job did not come to its end"),
    "expectation-failed": ("red", "failed: an expectation did not hold"),
    "sink-failed": ("red", "failed: a sink could not write"),
    "unfinished": ("yellow", "unfinished"),
    "interrupted": ("yellow", "interrupted"),
}


def render_run(run: FinishedRun, *, job: str | None = None, top: int = 10, look: Look) -> str:
    """The run as text: of all jobs, or of one. Of what is long, `top` entries are shown; all with `top=0`.

    Raises `UsageError` when the run has no such job.
    """
    chosen = [run.job(job)] if job is not None else run.record.jobs
    lines = [line for record in chosen for line in _job(run, record, top, look)]
    if job is None:
        lines += [*_verdicts(run.record.verdicts, look), *_sinks(run.record.sinks, look), *_footer(run, look)]
    return "\n".join(lines) + "\n"


def _job(run: FinishedRun, job: JobRecord, top: int, look: Look) -> Iterator[str]:
    yield look.paint(f"job {job.id}", "bold") + f": {', '.join(_about(job))}"
    if job.error:
        yield look.paint(f"  {job.status}: {_said(job.error, look)}", "red")
    yield from (f"  note: {_said(note, look)}" for note in job.notes)
    if job.result is not None:
        yield from _results(run, job, top, look)
    yield ""


def _about(job: JobRecord) -> Iterator[str]:
    yield job.program_id
    if job.shots is not None:
        yield plural(job.shots, "shot")
    if job.precision is not None:
        yield f"precision {job.precision:g}"
    yield plural(len(job.pubs), "PUB")
    yield job.status if job.seconds is None else f"{job.status} in {job.seconds:.2f} s"


def _results(run: FinishedRun, job: JobRecord, top: int, look: Look) -> Iterator[str]:
    try:
        pubs = run.pubs(job.id)
    except RecordError as error:
        yield look.paint(f"  damaged: {_said(str(error), look)}", "red")
        return
    shown = list(zip(job.pubs, pubs, strict=False))[: top or None]
    for record, pub in shown:
        yield f"  {_pub_title(record, look)}"
        values = run.parameter_values(job.id, record.index) if pub.shape else {}
        yield render_pub(pub, values=values, top=top, look=look).removesuffix("\n")
    if len(shown) < len(pubs):
        yield f"  and {plural(len(pubs) - len(shown), 'more PUB')}"


def _pub_title(pub: PubRecord, look: Look) -> str:
    shape = look.draw(f", {' × '.join(map(str, pub.shape))} points") if pub.shape else ""
    return f"PUB {pub.index}: {pub.circuit}{shape}"


def _verdicts(verdicts: Sequence[VerdictRecord], look: Look) -> Iterator[str]:
    if verdicts:
        yield look.paint("expect", "bold")
    for record in verdicts:
        held = record.verdict.passed
        word = look.paint("held  ", "green") if held else look.paint("failed", "red")
        yield f"  {word}  {record.expectation.get('kind')}: {_said(record.verdict.message, look)}"
    if verdicts:
        yield ""


def _sinks(sinks: Sequence[SinkRecord], look: Look) -> Iterator[str]:
    if sinks:
        yield look.paint("sinks", "bold")
    for sink in sinks:
        if sink.error:
            yield look.paint(f"  {sink.kind}: {_said(sink.error, look)}", "red")
        else:
            yield f"  {sink.kind}: {', '.join(sink.files)}"
    if sinks:
        yield ""


def _footer(run: FinishedRun, look: Look) -> Iterator[str]:
    tint, outcome = _OUTCOMES[run.record.outcome]
    yield f"outcome  {look.paint(outcome, tint)}"
    if run.record.error:
        yield f"error    {_said(run.record.error, look)}"
    yield f"backend  {_backend(run)}"
    yield f"seed     {run.record.seed}"
    yield f"run      {_said(str(run.folder), look)}"
    if run.record.content_hash:
        yield f"content  {run.record.content_hash}"


def _backend(run: FinishedRun) -> str:
    backend = run.record.backend
    kind = "" if backend.name.startswith(backend.kind) else f" ({backend.kind})"
    return f"{backend.name}{kind}"


def _said(text: str, look: Look) -> str:
    return look.draw(visible(" ".join(text.splitlines())))


def run_json(run: FinishedRun, *, job: str | None = None) -> str:
    """The run as one JSON document: `record` as in run.json, and `results` by job id, one entry for each PUB."""
    chosen = [run.job(job)] if job is not None else run.record.jobs
    document = {
        "version": 1,
        "folder": str(run.folder),
        "record": data_of(run.record),
        "results": {record.id: list(_pubs_data(run, record)) for record in chosen},
    }
    return json.dumps(plain(document), indent=2, allow_nan=False) + "\n"


def _pubs_data(run: FinishedRun, job: JobRecord) -> Iterable[dict[str, Any]]:
    if job.result is None:
        return []
    return (
        {"index": record.index, "circuit": record.circuit, **pub_data(pub)}
        for record, pub in zip(job.pubs, run.pubs(job.id), strict=True)
    )
