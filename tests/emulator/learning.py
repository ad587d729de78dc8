"""The noise learner: Pauli-Lindblad models that follow from the device's calibration, in the service's format."""

from __future__ import annotations

import json
import math
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from .jobs import Work, WorkFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.simulation.local import LocalBackend

    Term = tuple[str, list[int]]

VERSION = "v0.3"
OVERHEAD_SECONDS = 2.0
REP_DELAY = 250e-6
BASES = 9


def check_learner_params(params: Any) -> str:
    """What is wrong with the parameters of a noise-learner job, by the published schema; empty if nothing is."""
    from ibm_quantum_schemas.noise_learner_v3.version_0_3 import ParamsModel
    from pydantic import ValidationError

    if params.get("schema_version") != VERSION:
        return f"schema_version must be {VERSION}"
    try:
        ParamsModel.model_validate({key: value for key, value in params.items() if key != "version"})
    except ValidationError as error:
        return str(error)
    return ""


def learn_noise(params: Mapping[str, Any], backend: LocalBackend) -> Work:
    """A model for each box: what a perfect learner would find if gates and readout had the calibrated errors.

    A gate's error is spread evenly over all Paulis of its qubits, a readout error is a bit flip. Raises `WorkFailed`
    for a box that cannot be learned.
    """
    from ibm_quantum_schemas.noise_learner_v3.version_0_3 import ParamsModel

    model = ParamsModel.model_validate({key: value for key, value in params.items() if key != "version"})
    instructions = list(model.instructions.to_quantum_circuit())
    options = model.options
    shots = options.num_randomizations * options.shots_per_randomization
    data = [_learn(instruction, backend, shots, options.layer_pair_depths) for instruction in instructions]
    delay = REP_DELAY if options.rep_delay is None else options.rep_delay
    executions = len(instructions) * options.num_randomizations * len(options.layer_pair_depths) * BASES
    return Work(
        result=json.dumps({"schema_version": VERSION, "data": data}).encode(),
        seconds=float(math.ceil(OVERHEAD_SECONDS + executions * options.shots_per_randomization * delay)),
        executions=executions,
        num_circuits=len(instructions),
        num_qubits=tuple(len(instruction.qubits) for instruction in instructions),
    )


def _learn(instruction: Any, backend: LocalBackend, shots: int, depths: list[int]) -> dict[str, Any]:
    import numpy as np
    from ibm_quantum_schemas.common import F64TensorModel
    from qiskit_ibm_runtime.noise_learner_v3.find_learning_protocol import find_learning_protocol

    protocol = find_learning_protocol(instruction)
    if protocol is None:
        raise WorkFailed(1518, "an instruction cannot be learned by any of the supported protocols")
    physical = [qubit._index for qubit in instruction.qubits]
    trex = protocol.name == "TREX"
    terms = _flips(physical, backend) if trex else _paulis(instruction, physical, backend)
    rates = np.array([rate for _, rate in terms])
    kept: dict[str, Any] = {"fraction_kept": 1.0, "success_rates": {}}
    if not trex:
        kept = {"fraction_kept": dict.fromkeys(depths, 1.0), "success_rates": {}}
    return {
        "generators_sparse": [[term] for term, _ in terms],
        "num_qubits": len(physical),
        "rates": F64TensorModel.from_numpy(rates).model_dump(mode="json"),
        "rates_std": F64TensorModel.from_numpy(np.sqrt(rates / shots)).model_dump(mode="json"),
        "metadata": {"learning_protocol": "trex" if trex else "lindblad", "post_selection": kept},
    }


def _flips(physical: list[int], backend: LocalBackend) -> list[tuple[Term, float]]:
    """One bit flip for each qubit, at the rate that its readout error stands for."""
    errors = [backend.target["measure"][qubit,].error or 0.0 for qubit in sorted(physical)]
    return [(("X", [index]), -math.log(1 - 2 * min(error, 0.49)) / 2) for index, error in enumerate(errors)]


def _paulis(instruction: Any, physical: list[int], backend: LocalBackend) -> list[tuple[Term, float]]:
    """All Paulis of weight one, and those of weight two on coupled qubits, indexed in the order of physical qubits."""
    order = {qubit: index for index, qubit in enumerate(sorted(physical))}
    coupled = {frozenset(pair) for pair in backend.target.build_coupling_map() or []}
    gates = _gates(instruction, physical, backend)
    rates: dict[tuple[str, tuple[int, ...]], float] = {}
    for qubit in physical:
        rates |= {(letter, (order[qubit],)): 0.0 for letter in "XYZ"}
    for pair in combinations(sorted(physical), 2):
        if frozenset(pair) in coupled:
            rates |= {(a + b, (order[pair[0]], order[pair[1]])): 0.0 for a, b in product("XYZ", repeat=2)}
    for qubits, error in gates.items():
        places = tuple(order[qubit] for qubit in qubits)
        share = [term for term in rates if set(term[1]) <= set(places)]
        infidelity = error * (1 + 0.5 ** len(qubits))  # of the process, from the average over states
        for term in share:
            rates[term] += infidelity / len(share)
    return [((letters, list(places)), rate) for (letters, places), rate in rates.items()]


def _gates(instruction: Any, physical: list[int], backend: LocalBackend) -> dict[tuple[int, ...], float]:
    """The error of the gate on each group of qubits; qubits without one idle."""
    body = instruction.operation.body
    index = dict(zip(body.qubits, physical, strict=True))
    found: dict[tuple[int, ...], float] = {}
    for entry in body:
        qubits = tuple(index[qubit] for qubit in entry.qubits)
        if len(qubits) == 2 and entry.operation.name in backend.target.operation_names:
            properties = backend.target[entry.operation.name].get(qubits)
            found[tuple(sorted(qubits))] = (properties and properties.error) or 0.0
    busy = {qubit for qubits in found for qubit in qubits}
    for qubit in physical:
        if qubit not in busy:
            found[qubit,] = backend.target["sx"][qubit,].error or 0.0
    return found
