"""Whether circuits suit the backend and the jobs, whatever the transpiler makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic
from qspec.planning.build import measured_bits, measures_into_registers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qiskit import QuantumCircuit

    from qspec.planning.circuits import Built
    from qspec.service.backend import RemoteBackend
    from qspec.simulation.local import LocalBackend
    from qspec.spec import Spec


def check_built(built: Mapping[str, Built], backend: LocalBackend | RemoteBackend, spec: Spec) -> Iterator[Diagnostic]:
    """Circuits that cannot run on the backend whatever is asked of them, and results that nothing holds.

    Codes: no-qubits, too-wide, not-isa, single-bits, bad-name.
    """
    sampled = {pub.circuit for job in spec.jobs.values() for pub in job.pubs if not job.observables}
    for name, one in built.items():
        yield from _check_width(name, one.circuit, backend)
        for found in () if backend.remote else _beyond_aer(one.circuit):
            message = f"circuit '{name}' has {found}, which Aer cannot simulate"
            yield _about(name, "not-isa", message, label="leave it out, or write the circuit without it")
        yield from _check_single_bits(name, one.circuit)
        if name in sampled:
            yield from _check_registers(name, one.circuit)


def _about(name: str, code: str, message: str, label: str = "") -> Diagnostic:
    return Diagnostic(code=code, message=message, route=("circuits", name), on_key=True, label=label)


def _check_width(name: str, circuit: QuantumCircuit, backend: LocalBackend | RemoteBackend) -> Iterator[Diagnostic]:
    width = backend.target.num_qubits
    if circuit.num_qubits == 0:
        yield _about(name, "no-qubits", f"circuit '{name}' has no qubits")
    elif width is not None and circuit.num_qubits > width:
        message = f"circuit '{name}' has {circuit.num_qubits} qubits, and backend '{backend.name}' has {width}"
        yield _about(name, "too-wide", message)


def _beyond_aer(circuit: QuantumCircuit) -> Iterator[str]:
    """What makes Aer refuse a circuit, or end the whole process, in words."""
    variables = [f"the classical variable '{variable.name}'" for variable in circuit.iter_vars()]
    stretches = [f"the stretch '{stretch.name}'" for stretch in circuit.iter_stretches()]
    yield from (variables + stretches)[:1]
    if _has_box(circuit):
        yield "a box"


def _has_box(circuit: QuantumCircuit) -> bool:
    return any(
        instruction.name == "box" or any(map(_has_box, instruction.operation.blocks))
        for instruction in circuit.data
        if instruction.is_control_flow()
    )


def _check_registers(name: str, circuit: QuantumCircuit) -> Iterator[Diagnostic]:
    for register in circuit.cregs:
        if not _can_hold(register.name):
            message = f"circuit '{name}' has a classical register '{register.name}', and results cannot have that name"
            label = "Qiskit's DataBin, which holds the results of a sampler, reserves it; rename the register"
            yield _about(name, "bad-name", message, label=label)


def _can_hold(register: str) -> bool:
    """Whether Qiskit's results can hold a register of this name. Trying it out asks no private list of names."""
    from qiskit.primitives import DataBin

    try:
        return register in DataBin(**{register: ()})
    except (TypeError, ValueError, AttributeError):
        return False


def _check_single_bits(name: str, circuit: QuantumCircuit) -> Iterator[Diagnostic]:
    held = {bit for register in circuit.cregs for bit in register}
    single = [bit for bit in dict.fromkeys(measured_bits(circuit)) if bit not in held]
    if single and not measures_into_registers(circuit):
        message = f"circuit '{name}' measures into single bits, and results are kept by register"
        yield _about(name, "single-bits", message, label="declare a register of one bit: bit[1] c;")
        return
    read = _read_bits(circuit) if single else set()
    lost = [str(circuit.find_bit(bit).index) for bit in single if bit not in read]
    if lost:
        words = "bit" if len(lost) == 1 else "bits"
        message = f"what circuit '{name}' measures into classical {words} {', '.join(lost)} is not kept"
        label = "results are kept by register; declare a register of one bit: bit[1] c;"
        route = ("circuits", name)
        yield Diagnostic(code="single-bits", message=message, route=route, on_key=True, label=label, severity="warning")


def _read_bits(circuit: QuantumCircuit) -> set[Any]:
    """The classical bits that conditions read, inside control flow too."""
    bits: set[Any] = set()
    for instruction in circuit.data:
        if instruction.is_control_flow():
            bits |= _bits_of_condition(instruction.operation)
            for block in instruction.operation.blocks:
                outer = dict(zip(block.clbits, instruction.clbits, strict=True))
                bits |= {outer[bit] for bit in _read_bits(block)}
    return bits


def _bits_of_condition(operation: Any) -> set[Any]:
    from qiskit.circuit import Clbit
    from qiskit.circuit.classical import expr

    condition = getattr(operation, "condition", None) or getattr(operation, "target", None)
    if condition is None:
        return set()
    read = condition[0] if isinstance(condition, tuple) else condition
    variables = [found.var for found in expr.iter_vars(expr.lift(read))]
    return {bit for variable in variables for bit in ((variable,) if isinstance(variable, Clbit) else variable)}
