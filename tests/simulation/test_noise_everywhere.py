"""Circuits of every make on many devices: under restricted noise the bits are those of the whole device's noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from qiskit import QuantumCircuit

from qspec.simulation.local import LocalBackend

SMALL = ("fake_manila", "fake_fractional", "fake_jakarta", "fake_melbourne", "generic")
LARGE = ("fake_auckland", "fake_washington", "fake_sherbrooke", "fake_torino", "fake_kingston", "fake_fez")
"""Devices of 27 to 156 qubits, whose two-qubit gate is cx, ecr or cz."""

DEVICES = [*SMALL, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)]
METHODS = ("automatic", "statevector", "density_matrix", "matrix_product_state")
BITS = 6


@dataclass
class Maker:
    """Draws circuits in a target's own gates, on a few neighbouring qubits anywhere on the device."""

    target: object
    rng: np.random.Generator

    def __post_init__(self):
        edges = self.target.build_coupling_map().get_edges()
        chosen = [int(self.rng.integers(self.target.num_qubits))]
        for _ in range(200):
            edge = edges[int(self.rng.integers(len(edges)))]
            if len({*chosen, *edge}) == len(chosen) + 1 and len(chosen) < 4:
                chosen += [qubit for qubit in edge if qubit not in chosen]
        self.qubits = chosen
        self.places = [
            (name, qubits)
            for name in self.target.operation_names
            if name not in ("measure", "measure_2", "delay", "reset")
            for qubits in self.target[name] or ()
            if qubits is not None and set(qubits) <= set(chosen)
        ]

    def circuit(self):
        return QuantumCircuit(self.target.num_qubits, BITS)

    def gates(self, circuit, number, *, labels=False):
        """Add random gates of the device, some delays, and labels where they are asked for."""
        for _ in range(number):
            name, qubits = self.places[int(self.rng.integers(len(self.places)))]
            gate = self.target.operation_from_name(name)
            if gate.params:
                angles = [float(self.rng.uniform(0, np.pi / 2)) for _ in gate.params]
                gate = gate.base_class(*angles)
            if labels and self.rng.random() < 0.5:
                gate = gate.to_mutable()
                gate.label = str(self.rng.choice(["x", "sx", "mine"]))
            circuit.append(gate, qubits)
            if self.rng.random() < 0.3:
                circuit.delay(16 * int(self.rng.integers(1, 400)), self.any())

    def any(self):
        return int(self.rng.choice(self.qubits))

    def measured(self, circuit, *also):
        for bit, qubit in enumerate([*self.qubits, *also]):
            circuit.measure(qubit, bit)
        return circuit


def plain(make):
    circuit = make.circuit()
    make.gates(circuit, 12)
    return make.measured(circuit)


def labelled(make):
    circuit = make.circuit()
    make.gates(circuit, 12, labels=True)
    return make.measured(circuit)


def with_unused_qubits_measured(make):
    circuit = make.circuit()
    make.gates(circuit, 4)
    unused = next(qubit for qubit in range(make.target.num_qubits) if qubit not in make.qubits)
    return make.measured(circuit, unused)


def nothing_but_measurements(make):
    return make.measured(make.circuit())


def only_gates_without_errors(make):
    circuit = make.circuit()
    circuit.rz(0.3, make.any())
    circuit.barrier()
    return make.measured(circuit)


def midway(make):
    circuit = make.circuit()
    for _ in range(3):
        make.gates(circuit, 3)
        circuit.measure(make.any(), int(make.rng.integers(BITS)))
        circuit.reset(make.any())
    return make.measured(circuit)


def branches(make):
    circuit = make.circuit()
    make.gates(circuit, 3)
    circuit.measure(make.any(), 0)
    with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
        make.gates(circuit, 3)
    with otherwise:
        make.gates(circuit, 3)
        circuit.reset(make.any())
    with circuit.switch(circuit.cregs[0]) as case:
        with case(0):
            make.gates(circuit, 2)
        with case(case.DEFAULT):
            make.gates(circuit, 2)
    return make.measured(circuit)


def loops(make):
    circuit = make.circuit()
    with circuit.for_loop(range(3)):
        make.gates(circuit, 2)
    make.gates(circuit, 2)
    circuit.measure(make.any(), 0)
    with circuit.while_loop((circuit.clbits[0], 1)):
        make.gates(circuit, 2)
        circuit.reset(make.qubits[0])
        circuit.measure(make.qubits[0], 0)
    return make.measured(circuit)


KINDS = (
    plain,
    labelled,
    with_unused_qubits_measured,
    nothing_but_measurements,
    only_gates_without_errors,
    midway,
    branches,
    loops,
)


def memory(simulator, circuits, method, seed):
    result = simulator.run(circuits, shots=60, seed_simulator=seed, memory=True, method=method).result()
    assert result.success, result.status
    return [experiment.data.memory for experiment in result.results]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("device", DEVICES)
def test_the_bits_are_those_of_the_whole_device(device, kind, whole, rng, request):
    target, full = whole(device)
    rng = np.random.default_rng(rng.randrange(2**32))
    methods = METHODS if request.config.getoption("--slow") else (str(rng.choice(METHODS)), "automatic")
    for method in methods:
        circuits = [kind(Maker(target, rng)) for _ in range(2)]
        backend = LocalBackend(kind="test", name=device, target=target, noise_target=target)
        assert memory(backend.simulator(circuits), circuits, method, 11) == memory(full, circuits, method, 11)


@pytest.mark.parametrize("device", DEVICES)
def test_so_they_are_where_qubits_wait_for_one_another(device, whole, transpiled, rng):
    target, full = whole(device)
    circuit = QuantumCircuit(4)
    circuit.h(0)
    for qubit in range(3):
        circuit.cx(qubit, qubit + 1)
    circuit.rx(rng.random(), 1)
    circuit.cx(0, 2)
    circuit.measure_all()
    isa = transpiled(circuit, target, scheduling_method="alap")
    assert isa.count_ops()["delay"] > 0
    backend = LocalBackend(kind="test", name=device, target=target, noise_target=target)
    assert memory(backend.simulator([isa]), [isa], "automatic", 5) == memory(full, [isa], "automatic", 5)
