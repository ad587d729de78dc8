"""A plan becomes a run folder: everything that is known before the first job is on disk before the first job."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qspec.planning.sweeps import SweepPlan
from qspec.records.bundles import bundled
from qspec.records.content import hash_spec
from qspec.records.files import plain, sha256
from qspec.records.folder import RunFolder, stored_input
from qspec.records.names import RECORD, SPEC, STATUS_LOG, VARIANTS
from qspec.records.parts import BackendRecord, CircuitRecord, FileRecord, JobRecord, PubRecord, WarningRecord
from qspec.records.points import VALUES
from qspec.records.record import RunRecord, render_record
from qspec.records.status import Event, now, render_event, spoken_time
from qspec.records.swept import AxisRecord, SweepRecord, VariantRecord, render_variants
from qspec.running.contents import (
    backend_files,
    circuit_file,
    first_files,
    inputs_of,
    isa_circuits,
    placed_names,
    recorded_circuits,
)
from qspec.running.drafts import drafting
from qspec.running.journal import Journal
from qspec.running.submissions import planned_execution, planned_submissions
from qspec.running.surroundings import machine, versions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from qspec.diagnostics import Diagnostic
    from qspec.planning.plan import IsaCircuit, Plan, PlannedJob
    from qspec.planning.sweeps import AnyPlan
    from qspec.running.contents import PlacedNames


@contextmanager
def creating_run(plan: AnyPlan, runs_dir: Path, *, dry_run: bool = False) -> Iterator[Journal]:
    """Make the run folder, with the record and all that the plan was made from; it is locked to the end of the block.

    `dry_run`: its jobs will go to the service's mock backend.

    The folder appears whole or not at all. Raises `MachineError`.
    """
    files = first_files(plan)
    with drafting(runs_dir, plan.spec.name, hash_spec(plan.resolved)) as draft:
        for name in files:
            RunFolder(draft.path).place(name)
        record = replace(_first_record(plan, draft.run, files), execution=planned_execution(plan, dry_run=dry_run))
        kept = bundled(files)
        record = replace(record, files={name: sha256(content) for name, content in sorted(kept.items())})
        folder = draft.publish({**kept, RECORD: render_record(record), STATUS_LOG: _first_events(record, plan.seconds)})
        yield Journal(folder, record)


def _first_events(record: RunRecord, seconds: float) -> bytes:
    """That the run was created, and planned in so many seconds."""
    planned: dict[str, Any] = {"jobs": [job.id for job in record.jobs], "circuits": len(record.circuits)}
    planned |= {"points": record.sweep.points} if record.sweep else {}
    planned["seconds"] = round(seconds, 6)
    events = (
        Event(seq=1, time=record.created, event="run-created", detail={"name": record.name}),
        Event(seq=2, time=record.created, event="planned", detail=planned),
    )
    return b"".join(render_event(event) + b"\n" for event in events)


def _first_record(plan: AnyPlan, run: str, files: dict[str, bytes]) -> RunRecord:
    layers = plan.loaded.layers
    bases = {layer.name for layer in layers[1:]}
    used = plan.loaded.files.used.items()
    plans = plan.plans if isinstance(plan, SweepPlan) else (plan,)
    names = placed_names(isa_circuits([job for planned in plans for job in planned.jobs]))
    sweep = None
    if isinstance(plan, SweepPlan):
        files[VARIANTS] = render_variants(_variants(plan, names, files))
        sweep = _sweep(plan)
    first = plans[0]
    jobs = tuple(_job(job, files) for job in first.jobs)
    return RunRecord(
        run=run,
        name=plan.spec.name,
        description=plan.spec.description,
        tags=plan.spec.tags,
        created=spoken_time(now()),
        outcome="unfinished",
        spec=FileRecord(path=plan.loaded.path, sha256=layers[0].sha256, stored=SPEC),
        layers=tuple(_input(layer.name, layer.content) for layer in layers[1:]),
        inputs=tuple(_input(name, content) for name, content in sorted(used) if name not in bases),
        references=tuple(_input(*each) for each in sorted(plan.loaded.files.references.items())),
        repeats=plan.loaded.repeats,
        lock=plan.loaded.lock,
        overrides=tuple(plan.loaded.overrides),
        warnings=_warnings(plan),
        seed=plan.seed,
        seeds=dict(first.seeds),
        versions=versions(),
        platform=machine(),
        backend=_backend(first),
        sources=dict(first.sources),
        circuits=tuple(_circuit(circuit, name, files) for name, circuit in recorded_circuits(first.jobs, names)),
        jobs=tuple(
            replace(job, submissions=planned_submissions(plan, planned))
            for job, planned in zip(jobs, first.jobs, strict=True)
        ),
        sweep=sweep,
    )


def _sweep(plan: SweepPlan) -> SweepRecord:
    axes = tuple(AxisRecord(place=axis.place, values=tuple(axis.values)) for axis in plan.sweep.axes)
    structural, points = plan.variants.structural, plan.sweep.size
    return SweepRecord(combine=plan.sweep.combine, axes=axes, structural=structural, points=points)


def _variants(plan: SweepPlan, names: PlacedNames, files: Collection[str]) -> Iterator[VariantRecord]:
    for variant, (planned, backend_file) in enumerate(zip(plan.plans, backend_files(plan), strict=True)):
        yield VariantRecord(
            variant=variant,
            spec=plain(planned.resolved),
            seed=planned.seed,
            seeds=dict(planned.seeds),
            backend=_backend(planned),
            backend_file=backend_file,
            circuits=tuple(_circuit(circuit, name, files) for name, circuit in recorded_circuits(planned.jobs, names)),
            jobs=tuple(replace(_job(job, files), inputs=_inputs(job, files)) for job in planned.jobs),
            sources=dict(planned.sources),
        )


def _inputs(job: PlannedJob, files: Collection[str]) -> str | None:
    """Where the parameter values of a variant's job are kept; None where it has none."""
    return VALUES if VALUES in files and any(pub.pub.parameter_values.data for pub in job.pubs) else None


