"""Why the results of two runs differ: what their records, specs and backends differ in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, get_args

from qspec.comparing.calibration import moved
from qspec.comparing.values import differences
from qspec.errors import RecordError
from qspec.frozen import frozen
from qspec.records.content import IDENTITY
from qspec.records.files import hash_file, read_bytes
from qspec.records.names import BACKEND
from qspec.records.record import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qspec.records.parts import CircuitRecord, JobRecord
    from qspec.records.record import RunRecord
    from qspec.records.view import FinishedRun

CauseKind = Literal[
    "spec",
    "input file",
    "circuit",
    "seed",
    "backend",
    "transpilation",
    "calibration",
    "primitive implementation",
    "library version",
    "machine",
    "sampling only",
]
"""What can be a cause, the deepest first: what stands later may be a consequence of what stands before."""

_ORDER = {kind: number for number, kind in enumerate(get_args(CauseKind))}
_WITHOUT_EFFECT = IDENTITY | {"sinks", "expect", "limits", "seed", "qspec"}
_DRAWN = re.compile(r"circuits\.([^.]+)\.args\.seed")
"""Where a seed that was drawn for a circuit is written down: it follows from the root seed."""
_MOST = 5


@frozen
class Cause:
    """One thing in which two runs differ: what it is, in a sentence, and its parts, a line each."""

    kind: CauseKind
    message: str
    details: tuple[str, ...] = ()


def find_causes(before: FinishedRun, after: FinishedRun) -> tuple[Cause, ...]:
    """Everything in which two runs differ and that results could depend on, the deepest cause first.

    Where nothing differs it is the sampling: a device draws anew each time. Raises `RecordError` for damage.
    """
    old, new = before.record, after.record
    found = [
        *_spec(before, after),
        *_inputs(old, new),
        *_sources(before, after),
        *_seed(old, new),
        *_backend(before, after),
        *_transpilation(old, new),
        *_implementation(old, new),
        *_versions(old, new),
        *_machine(old, new),
    ]
    causes = tuple(sorted(found, key=lambda cause: _ORDER[cause.kind]))
    return causes or (Cause(kind="sampling only", message=_sampling(new)),)


def _sampling(record: RunRecord) -> str:
    if record.execution is not None:
        return "nothing that was recorded differs: a device draws its shots anew in each run"
    return "nothing that was recorded differs: what ran on this machine with the same seeds should have been the same"


def _spec(before: FinishedRun, after: FinishedRun) -> Iterator[Cause]:
    drawn = _drawn(before, after)
    lines = tuple(
        f"{place}: {change}" for place, change in differences(_meaning(before), _meaning(after)) if place not in drawn
    )
    if lines:
        yield Cause(kind="spec", message=_summed(lines), details=lines)


def _drawn(before: FinishedRun, after: FinishedRun) -> dict[str, str]:
    """The circuits whose own seed, which was drawn from the root seed, is another, by its place in the spec."""
    if before.record.seed == after.record.seed:
        return {}
    matches = (_DRAWN.fullmatch(place) for place, _ in differences(_meaning(before), _meaning(after)))
    return {match[0]: match[1] for match in matches if match}


def _meaning(run: FinishedRun) -> dict[str, Any]:
    return {key: value for key, value in run.spec_in_force().items() if key not in _WITHOUT_EFFECT}


def _inputs(old: RunRecord, new: RunRecord) -> Iterator[Cause]:
    known = [{file.path: file.sha256 for file in record.inputs} for record in (old, new)]
    lines = tuple(
        f"{path}: {_presence(*(hashes.get(path) for hashes in known))}"
        for path in sorted({*known[0], *known[1]})
        if known[0].get(path) != known[1].get(path)
    )
    if lines:
        yield Cause(kind="input file", message=_summed(lines), details=lines)


def _presence(before: str | None, after: str | None) -> str:
    if before is None or after is None:
        return "only in the second run" if before is None else "only in the first run"
    return "its content is another"


def _sources(before: FinishedRun, after: FinishedRun) -> Iterator[Cause]:
    """Circuits of the spec that are others than they were: of another file, or built by another library."""
    old, new = before.record.sources, after.record.sources
    drawn = set(_drawn(before, after).values())
    names = [name for name in old if name in new and old[name] != new[name] and name not in drawn]
    if names:
        lines = tuple(f"circuit '{name}' is another before transpiling" for name in names)
        yield Cause(kind="circuit", message=_summed(lines), details=lines)


def _seed(old: RunRecord, new: RunRecord) -> Iterator[Cause]:
    if old.seed != new.seed:
        yield Cause(kind="seed", message=f"{old.seed} became {new.seed}")
        return
    both = old.seeds.keys() & new.seeds.keys()
    lines = tuple(
        f"{name}: {old.seeds[name]} became {new.seeds[name]}"
        for name in sorted(both)
        if old.seeds[name] != new.seeds[name]
    )
    if lines:
        yield Cause(kind="seed", message=_summed(lines), details=lines)


def _backend(before: FinishedRun, after: FinishedRun) -> Iterator[Cause]:
    """Another device, or the same with another calibration."""
    old, new = before.record.backend, after.record.backend
    if (old.kind, old.name) != (new.kind, new.name):
        yield Cause(kind="backend", message=f"{old.kind} {old.name} became {new.kind} {new.name}")
        return
    if before.record.files.get(BACKEND) == after.record.files.get(BACKEND):
        return
    data = [_backend_data(run) for run in (before, after)]
    lines = tuple(each.message for each in moved(*data))
    if lines:
        dates = [str(each.get("source", {}).get("calibrated", "")) for each in data]
        when = f", calibrated {dates[0]} and {dates[1]}" if all(dates) and dates[0] != dates[1] else ""
        yield Cause(kind="calibration", message=f"{new.name}{when}: {_summed(lines)}", details=lines)


def _backend_data(run: FinishedRun) -> dict[str, Any]:
    path = run.folder / BACKEND
    if hash_file(path) != run.record.files.get(BACKEND):
        raise RecordError(f"'{path}' was changed or damaged after it was written")
    return parse_json(read_bytes(path))


def _transpilation(old: RunRecord, new: RunRecord) -> Iterator[Cause]:
    """PUBs whose circuit became another ISA circuit."""
    circuits = [{circuit.hash: circuit for circuit in record.circuits} for record in (old, new)]
    lines: dict[str, None] = {}
    for job, other in _pairs(old.jobs, new.jobs):
        for pub, pub_after in zip(job.pubs, other.pubs, strict=False):
            if pub.isa != pub_after.isa:
                known = circuits[0].get(pub.isa), circuits[1].get(pub_after.isa)
                lines[f"circuit '{pub.circuit}': {_measures(*known)}"] = None
    if lines:
        yield Cause(kind="transpilation", message=_summed(tuple(lines)), details=tuple(lines))


def _measures(old: CircuitRecord | None, new: CircuitRecord | None) -> str:
    if old is None or new is None:
        return "another ISA circuit"
    pairs = {
        "depth": (old.depth, new.depth),
        "two-qubit gates": (old.two_qubit_gates, new.two_qubit_gates),
        "size": (old.size, new.size),
        "qubits": (_numbers(old.physical_qubits), _numbers(new.physical_qubits)),
    }
    changed = [f"{name} {before} became {after}" for name, (before, after) in pairs.items() if before != after]
    return ", ".join(changed) or "another ISA circuit of the same size on the same qubits"


def _numbers(qubits: Iterable[int]) -> str:
    return " ".join(map(str, qubits))


def _implementation(old: RunRecord, new: RunRecord) -> Iterator[Cause]:
    lines = tuple(
        f"job '{job.id}': {job.implementation} became {other.implementation}"
        for job, other in _pairs(old.jobs, new.jobs)
        if job.implementation != other.implementation and job.implementation and other.implementation
    )
    if lines:
        yield Cause(kind="primitive implementation", message=_summed(lines), details=lines)


def _pairs(old: Iterable[JobRecord], new: Iterable[JobRecord]) -> Iterator[tuple[JobRecord, JobRecord]]:
    """The jobs that both have, by their ids."""
    others = {job.id: job for job in new}
    return ((job, others[job.id]) for job in old if job.id in others)


def _versions(old: RunRecord, new: RunRecord) -> Iterator[Cause]:
    lines = tuple(_changed(old.versions, new.versions))
    if lines:
        yield Cause(kind="library version", message=_summed(lines), details=lines)


def _machine(old: RunRecord, new: RunRecord) -> Iterator[Cause]:
    """Another processor, or another kernel of a BLAS library that both runs have loaded."""
    kinds = [{"processor": record.platform.machine, "system": record.platform.system} for record in (old, new)]
    both = old.platform.blas.keys() & new.platform.blas.keys()
    kernels = [{name: record.platform.blas[name] for name in both} for record in (old, new)]
    lines = (*_changed(*kinds), *_changed(*kernels))
    if lines:
        yield Cause(kind="machine", message=_summed(lines), details=lines)


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield f"{name} {old.get(name, 'none')} became {new.get(name, 'none')}"


def _summed(lines: tuple[str, ...]) -> str:
    """The first lines in one."""
    more = f"; and {len(lines) - _MOST} more" if len(lines) > _MOST else ""
    return f"{'; '.join(lines[:_MOST])}{more}"
