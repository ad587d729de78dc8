"""Qubits by themselves, sampled from their exact distribution: a device has many of them, and Aer takes its time.

A state is a Bloch vector with a leading one; what acts on it is a Pauli transfer matrix. The errors are those that
Aer's own functions make of the calibration, so that the distribution is the one that Aer samples from.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    Floats = NDArray[np.float64]

FIXED = ("sx", "x", "id")


def is_single(part: QuantumCircuit) -> bool:
    """Whether a part consists of gates on one qubit, of the kinds known here, and a measurement at its end."""
    *gates, last = part.data
    return last.operation.name == "measure" and all(_is_known(gate.operation) for gate in gates)


def _is_known(operation: Any) -> bool:
    from qiskit.circuit import Parameter

    if operation.name == "rz":
        return isinstance(operation.params[0], (Parameter, float, int))
    return operation.name in FIXED or (operation.name == "delay" and isinstance(operation.duration, (float, int)))


class Qubit:
    """One qubit of a device: what its gates and its measurement do, errors included."""

    def __init__(self, target: Target, *, noisy: bool) -> None:
        from qiskit_aer.noise.device import basic_device_readout_errors

        self._target = target
        self._noisy = noisy
        self._matrices: dict[str, Floats] = {}
        readout = basic_device_readout_errors(target=target) if noisy else []
        self._readout = readout[0][1].probabilities if readout else [[1.0, 0.0], [0.0, 1.0]]

    def probability(self, part: QuantumCircuit, values: Floats, order: dict[Any, int]) -> Floats:
        """The probability to read a one, for every set of `values`, `(*shape, parameters)`."""
        import numpy as np

        state = np.zeros((*values.shape[:-1], 4))
        state[..., 0] = state[..., 3] = 1.0
        for gate in part.data[:-1]:
            operation = gate.operation
            if operation.name == "rz":
                angle = operation.params[0]
                state = _turned(state, angle if isinstance(angle, (float, int)) else values[..., order[angle]])
            state = state @ (self._idling(operation) if operation.name == "delay" else self._matrix(operation.name)).T
        excited = (1 - state[..., 3]) / 2
        return (1 - excited) * self._readout[0][1] + excited * self._readout[1][1]

    def _matrix(self, name: str) -> Floats:
        """What a gate does, without the turn of an rz: the ideal gate, then its error."""
        if name not in self._matrices:
            self._matrices[name] = self._error(name) @ _ideal(name)
        return self._matrices[name]

    def _error(self, name: str) -> Floats:
        import numpy as np
        from qiskit_aer.noise.device import basic_device_gate_errors

        from qspec.simulation.targets import select

        if self._noisy:
            alone = select(self._target, lambda gate, _qubits: gate == name)
            for gate, _qubits, error in basic_device_gate_errors(target=alone):
                if gate == name:
                    return _transfer(error.to_quantumchannel())
        return np.eye(4)

    def _idling(self, delay: Any) -> Floats:
        """Relaxation during a delay, as `NoiseModel.from_backend` has it."""
        import numpy as np
        from qiskit.utils import apply_prefix
        from qiskit_aer.noise import thermal_relaxation_error

        known = (self._target.qubit_properties or [None])[0]
        if not self._noisy or known is None or known.t1 is None:
            return np.eye(4)
        per_unit = self._target.dt if delay.unit == "dt" else apply_prefix(1.0, delay.unit)
        seconds = delay.duration * per_unit
        if (name := f"delay {seconds}") not in self._matrices:
            error = thermal_relaxation_error(known.t1, min(known.t2 or math.inf, 2 * known.t1), seconds)
            self._matrices[name] = _transfer(error.to_quantumchannel())
        return self._matrices[name]


def _ideal(name: str) -> Floats:
    import numpy as np
    from qiskit.circuit.library import get_standard_gate_name_mapping
    from qiskit.quantum_info import Operator

    if name == "rz":
        return np.eye(4)
    return _transfer(Operator(get_standard_gate_name_mapping()[name]))


def _transfer(channel: Any) -> Floats:
    import numpy as np
    from qiskit.quantum_info import PTM

    return np.asarray(PTM(channel).data.real)


def _turned(state: Floats, angle: Any) -> Floats:
    """The state turned about z."""
    import numpy as np

    cosine, sine = np.cos(angle), np.sin(angle)
    one, x, y, z = np.moveaxis(state, -1, 0)
    return np.stack([one, cosine * x - sine * y, sine * x + cosine * y, z], axis=-1)
