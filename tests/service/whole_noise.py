"""What a device with all its noise would measure, worked out exactly: Aer's density matrices, and nothing of qspec.

The circuits are those of a job that the service received, bound and twirled by the runtime's own functions. Nothing is
cut down to the qubits in use, nothing is split into parts, no shots are drawn.
"""

from __future__ import annotations

from functools import reduce
from math import prod

import numpy as np
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel
from qiskit_ibm_runtime.fake_provider import FakeManilaV2
from qiskit_ibm_runtime.fake_provider.executor.broadcast_sample import broadcast_sample
from qiskit_ibm_runtime.quantum_program.params_converters import QUANTUM_PROGRAM_PARAMS_CONVERTERS

BASIS = {"Z": 1, "X": 2}
"""The runtime's numbers for the bases in which qubits are measured."""


def received(job):
    """The items of a job's program."""
    params = job.body["params"]
    converter = QUANTUM_PROGRAM_PARAMS_CONVERTERS[params["schema_version"]]
    program, _ = converter.decoder(converter.model.model_validate(params))
    return program.items


def outcomes(item, rng, *, noisy=True, readout=True):
    """The distribution of an item's classical bits, twirls undone: `(*shape, 2**bits)`, bit 0 the lowest.

    Without `readout` bits are read without errors; without `noisy` gates have none either.
    """
    values, flips = _drawn(item, rng)
    noise = NoiseModel.from_backend(FakeManilaV2())
    places = _places(item.circuit)
    rows = values.reshape(prod(values.shape[:-1]), -1) if values.size else np.empty((prod(values.shape[:-1]), 0))
    simulator = AerSimulator(method="density_matrix", noise_model=noise if noisy else None)
    result = simulator.run([_bound(item.circuit, row) for row in rows]).result()
    exact = np.array([_marginal(result.data(index)["density_matrix"], places) for index in range(len(rows))])
    if readout:
        exact = exact @ reduce(np.kron, [_confusion(noise, qubit) for qubit in reversed(places)])
    masks = (flips.reshape(len(rows), -1) << np.arange(len(places))).sum(axis=-1)
    turned = np.arange(exact.shape[-1]) ^ masks[:, np.newaxis]
    return np.take_along_axis(exact, turned, axis=-1).reshape(*values.shape[:-1], -1)


def expectation(item, distribution, point, label, qubits):
    """The value of a Pauli product such as `"XX"` on two physical qubits, at one of the job's parameter sets.

    It stands in the part of the item that has this point and measures these qubits in these bases.
    """
    arguments = {name.partition(".")[0]: np.asarray(item.samplex_arguments[name]) for name in item.samplex_arguments}
    bases, points = arguments["basis_changes"], arguments["parameter_values"]
    wanted = [BASIS[letter] for letter in label]
    fits = np.isclose(points, point).all(axis=-1) & (bases[:, qubits] == wanted).all(axis=-1)
    (part,) = np.flatnonzero(fits)
    average = distribution[..., part, :].reshape(-1, distribution.shape[-1]).mean(axis=0)
    bits = [_places(item.circuit).index(qubit) for qubit in qubits]
    ones = sum((np.arange(len(average)) >> bit) & 1 for bit in bits)
    return float(average @ (1 - 2 * (ones % 2)))


def _drawn(item, rng):
    """Values of the circuit's parameters, and which bits a twirl turns."""
    bits = len(_places(item.circuit))
    if not hasattr(item, "samplex"):
        return np.asarray(item.circuit_arguments), np.zeros((*item.shape, bits), dtype=int)
    item.samplex.finalize()
    drawn = broadcast_sample(item.samplex, item.samplex_arguments, item.shape, rng)
    values = drawn.pop("parameter_values")
    flips = next((array for name, array in drawn.items() if name.startswith("measurement_flips")), None)
    return values, np.zeros((*item.shape, bits), dtype=int) if flips is None else flips.astype(int)


def _places(circuit):
    """The qubit that each bit is measured from."""
    found = {circuit.find_bit(each.clbits[0]).index: each.qubits[0] for each in circuit.get_instructions("measure")}
    return [circuit.find_bit(found[bit]).index for bit in range(circuit.num_clbits)]


def _bound(circuit, values):
    gates = circuit.copy_empty_like()
    for instruction in circuit.data:
        if instruction.name != "measure":
            gates.append(instruction)
    bound = gates.assign_parameters(dict(zip(circuit.parameters, map(float, values), strict=True)))
    bound.save_density_matrix()
    return bound


def _marginal(state, places):
    weights = np.real(np.diagonal(np.asarray(state)))
    read = sum(((np.arange(len(weights)) >> qubit) & 1) << bit for bit, qubit in enumerate(places))
    return np.bincount(read, weights=weights, minlength=2 ** len(places))


def _confusion(noise, qubit):
    """`[prepared][read]`"""
    errors = [error for error in noise.to_dict()["errors"] if error["type"] == "roerror"]
    return np.array(next(error["probabilities"] for error in errors if tuple(error["gate_qubits"][0]) == (qubit,)))
