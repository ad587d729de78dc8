"""Why results differ: what they were made from differs in specs, circuits, backends, versions or machines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, get_args

from qspec.comparing.calibration import moved
from qspec.comparing.values import differences
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from qspec.comparing.made import Made, MadeCircuit, MadeJob, MadePub

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
_DRAWN = re.compile(r"circuits\.([^.]+)\.args\.seed")
"""Where a seed that was drawn for a circuit is written down: it follows from the root seed."""
_MOST = 5


@frozen
class Cause:
    """One thing in which two results differ: what it is, in a sentence, and its parts, a line each."""

    kind: CauseKind
    message: str
    details: tuple[str, ...] = ()


def find_causes(old: Made, new: Made) -> tuple[Cause, ...]:
    """Everything in which what two results were made from differs, and that results can depend on, the deepest cause first.

    Where nothing differs it is the sampling: a device draws anew each time. Raises `RecordError` for damage.
    """
    drawn = _drawn(old, new)
    found = [
        *changed_spec(old.asked, new.asked, but=drawn),
        *changed_inputs(old.inputs, new.inputs),
        *_sources(old, new, set(drawn.values())),
        *_seed(old, new),
        *_backend(old, new),
        *_transpilation(old, new),
        *_implementation(old, new),
        *_versions(old, new),
        *_machine(old, new),
    ]
    causes = tuple(sorted(found, key=lambda cause: _ORDER[cause.kind]))
    return causes or (Cause(kind="sampling only", message=_sampling(new)),)


def _sampling(new: Made) -> str:
    if new.on_service:
        return "nothing that was recorded differs: a device draws its shots anew in each run"
    return "nothing that was recorded differs: what ran on this machine with the same seeds should have been the same"


def changed_spec(old: Mapping[str, Any], new: Mapping[str, Any], but: Collection[str] = ()) -> Iterator[Cause]:
    """What two specs in force differ in, at other places than those in `but`."""
    lines = tuple(f"{place}: {change}" for place, change in differences(old, new) if place not in but)
    if lines:
        yield Cause(kind="spec", message=_summed(lines), details=lines)


def _drawn(old: Made, new: Made) -> dict[str, str]:
    """The circuits whose own seed, which was drawn from the root seed, is another, by its place in the spec."""
    if old.seed == new.seed:
        return {}
    matches = (_DRAWN.fullmatch(place) for place, _ in differences(old.asked, new.asked))
    return {match[0]: match[1] for match in matches if match}


def changed_inputs(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Cause]:
    """What input files differ, given the hashes of their bytes by their paths."""
    lines = tuple(
        f"{path}: {_presence(old.get(path), new.get(path))}"
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    )
    if lines:
        yield Cause(kind="input file", message=_summed(lines), details=lines)


def _presence(before: str | None, after: str | None) -> str:
    if before is None or after is None:
        return "it was not there before" if before is None else "it is not there any more"
    return "its content is another"


def _sources(old: Made, new: Made, drawn: Collection[str]) -> Iterator[Cause]:
    """Circuits of the spec that are others than they were: of another file, or built by another library."""
    both = [name for name in old.sources if name in new.sources and name not in drawn]
    lines = tuple(
        f"circuit '{name}' is another before transpiling" for name in both if old.sources[name] != new.sources[name]
    )
    if lines:
        yield Cause(kind="circuit", message=_summed(lines), details=lines)


def _seed(old: Made, new: Made) -> Iterator[Cause]:
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


def _backend(old: Made, new: Made) -> Iterator[Cause]:
    """Another device, or the same with another calibration."""
    if old.backend != new.backend:
        yield Cause(kind="backend", message=f"{' '.join(old.backend)} became {' '.join(new.backend)}")
        return
    hashes, dates = zip(old.calibrated(), new.calibrated(), strict=True)
    if hashes[0] == hashes[1]:
        return
    data = [side.backend_data() for side in (old, new)]
    if data[0] is None or data[1] is None:
        lines: tuple[str, ...] = ("target or calibration are others",)
    else:
        lines = tuple(each.message for each in moved(data[0], data[1]))
    if lines:
        when = f", calibrated {dates[0]} and {dates[1]}" if all(dates) and dates[0] != dates[1] else ""
        yield Cause(kind="calibration", message=f"{new.backend[1]}{when}: {_summed(lines)}", details=lines)


def _transpilation(old: Made, new: Made) -> Iterator[Cause]:
    """PUBs whose circuit became another ISA circuit."""
    circuits = [{circuit.hash: circuit for circuit in side.circuits} for side in (old, new)]
    lines: dict[str, None] = {}
    for job, other in _pairs(old.jobs, new.jobs):
        pairs: Iterator[tuple[MadePub, MadePub]] = zip(job.pubs, other.pubs, strict=False)
        for pub, pub_after in pairs:
            if pub.isa != pub_after.isa:
                known = circuits[0].get(pub.isa), circuits[1].get(pub_after.isa)
                lines[f"circuit '{pub.circuit}': {_measures(*known)}"] = None
    if lines:
        yield Cause(kind="transpilation", message=_summed(tuple(lines)), details=tuple(lines))


def _measures(old: MadeCircuit | None, new: MadeCircuit | None) -> str:
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


def _implementation(old: Made, new: Made) -> Iterator[Cause]:
    lines = tuple(
        f"job '{job.id}': {job.implementation} became {other.implementation}"
        for job, other in _pairs(old.jobs, new.jobs)
        if job.implementation != other.implementation and job.implementation and other.implementation
    )
    if lines:
        yield Cause(kind="primitive implementation", message=_summed(lines), details=lines)


def _pairs(old: Iterable[MadeJob], new: Iterable[MadeJob]) -> Iterator[tuple[MadeJob, MadeJob]]:
    """The jobs that both have, by their ids."""
    others = {job.id: job for job in new}
    return ((job, others[job.id]) for job in old if job.id in others)


def _versions(old: Made, new: Made) -> Iterator[Cause]:
    lines = tuple(_changed(old.versions, new.versions))
    if lines:
        yield Cause(kind="library version", message=_summed(lines), details=lines)


def _machine(old: Made, new: Made) -> Iterator[Cause]:
    """Another processor, or another kernel of a BLAS library that both have loaded."""
    lines = list(_changed(old.machine or {}, new.machine or {})) if old.machine and new.machine else []
    kernels = old.blas or {}, new.blas or {}
    both = kernels[0].keys() & kernels[1].keys()
    lines += _changed(*({name: side[name] for name in both} for side in kernels))
    if lines:
        yield Cause(kind="machine", message=_summed(tuple(lines)), details=tuple(lines))


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield f"{name} {old.get(name, 'none')} became {new.get(name, 'none')}"


def _summed(lines: tuple[str, ...]) -> str:
    """The first lines in one."""
    more = f"; and {len(lines) - _MOST} more" if len(lines) > _MOST else ""
    return f"{'; '.join(lines[:_MOST])}{more}"
