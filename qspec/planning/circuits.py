"""The circuits of a spec, each once: built, checked with all that is known then, and made ISA circuits."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from qspec.diagnostics import Diagnostic, has_errors
from qspec.errors import SourceError
from qspec.frozen import frozen
from qspec.planning.build import add, facts_of, load_source
from qspec.planning.estimate import duration_of
from qspec.planning.isa import IsaCircuit, foreign_instruction, measure_up
from qspec.planning.transpile import TranspileError, Transpiler
from qspec.reading.rules.circuits import check_additions
from qspec.reading.sources import source_finding
from qspec.seeds import derive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from qiskit import QuantumCircuit

    from qspec.facts import CircuitFacts
    from qspec.planning.reuse import Reuse
    from qspec.planning.shared import Shared
    from qspec.reading.load import Loaded
    from qspec.service.backend import RemoteBackend
    from qspec.simulation.local import LocalBackend
    from qspec.spec import Circuit, Spec

    Progress = Callable[[str, int, int], None]
    Locked = Callable[[str], "GivenIsa | None"]

_NAMED_BY_QISKIT = re.compile(r"\bcircuit-\d+(?:-\d+)?\b")


class GivenIsa(NamedTuple):
    """A circuit that is to be run as it is, and its canonical hash."""

    circuit: QuantumCircuit
    hash: str


@frozen
class Built:
    """A circuit before transpilation, with `measure` and `bind` applied, and the facts about it."""

    circuit: QuantumCircuit
    facts: CircuitFacts


def used_circuits(spec: Spec) -> tuple[str, ...]:
    """The ids of the circuits that PUBs refer to, each once, in the order of the spec."""
    used = {pub.circuit for job in spec.jobs.values() for pub in job.pubs}
    return tuple(name for name in spec.circuits if name in used)


def build_circuits(loaded: Loaded, *, seed: int, shared: Shared) -> tuple[dict[str, Built], list[Diagnostic]]:
    """The circuits that PUBs refer to, without those that have a mistake, and the findings."""
    built: dict[str, Built] = {}
    findings: list[Diagnostic] = []
    for name in used_circuits(loaded.spec):
        drawn = derive(seed, "circuits", name)
        one = shared.circuits.get(key := _key(loaded.spec.circuits[name], drawn))
        if one is None:
            circuit, mistakes = _build(loaded, name, drawn, shared.reuse)
            findings += mistakes
            if circuit is None:
                continue
            one = Built(circuit=circuit, facts=facts_of(circuit))
            if not mistakes:
                shared.circuits[key] = one
        built[name] = one
    return built, findings


def _key(circuit: Circuit, seed: int) -> str:
    """What a circuit is built from: its source, with the seed of one that draws at random."""
    seeded = getattr(circuit.source, "seeded", None)
    return repr(replace(circuit, source=seeded(seed)) if seeded else circuit)


def _build(loaded: Loaded, name: str, seed: int, reuse: Reuse) -> tuple[QuantumCircuit | None, list[Diagnostic]]:
    circuit, route = loaded.spec.circuits[name], ("circuits", name)
    try:
        bare = load_source(circuit, loaded.files, seed=seed, reuse=reuse)
    except SourceError as error:
        assert loaded.root is not None  # noqa: S101 - what was loaded has been read
        return None, [source_finding(error, route, loaded.root, loaded.files)]
    mistakes = list(check_additions(circuit, facts_of(bare), route))
    return (None if has_errors(mistakes) else add(circuit, bare)), mistakes


def _about(name: str, code: str, message: str, label: str = "") -> Diagnostic:
    return Diagnostic(code=code, message=message, route=("circuits", name), on_key=True, label=label)


def isa_circuits(
    built: Mapping[str, Built],
    backend: LocalBackend | RemoteBackend,
    spec: Spec,
    *,
    seed: int,
    progress: Progress | None,
    reuse: Reuse,
    locked: Locked | None = None,
) -> tuple[dict[str, IsaCircuit], list[Diagnostic]]:
    """The ISA circuits by the ids of their circuits, and the findings; those that are `locked` are not made anew."""
    transpiler = Transpiler(backend.target, spec.transpile)
    found: dict[str, IsaCircuit] = {}
    findings: list[Diagnostic] = []
    for number, (name, one) in enumerate(built.items()):
        if progress:
            progress("transpiling", number, len(built))
        given = locked(name) if locked else None
        if given is not None:
            isa, mistakes = _as_it_is(name, one, given, backend, advice="'qspec lock --update' makes it anew")
        elif spec.transpile.enabled:
            isa, mistakes = _transpiled(name, one, transpiler, backend, seed, reuse)
        else:
            given = GivenIsa(one.circuit, reuse.canonical(one.circuit))
            isa, mistakes = _as_it_is(name, one, given, backend, advice="'transpile: {enabled: true}' makes it one")
        findings += mistakes
        if isa is not None:
            found[name] = isa
    return found, findings


def _transpiled(
    name: str, one: Built, transpiler: Transpiler, backend: LocalBackend | RemoteBackend, seed: int, reuse: Reuse
) -> tuple[IsaCircuit | None, list[Diagnostic]]:
    try:
        made = reuse.transpiled(transpiler, one.circuit, seed=derive(seed, "transpiler", name))
    except TranspileError as error:
        reason = _NAMED_BY_QISKIT.sub(f"'{name}'", str(error))
        message = f"circuit '{name}' cannot be transpiled for backend '{backend.name}': {reason}"
        return None, [_about(name, "transpile-failed", message, label=_advice(reason, backend))]
    return replace(made.isa, source=name), [
        *(_warning(name, f"Qiskit: {said}", code="qiskit-warning") for said in made.warned),
        *(_warning(name, said, code="no-effect") for said in _lost(name, one.circuit, made.isa.circuit)),
    ]


def _advice(reason: str, backend: LocalBackend | RemoteBackend) -> str:
    """What helps against a reason of Qiskit that names a pass rather than the mistake."""
    if "if the direction was swapped" in reason:
        return "the device has this gate in one direction only; another 'initial_layout' may avoid these qubits"
    if "not scheduled" not in reason:
        return ""
    step = math.lcm(backend.target.pulse_alignment, backend.target.acquire_alignment)
    return f"'scheduling_method: alap' under 'transpile', or delays in multiples of the device's alignment: {step} dt"


def _lost(name: str, circuit: QuantumCircuit, isa: QuantumCircuit) -> Iterator[str]:
    left = {parameter.name for parameter in isa.parameters}
    lost = [parameter.name for parameter in circuit.parameters if parameter.name not in left]
    if lost:
        words = f"parameter '{lost[0]}' has" if len(lost) == 1 else f"parameters {', '.join(lost[:5])} have"
        yield f"{words} no effect on what circuit '{name}' gives: transpiling removed {'it' if len(lost) == 1 else 'them'}"


def _warning(name: str, message: str, *, code: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, route=("circuits", name), on_key=True, severity="warning")


def _as_it_is(
    name: str, one: Built, given: GivenIsa, backend: LocalBackend | RemoteBackend, *, advice: str
) -> tuple[IsaCircuit | None, list[Diagnostic]]:
    """A circuit that its spec, or a lock, says is an ISA circuit."""
    circuit, target = given.circuit, backend.target
    reason = foreign_instruction(circuit, target)
    message = f"circuit '{name}' is not an ISA circuit of backend '{backend.name}': {reason}"
    mistakes = [_about(name, "not-isa", message, label=advice)] if reason else []
    duration, width = duration_of(circuit, target), one.circuit.num_qubits
    return measure_up(name, circuit, num_qubits=width, hash_=given.hash, duration=duration), mistakes
