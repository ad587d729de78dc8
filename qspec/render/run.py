"""One run as a person reads it: its jobs with their results, what came of the expectations, where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.errors import RecordError
from qspec.records.codec import data_of
from qspec.records.files import plain
from qspec.records.point import PointRun
from qspec.records.swept import BACKEND_PLACES
from qspec.render.executed import counted, spoken_execution
from qspec.render.look import clipped, plural, shortened, visible
from qspec.render.noise import is_learned_noise, learned_layers, render_learned_noise
from qspec.render.observables import observable_labels, spoken_observable
from qspec.render.outcomes import DRY_RUN, spoken_expectation, spoken_request, spoken_session
from qspec.render.points import point_data, points_data, render_point, render_points, spoken_sweep
from qspec.render.results import pub_data, render_pub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np

    from qspec.records.parts import JobRecord, PubRecord, SinkRecord, VerdictRecord
    from qspec.records.saved import PubData
    from qspec.records.view import FinishedRun
    from qspec.render.look import Look

    Array = np.ndarray[Any, Any]

_MOST_PARAMETERS = 4
_MOST_FILES = 8
_WIDEST_QUBITS = 40
_OUTCOMES = {
    "done": ("green", "done"),
    "failed": ("red", "failed: a job did not come to its end"),
    "expectation-failed": ("red", "failed: an expectation did not hold"),
    "sink-failed": ("red", "failed: a sink could not write"),
    "unfinished": ("yellow", "unfinished"),
    "interrupted": ("yellow", "interrupted"),
}


def render_run(run: FinishedRun, *, job: str | None = None, top: int = 10, verbose: bool = False, look: Look) -> str:
    """The run as text: of all jobs, or of one. Of what is long, `top` entries are shown; all with `top=0`.

    With `verbose`, it also says what ran each job: the primitive, its seed, the qubits. Raises `UsageError` when the
    run has no such job.
    """
    chosen = [run.job(job)] if job is not None else run.record.jobs
    lines = [look.paint(look.draw(DRY_RUN), "yellow"), ""] if run.record.is_dry else []
    lines += [*render_point(run, look), ""] if isinstance(run, PointRun) else []
    lines += [line for record in chosen for line in _job(run, record, top, look, verbose=verbose)]
    if run.points is not None:
        lines += [*render_points(run, run.points, job=job, top=top, look=look), ""]
    if job is None:
        lines += [
            *_unchecked(run),
            *_verdicts(run.record.verdicts, look),
            *_sinks(run.record.sinks, look),
            *_footer(run, look),
        ]
    return "\n".join(lines) + "\n"


def _job(run: FinishedRun, job: JobRecord, top: int, look: Look, *, verbose: bool) -> Iterator[str]:
    yield look.paint(f"job {job.id}", "bold") + f": {', '.join(_about(job))}"
    yield from _submissions(job, look)
    if job.error:
        yield look.paint(f"  {job.status}: {_said(job.error, look)}", "red")
    yield from (f"  note: {_said(note, look)}" for note in job.notes)
    if verbose:
        yield from _details(run, job)
    if job.result is not None and not run.record.is_dry:
        yield from _results(run, job, top, look)
    yield ""


def _about(job: JobRecord) -> Iterator[str]:
    yield from spoken_request(job)
    yield job.status if job.seconds is None else f"{job.status} in {job.seconds:.2f} s"


def _submissions(job: JobRecord, look: Look) -> Iterator[str]:
    """The jobs on the service: their IDs, by which they are found there, and what they were charged."""
    counted = [each for each in job.submissions if each.state != "replaced"]
    for each in counted:
        part = f"part {each.part + 1} of {len(counted)} " if len(counted) > 1 else ""
        charged = "" if each.usage is None else f", {each.usage:g} QPU seconds"
        known = f"as {each.job_id}, {each.status}{charged}" if each.job_id else each.state
        yield _said(f"  {part}{known}", look)


def _details(run: FinishedRun, job: JobRecord) -> Iterator[str]:
    yield f"  ran by {job.implementation or 'nothing'}, seed {job.seed}"
    used = {pub.isa for pub in job.pubs}
    for circuit in run.record.circuits:
        if circuit.hash in used:
            qubits = shortened(" ".join(map(str, circuit.physical_qubits)), _WIDEST_QUBITS)
            gates = plural(circuit.two_qubit_gates, "two-qubit gate")
            yield f"  circuit {circuit.id}: depth {circuit.depth:,}, {gates}, on qubits {qubits}"


def _results(run: FinishedRun, job: JobRecord, top: int, look: Look) -> Iterator[str]:
    try:
        pubs = run.pubs(job.id)
        observables = _observables(run, job)
        for record, pub in list(zip(job.pubs, pubs, strict=False))[: top or None]:
            yield f"  {_pub_title(record, observables[record.index], look)}"
            beside = _beside(run, job, record, observables[record.index])
            yield _pub(run, job, record, pub, beside=beside, top=top, look=look).removesuffix("\n")
    except RecordError as error:
        yield look.paint(f"  damaged: {_said(str(error), look)}", "red")
        return
    if top and top < len(pubs):
        yield f"  and {plural(len(pubs) - top, 'more PUB')}"


def _pub(run: FinishedRun, job: JobRecord, record: PubRecord, pub: PubData, **how: Any) -> str:
    """What a PUB gave. `how` are the arguments of `render_pub`."""
    if is_learned_noise(pub):
        return render_learned_noise(pub, learned_layers(run, job, record.index), top=how["top"], look=how["look"])
    if job.program_id != "executor":
        return render_pub(pub, **how)
    shown = counted(pub)
    said = how["look"].draw(spoken_execution(pub))
    beside = how["beside"] if shown.shape == pub.shape else {}
    return (f"    {said}\n" if said else "") + render_pub(shown, **{**how, "beside": beside})


def _beside(run: FinishedRun, job: JobRecord, pub: PubRecord, observables: Any) -> dict[str, Array]:
    """What is worth to stand beside the points of a PUB: few parameter values, and observables if there are many."""
    values = run.parameter_values(job.id, pub.index) if pub.shape else {}
    beside = {name: _broadcast(array, pub.shape) for name, array in values.items() if len(values) <= _MOST_PARAMETERS}
    labels = observable_labels(observables, pub.shape) if isinstance(observables, list) else None
    return beside if labels is None else {**beside, "observable": labels}


def _broadcast(array: Array, shape: tuple[int, ...]) -> Array:
    import numpy as np

    return np.broadcast_to(array, shape)


def _observables(run: FinishedRun, job: JobRecord) -> list[Any]:
    """What the spec in force says of each PUB's observables; None where it says nothing, or was damaged."""
    spec = run.spec_in_force()
    return [pub.get("observables") for pub in spec["jobs"][job.id]["pubs"]] if spec else [None for _ in job.pubs]


