"""All that an ISA circuit depends on, as data: the keys under which circuits are kept.

Whatever can make the transpiler give another circuit, or another spelling of the same one, is in a key: the circuit
beyond what its fingerprint says, the target, the settings, the seed where it has an effect, and the software.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from dataclasses import fields
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from qspec.installed import version_of
from qspec.planning.fingerprint import spelled_operation
from qspec.planning.stages import foreign_plug_ins

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from qspec.spec import Transpile

_PACKAGES = ("qiskit", "rustworkx", "numpy", "scipy")  # all of them are imported with Qiskit
_PLAIN = ("measure", "reset", "barrier", "delay")
_TIMING = ("dt", "granularity", "min_length", "pulse_alignment", "acquire_alignment", "concurrent_measurements")


def isa_identity(
    circuit: str, target: str, settings: Transpile, seed: int | None, *, bounded: bool, named: frozenset[str]
) -> dict[str, Any]:
    """What an ISA circuit depends on, as JSON data. `circuit` and `target` are identities, as below.

    `seed` is None where it has no effect. `bounded`: the target bounds angles. `named` are the stage methods that the
    settings name.
    """
    return {
        "circuit": circuit,
        "target": target,
        "settings": {item.name: getattr(settings, item.name) for item in fields(settings)},
        "seed": seed,
        "software": software(),
        "plug-ins": foreign_plug_ins(named),
        "angles": version_of("qiskit-ibm-runtime") if bounded else None,
        "trials": _trials(),
    }


def text_identity(kind: str, text: str) -> dict[str, Any]:
    """What a circuit that is read from a text depends on."""
    importers = {name: version_of(name) for name in ("qiskit-qasm3-import", "openqasm3", "antlr4-python3-runtime")}
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    return {"kind": kind, "text": digest, "software": software(), "importers": importers}


def circuit_identity(circuit: QuantumCircuit, hash_: str) -> str:
    """A hash of everything about a circuit that transpiling could depend on, given its fingerprint; its name and metadata
    are not.
    """
    return _digest([hash_, *beyond_fingerprint(circuit)])


def target_identity(target: Target) -> str | None:
    """A hash of everything that a target says; None where it has bounds of angles that cannot be read."""
    bounds = _angle_bounds(target)
    return None if bounds is None else _digest(_lines_of(target, bounds))


@cache
def software() -> Mapping[str, str]:
    """The software, and the kind of machine, that take part in making any circuit."""
    from qspec import __version__

    return {
        "qspec-runner": __version__,
        **{name: str(import_module(name).__version__) for name in _PACKAGES},
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "machine": f"{sys.platform} {platform.machine()}",
    }


def beyond_fingerprint(circuit: QuantumCircuit) -> Iterator[str]:
    """What circuits of one fingerprint may differ in: order, kind and spelling of things that mean the same."""
    vectors = [getattr(parameter, "vector", None) for parameter in circuit.parameters]
    sizes = [None if vector is None else (vector.name, len(vector)) for vector in vectors]
    yield f"parameters {[parameter.name for parameter in circuit.parameters]} {sizes}"
    yield f"registers {[type(register).__name__ for register in (*circuit.qregs, *circuit.cregs)]}"
    yield f"physical {circuit.layout is not None}"
    yield from _spellings(circuit, formulas=bool(circuit.parameters))


def _spellings(circuit: QuantumCircuit, *, formulas: bool) -> Iterator[str]:
    for number, instruction in enumerate(circuit.data):
        if formulas and instruction.is_parameterized():
            yield f"{number} {[str(value) for value in instruction.params]}"
        if instruction.is_standard_gate() or instruction.name in _PLAIN:
            continue
        operation = instruction.operation
        yield f"{number} {_kind_of(operation)}"
        for block in getattr(operation, "blocks", ()):
            yield from _spellings(block, formulas=formulas)
        if hasattr(operation, "operator") and hasattr(operation, "synthesis"):
            yield _evolution(operation)


def _kind_of(operation: Any) -> str:
    """The class of Qiskit's circuit library that an operation is of: readers of texts, and QPY, differ below that."""
    kinds = (kind for kind in type(operation).__mro__ if str(kind.__module__).startswith("qiskit.circuit"))
    return next((f"{kind.__module__}.{kind.__qualname__}" for kind in kinds), type(operation).__qualname__)


def _evolution(operation: Any) -> str:
    """An evolution's operator and the way it is made a circuit, of which its definition is only the outcome."""
    each = operation.operator if isinstance(operation.operator, list) else [operation.operator]
    terms = [one.to_sparse_list() if hasattr(one, "to_sparse_list") else repr(one) for one in each]
    synthesis = operation.synthesis
    return f"{terms} {type(synthesis).__qualname__} {getattr(synthesis, 'settings', None)}"


def _lines_of(target: Target, bounds: Mapping[str, str]) -> Iterator[str]:
    yield f"{target.num_qubits} {[getattr(target, name) for name in _TIMING]}"
    for known in target.qubit_properties or ():
        yield f"qubit {known and [type(known).__qualname__, known.t1, known.t2, known.frequency]}"
    for name in target.operation_names:
        operation = target.operation_from_name(name)
        what = operation.__qualname__ if isinstance(operation, type) else [_kind_of(operation), *_operation(operation)]
        places = [
            (qubits, None if known is None else (known.error, known.duration)) for qubits, known in target[name].items()
        ]
        yield f"{name} {what} {bounds.get(name)} {places}"


def _operation(operation: Any) -> list[str]:
    return [operation.name, str(operation.num_qubits), str(operation.num_clbits), *spelled_operation(operation)]


def _angle_bounds(target: Target) -> dict[str, str] | None:
    """The bounds of angles by the names of gates. Only the state that targets are copied by has them, in Qiskit 2.6."""
    bounded = [name for name in target.operation_names if target.gate_has_angle_bounds(name)]
    try:
        return {name: str(target.__getstate__()["base"]["gate_map"][name]["angle_bounds"]) for name in bounded}
    except (KeyError, TypeError):
        return None


def _digest(lines: Any) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(f"{line}\n".encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def _trials() -> int | None:
    """How many processors Qiskit is told to spread its trials of layouts over, which then are as many more."""
    from qiskit.user_config import get_config
    from qiskit.utils import default_num_processes

    chosen = os.environ.get("QISKIT_SABRE_ALL_THREADS") or get_config().get("sabre_all_threads")
    return int(default_num_processes()) if chosen else None
