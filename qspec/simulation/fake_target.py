"""The `Target` of a fake backend, built from its data alone.

Equal to what qiskit-ibm-runtime makes of the same data with control flow and fractional gates included, except in
one thing: there the order of operations is that of a Python set, different in each process; here it is that of the
data, so that everything that depends on it is the same every time. Tests compare every device.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from qspec.simulation.fake_data import find_device, read_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from qiskit.transpiler import InstructionProperties, Target

    from qspec.simulation.fake_data import FakeData, FakeDevice

    Qubits = tuple[int, ...]
    Places = dict[Qubits, InstructionProperties | None] | None
    Quantities = Mapping[str, float]

NON_UNITARY = ("measure", "delay", "reset")
RZZ_BOUNDS = [(0, math.pi / 2)]
"""The angles of an rzz gate that IBM's devices take; the data do not say it, the runtime does."""


def load_target(name: str) -> tuple[FakeData, Target]:
    """The data and the target of the fake backend of a name. Raises `UsageError` when there is none.

    They are made once in a process as long as the files stay the same, and shared: nobody changes them.
    """
    device = find_device(name)
    return _load(device, tuple(_stamp(path) for path in (device.configuration, device.properties) if path))


@lru_cache(maxsize=8)
def _load(device: FakeDevice, _stamps: tuple[tuple[int, int], ...]) -> tuple[FakeData, Target]:
    data = read_data(device)
    return data, build_target(data)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def build_target(data: FakeData) -> Target:
    """The target that circuits are transpiled for: durations in seconds, errors as probabilities, T1 and T2 in seconds."""
    configuration = data.configuration
    calibration = _Calibration(data.properties) if data.properties else None
    target = _empty_target(configuration, calibration)
    operations = _operations(configuration)
    places = _places(operations, configuration, calibration)
    for name, operation in operations.items():
        if isinstance(operation, type):
            target.add_instruction(operation, name=name)
        else:
            bounds = RZZ_BOUNDS if name == "rzz" else None
            target.add_instruction(operation, places[name], name=name, angle_bounds=bounds)
    return target


class _Calibration:
    """The properties of a device in SI units: by qubit, and by gate and qubits."""

    def __init__(self, properties: Mapping[str, Any]) -> None:
        self.qubits = [_quantities(entry) for entry in properties["qubits"]]
        self.gates: dict[str, dict[Qubits, Quantities]] = {}
        for gate in properties["gates"]:
            self.gates.setdefault(gate["gate"], {})[tuple(gate["qubits"])] = _quantities(gate["parameters"])
        self.faulty = frozenset(qubit for qubit, found in enumerate(self.qubits) if not found.get("operational", True))

    def works(self, name: str, qubits: Qubits) -> bool:
        """Whether a gate can be used there."""
        return self.faulty.isdisjoint(qubits) and bool(self.gates[name][qubits].get("operational", True))


def _quantities(entries: list[Mapping[str, Any]]) -> Quantities:
    from qiskit.utils import apply_prefix

    return {entry["name"]: apply_prefix(entry["value"], entry["unit"]) for entry in entries}


def _empty_target(configuration: Mapping[str, Any], calibration: _Calibration | None) -> Target:
    from qiskit.providers import QubitProperties
    from qiskit.transpiler import Target

    dt = configuration.get("dt")
    qubits = None
    if calibration:
        qubits = [
            QubitProperties(t1=found.get("T1"), t2=found.get("T2"), frequency=found.get("frequency"))
            for found in calibration.qubits
        ]
    return Target(
        num_qubits=configuration["n_qubits"],
        dt=None if dt is None else dt * 1e-9,  # the data have nanoseconds
        qubit_properties=qubits,
        **(configuration.get("timing_constraints") or {}),
    )


def _supported(configuration: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(configuration.get("supported_instructions") or NON_UNITARY)


def _operations(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Every operation of the target by name: an instance, or the class of a control-flow operation."""
    from qiskit.circuit import Instruction, Parameter
    from qiskit.circuit.library import get_standard_gate_name_mapping

    standard = get_standard_gate_name_mapping()
    supported = _supported(configuration)
    gates = {gate["name"]: gate for gate in configuration["gates"]}
    operations: dict[str, Any] = {}
    for name in (*configuration["basis_gates"], *(name for name in NON_UNITARY if name in supported)):
        if name in standard:
            operations[name] = standard[name]
        elif name in gates:
            operations[name] = _opaque(gates[name])
    operations |= {name: operation for name, operation in _control_flow().items() if name in supported}
    for signature in configuration.get("instruction_signatures") or ():
        name, params = signature["name"], [Parameter(text) for text in signature["parameters"]]
        operations[name] = Instruction(name, signature["num_qubits"], signature["num_clbits"], params)
    return operations


def _opaque(gate: Mapping[str, Any]) -> Any:
    """A gate that Qiskit does not know."""
    from qiskit.circuit import Gate, Parameter

    coupling = gate.get("coupling_map") or [[]]
    return Gate(gate["name"], len(coupling[0]), [Parameter(text) for text in gate.get("parameters", ())])


def _control_flow() -> dict[str, Any]:
    from qiskit.circuit import ForLoopOp, IfElseOp, SwitchCaseOp, WhileLoopOp

    return {"if_else": IfElseOp, "while_loop": WhileLoopOp, "for_loop": ForLoopOp, "switch_case": SwitchCaseOp}


def _places(
    names: Iterable[str], configuration: Mapping[str, Any], calibration: _Calibration | None
) -> dict[str, Places]:
    """Where each operation can be used, with its error and duration there; None means everywhere, free of both."""
    gates = {gate["name"]: gate for gate in configuration["gates"]}
    found: dict[str, Places] = {}
    for name in names:
        coupling = gates.get(name, {}).get("coupling_map")
        places: Places = dict.fromkeys(map(tuple, coupling)) if coupling else None
        found[name] = _calibrated(name, places, calibration) if calibration else places
    faulty = calibration.faulty if calibration else frozenset()
    working = [(qubit,) for qubit in range(configuration["n_qubits"]) if qubit not in faulty]
    for name in NON_UNITARY:
        if name in found and found[name] is None:
            found[name] = dict.fromkeys(working)
    if calibration and "measure" in found:
        found["measure"] = {place: _readout(calibration.qubits[place[0]]) for place in working}
    return found


def _calibrated(name: str, places: Places, calibration: _Calibration) -> Places:
    for qubits, values in calibration.gates.get(name, {}).items():
        if not calibration.works(name, qubits):
            (places or {}).pop(qubits, None)
            continue
        places = {} if places is None else places
        places[qubits] = _properties(values.get("gate_error"), values.get("gate_length"))
    return places


def _readout(values: Quantities) -> InstructionProperties:
    return _properties(values.get("readout_error"), values.get("readout_length"))


def _properties(error: float | None, duration: float | None) -> InstructionProperties:
    from qiskit.transpiler import InstructionProperties

    return InstructionProperties(duration=duration, error=error)