def _pub_title(pub: PubRecord, observables: Any, look: Look) -> str:
    shape = f", {' × '.join(map(str, pub.shape))} points" if pub.shape else ""
    title = f"PUB {pub.index}: {pub.circuit}{shape}"
    if isinstance(observables, dict):
        title += f", observable {clipped(spoken_observable(observables), max(look.width - len(title) - 15, 20))}"
    return _said(title, look)


def _verdicts(verdicts: Sequence[VerdictRecord], look: Look) -> Iterator[str]:
    if verdicts:
        yield look.paint("expect", "bold")
    for record in verdicts:
        held = record.verdict.passed
        word = look.paint("held  ", "green") if held else look.paint("failed", "red")
        yield f"  {word}  {spoken_expectation(record.expectation)}: {_said(record.verdict.message, look)}"
    if verdicts:
        yield ""


def _unchecked(run: FinishedRun) -> Iterator[str]:
    """That a dry run's numbers were held against nothing."""
    verdicts = run.record.verdicts
    if run.record.is_dry and len(run.spec_in_force().get("expect", ())) > len(verdicts):
        yield f"{'other ' if verdicts else ''}expectations: not checked in a dry run"
        yield ""


def _sinks(sinks: Sequence[SinkRecord], look: Look) -> Iterator[str]:
    if sinks:
        yield look.paint("sinks", "bold")
    for sink in sinks:
        if sink.error:
            yield look.paint(f"  {sink.kind}: {_said(sink.error, look)}", "red")
        else:
            more = len(sink.files) - _MOST_FILES
            rest = [f"and {plural(more, 'more file')}"] if more > 0 else []
            yield f"  {sink.kind}: {', '.join([*sink.files[:_MOST_FILES], *rest])}"
    if sinks:
        yield ""


def _footer(run: FinishedRun, look: Look) -> Iterator[str]:
    tint, outcome = _OUTCOMES[run.record.outcome]
    if run.record.sweep is not None:
        yield f"points   {spoken_sweep(run.record.sweep)}"
    yield f"outcome  {look.paint(outcome, tint)}{' (dry run)' if run.record.is_dry else ''}"
    if run.record.error:
        yield f"error    {_said(run.record.error, look)}"
    yield f"backend  {_backend(run)}{_first(run, *BACKEND_PLACES)}"
    yield from _cost(run)
    yield f"seed     {run.record.seed}{_first(run, 'seed')}"
    yield f"run      {_said(str(run.folder), look)}"
    if run.record.content_hash:
        yield f"content  {run.record.content_hash}"


def _first(run: FinishedRun, *places: str) -> str:
    """That what the record says is of the first point of a sweep, and the others have their own."""
    sweep = run.record.sweep
    return " at the first point" if sweep is not None and sweep.varies(*places) else ""


def _cost(run: FinishedRun) -> Iterator[str]:
    execution = run.record.execution
    if execution is None:
        return
    session = spoken_session(run.record)
    if session:
        yield f"{execution.mode:<7}  {session.removeprefix(execution.mode).lstrip()}"
    charged = "not known" if execution.usage is None else f"{execution.usage:g} QPU seconds"
    estimate = "none" if execution.usage_estimate is None else f"{execution.usage_estimate:.3g}"
    yield f"charged  {charged} (estimate: {estimate})"


def _backend(run: FinishedRun) -> str:
    backend = run.record.backend
    kind = "" if backend.name.startswith(backend.kind) else f" ({backend.kind})"
    return f"{backend.name}{kind}{', its mock backend' if run.record.is_dry else ''}"


def _said(text: str, look: Look) -> str:
    return look.draw(visible(" ".join(text.splitlines())))


def run_data(run: FinishedRun, *, job: str | None = None) -> dict[str, Any]:
    """The run for JSON: `record` as in run.json, and `results` by job id, one entry for each PUB."""
    chosen = [run.job(job)] if job is not None else run.record.jobs
    document = {
        "version": 1,
        "folder": str(run.folder),
        "record": data_of(run.record),
        "results": {record.id: list(_pubs_data(run, record)) for record in chosen},
    } | ({"note": DRY_RUN} if run.record.is_dry else {})
    document |= points_data(run.points, job=job) if run.points is not None else {}
    document |= point_data(run)
    data: dict[str, Any] = plain(document)
    return data


def _pubs_data(run: FinishedRun, job: JobRecord) -> Iterable[dict[str, Any]]:
    if job.result is None:
        return []
    return (
        {"index": record.index, "circuit": record.circuit, **pub_data(pub)}
        for record, pub in zip(job.pubs, run.pubs(job.id), strict=True)
    )