def _input(name: str, content: bytes) -> FileRecord:
    return FileRecord(path=name, sha256=sha256(content), stored=stored_input(name))


def _warnings(plan: AnyPlan) -> tuple[WarningRecord, ...]:
    found = dict.fromkeys((finding.code, finding.message, finding.place) for finding in _findings(plan))
    return tuple(WarningRecord(code=code, message=message, place=place) for code, message, place in found)


def _findings(plan: AnyPlan) -> tuple[Diagnostic, ...]:
    return (*plan.loaded.findings, *plan.findings)


def _backend(plan: Plan) -> BackendRecord:
    backend = plan.backend
    number: Any = backend.target.num_qubits
    return BackendRecord(kind=backend.kind, name=backend.name, num_qubits=number, source=plain(backend.source))


def _circuit(circuit: IsaCircuit, name: str, files: Collection[str]) -> CircuitRecord:
    qasm = circuit_file(name, "qasm")
    return CircuitRecord(
        id=circuit.source,
        hash=circuit.hash,
        num_qubits=circuit.num_qubits,
        physical_qubits=tuple(circuit.physical_qubits),
        depth=circuit.depth,
        size=circuit.size,
        two_qubit_gates=circuit.two_qubit_gates,
        two_qubit_depth=circuit.two_qubit_depth,
        operations=dict(circuit.operations),
        registers=dict(circuit.registers),
        duration=circuit.duration,
        qpy=circuit_file(name, "qpy"),
        qasm=qasm if qasm in files else None,
    )


def _job(job: PlannedJob, files: Collection[str]) -> JobRecord:
    inputs = inputs_of(job)
    return JobRecord(
        id=job.id,
        program_id=job.job.kind,
        status="INITIALIZING",
        seed=job.seed,
        shots=job.shots,
        precision=job.precision,
        inputs=inputs if inputs in files else None,
        pubs=tuple(
            PubRecord(index=pub.index, circuit=pub.circuit.source, isa=pub.circuit.hash, shape=tuple(pub.shape))
            for pub in job.pubs
        ),
    )
