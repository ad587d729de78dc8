"""Devices and circuits that several tests of the simulation share."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from qspec.backends.generic import Generic
from qspec.simulation.fake_target import load_target
from qspec.simulation.targets import backend_of

STAGES = {
    "init_method": "default",
    "layout_method": "default",
    "routing_method": "sabre",
    "translation_method": "translator",
    "optimization_method": "default",
}


@cache
def _target(name):
    return load_target(name)[1]


@pytest.fixture
def target_of():
    """The target of a fake backend by name; the same object each time."""
    return _target


@cache
def _whole(name):
    target = Generic(num_qubits=5, coupling_map="line").open().target if name == "generic" else _target(name)
    backend = backend_of(target)
    return target, AerSimulator.from_backend(backend, noise_model=NoiseModel.from_backend(backend))


@pytest.fixture
def whole():
    """The target of a device by name, and the simulator of all of it, as a user has it; made once, it takes seconds."""
    return _whole


@pytest.fixture
def transpiled():
    """transpiled(circuit, target, **settings): an ISA circuit, always the same."""

    def run(circuit, target, **settings):
        settings = {**STAGES, **settings}
        return generate_preset_pass_manager(2, target=target, seed_transpiler=7, **settings).run(circuit)

    return run


def bell():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def idle_delays():
    circuit = QuantumCircuit(3, 3)
    circuit.x(1)
    circuit.delay(32_000, 1)
    circuit.h(0)
    circuit.delay(4_800, 2)
    circuit.cx(0, 2)
    circuit.delay(1_600, 0)
    circuit.measure([0, 1, 2], [0, 1, 2])
    return circuit


def measurement_of_unused_qubits():
    circuit = QuantumCircuit(3, 3)
    circuit.measure([0, 2], [0, 2])
    return circuit


def noiseless_gates():
    circuit = QuantumCircuit(1, 1)
    circuit.rz(0.3, 0)
    circuit.measure(0, 0)
    return circuit


def control_flow():
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((0, 1)) as otherwise:
        circuit.x(1)
        circuit.cx(1, 2)
    with otherwise:
        circuit.h(2)
    circuit.reset(0)
    circuit.h(0)
    circuit.measure([0, 1, 2], [0, 1, 2])
    return circuit


def layers():
    circuit = QuantumCircuit(5)
    angles = np.random.default_rng(1)
    for _ in range(2):
        for qubit in range(5):
            circuit.ry(angles.random(), qubit)
        for qubit in range(4):
            circuit.cx(qubit, qubit + 1)
    circuit.measure_all()
    return circuit


CIRCUITS = (bell, idle_delays, measurement_of_unused_qubits, noiseless_gates, control_flow, layers)


@pytest.fixture(params=CIRCUITS, ids=lambda build: build.__name__)
def circuit(request):
    """Each of the circuits that try out a simulator."""
    return request.param()


@pytest.fixture
def bell_circuit():
    return bell()


@pytest.fixture
def control_flow_circuit():
    return control_flow()


@pytest.fixture
def run_python():
    """run_python(code): the last line that a fresh Python prints."""
    import os
    import subprocess
    import sys
    import textwrap
    from pathlib import Path

    import qspec

    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}

    def run(code):
        command = [sys.executable, "-c", textwrap.dedent(code)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().splitlines()[-1]

    return run
