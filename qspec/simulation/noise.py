"""The noise of a device, restricted to what circuits use of it.

The noise model is the one that Aer's public `NoiseModel.from_backend` makes of a `Target`, which is also what
`AerSimulator.from_backend` simulates: a depolarising and a thermal relaxation error after each gate, relaxation
during delays, readout errors. For a device of 133 qubits that takes seconds, most of it for gates that no circuit
uses. Here Aer is given the same target without those, under the same qubit numbers; counts and shot-by-shot memory
are the same bit for bit, which `tests/simulation/test_noise.py` proves.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from qspec.frozen import frozen
from qspec.simulation.remembered import Remembered
from qspec.simulation.targets import backend_of, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target
    from qiskit_aer.noise import NoiseModel, QuantumError

NOISE_NAME = "qiskit_aer.noise.NoiseModel.from_backend"
"""How the record names the noise model."""

Place = tuple[str, tuple[int, ...]]

_ERRORS: Remembered[QuantumError | None] = Remembered(500)
"""The errors of gates, which take most of the time of a noise model, each made once: by all that they depend on. Circuits
that were transpiled by different seeds, and different gates of a qubit, share many. One takes up to 100 kB.
"""


def build_noise(target: Target, used: frozenset[Place], added_on: frozenset[int]) -> NoiseModel:
    """The noise model of `target` for the instructions in `used`, see `used_places`.

    `added_on` are qubits where a primitive adds single-qubit gates, delays or measurements of its own: there every
    single-qubit instruction is noisy.
    """
    from qiskit_aer.noise import NoiseModel

    device = _examples(target)
    reduced = _restrict(target, used | {device.mixed} if device.mixed else used, added_on)
    model = NoiseModel.from_backend(backend_of(select(reduced, _is_measurement)))
    for name, qubits, error in _gate_errors(reduced):
        model.add_quantum_error(error, name, qubits)
    if device.kraus and not _examples(reduced).kraus:
        name, qubits = device.kraus
        model.add_quantum_error(_kraus_stand_in(len(qubits)), name, qubits)
    return _remembering(model)


def _gate_errors(target: Target) -> Iterator[tuple[str, tuple[int, ...], QuantumError]]:
    """The errors that `NoiseModel.from_backend` gives the gates of a target, by the function that it makes them by."""
    from qiskit.circuit import Gate, Measure
    from qiskit.providers import QubitProperties

    of_qubits = target.qubit_properties or [QubitProperties()] * (target.num_qubits or 0)
    for name in target.operation_names:
        operation = target.operation_from_name(name)
        if isinstance(operation, Measure):
            continue
        for qubits, properties in target[name].items():
            if qubits is None or properties is None:
                continue
            known = [of_qubits[qubit] for qubit in qubits]
            key = (
                isinstance(operation, Gate),
                properties.duration,
                properties.error,
                *((qubit.t1, qubit.t2, qubit.frequency) for qubit in known),
            )
            error = _ERRORS.get(key, partial(_gate_error, operation, properties, known))
            if error is not None:
                yield name, qubits, error


def _gate_error(operation: Any, properties: Any, qubits: Sequence[Any]) -> QuantumError | None:
    """The error of a gate, given what is known of it and of its qubits; None where it has none."""
    from qiskit.transpiler import Target
    from qiskit_aer.noise.device import basic_device_gate_errors

    alone = Target(num_qubits=len(qubits), qubit_properties=list(qubits))
    alone.add_instruction(operation, {tuple(range(len(qubits))): properties})
    errors = basic_device_gate_errors(target=alone)
    return errors[0][2] if errors else None


def _remembering(model: NoiseModel) -> NoiseModel:
    """The same model, which is written out for Aer once, and not again for every run: that takes longer than a small
    simulation. Aer changes no model but copies that it makes, and these are plain ones.
    """
    remembered: NoiseModel = _remembering_class()()
    remembered.__dict__.update(model.__dict__)
    return remembered


@cache
def _remembering_class() -> Any:
    from qiskit_aer.noise import NoiseModel

    class RememberingModel(NoiseModel):  # type: ignore[misc]
        """A noise model that does not change any more."""

        def to_dict(self, serializable: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  as in Aer
            """As a dictionary, which nobody may change."""
            written: dict[bool, dict[str, Any]] = self.__dict__.setdefault("written", {})
            if serializable not in written:
                written[serializable] = super().to_dict(serializable)
            return written[serializable]

        def __deepcopy__(self, memo: dict[int, Any]) -> NoiseModel:
            plain = NoiseModel()
            own = {name: value for name, value in self.__dict__.items() if name != "written"}
            plain.__dict__.update(deepcopy(own, memo))
            return plain

    return RememberingModel


def used_places(circuits: Iterable[QuantumCircuit]) -> frozenset[Place]:
    """The instructions that circuits use, as (name, qubits); those inside of control flow too.

    A gate's label counts as a name, since Aer applies the noise of the label to it.
    """
    return frozenset(place for circuit in circuits for place in _places(circuit, range(circuit.num_qubits)))


def _places(circuit: QuantumCircuit, physical: Iterable[int]) -> Iterator[Place]:
    index = dict(zip(circuit.qubits, physical, strict=True))
    for instruction in circuit.data:
        operation = instruction.operation
        qubits = tuple(index[qubit] for qubit in instruction.qubits)
        yield operation.name, qubits
        if operation.label is not None:
            yield operation.label, qubits
        for block in getattr(operation, "blocks", ()):
            yield from _places(block, qubits)


def _restrict(target: Target, wanted: frozenset[Place], added_on: frozenset[int]) -> Target:
    """A target of the same qubits and operations, each only where it is wanted.

    Operations that are used nowhere stay as names: the names are the basis gates of Aer's noise model. Measurements
    stay everywhere, since they cost little.
    """

    def keep(name: str, qubits: tuple[int, ...]) -> bool:
        return _is_measurement(name, qubits) or (name, qubits) in wanted or (len(qubits) == 1 and qubits[0] in added_on)

    return select(target, keep)


def _is_measurement(name: str, _qubits: tuple[int, ...]) -> bool:
    return name == "measure"


@frozen
class _Examples:
    """One gate for each of the two forms that a device's errors can have; None where it has none of that form.

    Aer chooses its method and its way of sampling by what is anywhere in the model: whether there are errors at all,
    and whether any is a Kraus channel rather than a mixture of gates and resets. A circuit on qubits without Kraus
    channels must be sampled as it is on the whole device, so the restricted model shows both forms too.
    """

    mixed: Place | None
    kraus: Place | None


def _examples(target: Target) -> _Examples:
    found: dict[bool, Place] = {}
    for name, qubits, duration in _noisy_gates(target):
        is_kraus = duration > 0 and any(_relaxes_as_kraus(target.qubit_properties[qubit]) for qubit in qubits)
        found.setdefault(is_kraus, (name, qubits))
        if len(found) == 2:
            break
    return _Examples(mixed=found.get(False), kraus=found.get(True))


def _kraus_stand_in(num_qubits: int) -> QuantumError:
    """Some error that contains a Kraus channel, for a gate that no circuit uses.

    Any one will do. This one is found to be no identity at its first term, so that Aer does not go on to decompose a
    channel, for which it would import scipy.linalg: that takes longer than all the rest.
    """
    import numpy as np
    from qiskit.circuit.library import XGate
    from qiskit.quantum_info import Kraus
    from qiskit_aer.noise import QuantumError

    root = np.sqrt(0.5)
    damping = Kraus([np.array([[1, 0], [0, root]]), np.array([[0, root], [0, 0]])])
    single = QuantumError([(XGate(), 0.5), (damping.to_instruction(), 0.5)])
    stand_in = single
    for _ in range(num_qubits - 1):
        stand_in = stand_in.tensor(single)
    return stand_in


def _noisy_gates(target: Target) -> Iterator[tuple[str, tuple[int, ...], float]]:
    """Gates that have an error or a duration (in seconds) somewhere; narrow ones, whose errors cost less, first."""
    from qiskit.circuit import Gate

    gates = [(name, target.operation_from_name(name)) for name in sorted(target.operation_names)]
    gates = [(name, gate) for name, gate in gates if isinstance(gate, Gate)]
    for name, _ in sorted(gates, key=lambda entry: entry[1].num_qubits):
        for qubits, properties in target[name].items():
            if properties is not None and (properties.duration or properties.error):
                yield name, qubits, properties.duration or 0.0


def _relaxes_as_kraus(qubit: Any) -> bool:
    """Whether T2 > T1: then thermal relaxation is no mixture of phase flips and resets."""
    return qubit.t1 is not None and (qubit.t2 is None or qubit.t2 > qubit.t1)
