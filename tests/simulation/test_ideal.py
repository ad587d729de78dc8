"""Exact distributions of circuits against closed forms, Qiskit's state vector and Aer's shots."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.circuit.library import quantum_volume
from qiskit.quantum_info import Kraus, Statevector
from qiskit_aer import AerSimulator

from qspec.errors import UsageError
from qspec.simulation.ideal import ideal_distributions


def distribution(circuit, registers=None):
    """The probabilities that are not zero, by joint bitstring."""
    names = registers or [register.name for register in circuit.cregs]
    (ideal,) = ideal_distributions(circuit, names, {}, [()])
    widths = [next(found.size for found in circuit.cregs if found.name == name) for name in names][::-1]
    keys = [f"{number:0{sum(widths)}b}" for number in range(2 ** sum(widths))]
    split = [" ".join(key[sum(widths[:k]) : sum(widths[: k + 1])] for k in range(len(widths))) for key in keys]
    found = dict(zip(split, ideal.of(split), strict=True))
    assert sum(found.values()) == pytest.approx(1)
    return {key: probability for key, probability in found.items() if probability > 1e-12}


def test_a_random_circuit_gives_what_its_state_vector_does():
    circuit = quantum_volume(5, seed=3).decompose()
    expected = Statevector(circuit).probabilities_dict()
    circuit.measure_all()
    assert distribution(circuit) == pytest.approx(expected)


def test_bits_are_those_that_were_measured_into():
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(2, "a"), ClassicalRegister(2, "b"))
    circuit.x(0)
    circuit.h(2)
    circuit.measure([0, 2], [1, 2])
    assert distribution(circuit) == pytest.approx({"00 10": 0.5, "01 10": 0.5})
    assert distribution(circuit, ["b"]) == pytest.approx({"00": 0.5, "01": 0.5})
    assert distribution(circuit, ["a"]) == pytest.approx({"10": 1})


def test_a_register_that_nothing_writes_is_zero():
    circuit = QuantumCircuit(QuantumRegister(1), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.h(0)
    circuit.measure(0, 0)
    assert distribution(circuit, ["b"]) == {"00": 1}


def test_only_qubits_in_use_are_simulated():
    circuit = QuantumCircuit(156, 2)
    circuit.h(100)
    circuit.cx(100, 155)
    circuit.barrier()
    circuit.delay(100, 3, "ns")
    circuit.measure([100, 155], [0, 1])
    assert distribution(circuit) == pytest.approx({"00": 0.5, "11": 0.5})


def midway():
    """Measurements, resets and initializations midway."""
    circuit = QuantumCircuit(3, 4)
    circuit.ry(0.7, 0)
    circuit.measure(0, 0)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure(0, 1)
    circuit.reset(0)
    circuit.rx(1.1, 0)
    circuit.cx(0, 2)
    circuit.measure(1, 2)
    circuit.initialize([0.6, 0.8], 1)
    circuit.cry(0.4, 1, 2)
    circuit.measure(2, 3)
    circuit.measure(1, 2)
    return circuit


def test_measurements_midway_are_exact_too():
    shots = 100_000
    counts = AerSimulator(seed_simulator=8).run(midway(), shots=shots).result().get_counts()
    found = distribution(midway())
    assert set(counts) <= set(found)
    for bitstring, probability in found.items():
        error = (probability * (1 - probability) / shots) ** 0.5
        assert counts.get(bitstring, 0) / shots == pytest.approx(probability, abs=5 * error)


def test_a_measurement_twice_gives_one_and_the_same():
    circuit = QuantumCircuit(1, 2)
    circuit.h(0)
    circuit.measure([0, 0], [0, 1])
    assert distribution(circuit) == pytest.approx({"00": 0.5, "11": 0.5})


def test_points_have_their_own_parameter_values():
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(1)
    circuit.ry(a + 2 * b, 0)
    circuit.measure_all()
    rng = np.random.default_rng(4)
    values = {"a": rng.uniform(0, 3, (30, 20)), "b": rng.uniform(0, 3, (30, 20))}
    points = list(np.ndindex(30, 20))
    for point, ideal in zip(points, ideal_distributions(circuit, ["meas"], values, points), strict=True):
        angle = values["a"][point] + 2 * values["b"][point]
        assert ideal.of(["1"])[0] == pytest.approx(np.sin(angle / 2) ** 2)


def test_a_circuit_that_is_too_wide_is_refused():
    circuit = QuantumCircuit(26)
    circuit.h(range(26))
    circuit.measure_all()
    with pytest.raises(UsageError, match="with 26 active qubits cannot be simulated: at most 25"):
        next(ideal_distributions(circuit, ["meas"], {}, [()]))


def test_outcomes_that_decide_what_happens_are_refused():
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(0)
    with pytest.raises(UsageError, match="a circuit with 'if_else' cannot be simulated"):
        next(ideal_distributions(circuit, ["c"], {}, [()]))


def test_what_a_state_vector_cannot_say_is_refused():
    loop = QuantumCircuit(1, 1)
    with loop.for_loop(range(2)):
        loop.x(0)
    channel = QuantumCircuit(1, 1)
    channel.append(Kraus([np.diag([1, 0]), np.diag([0, 1])]), [0])
    for circuit, name in ((loop, "for_loop"), (channel, "kraus")):
        circuit.measure(0, 0)
        with pytest.raises(UsageError, match=f"a circuit with '{name}' cannot be simulated"):
            next(ideal_distributions(circuit, ["c"], {}, [()]))
