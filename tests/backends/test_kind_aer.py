"""kind: aer, and what opening it costs and imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer.primitives import SamplerV2

import qspec
from qspec.backends.aer import Aer
from qspec.backends.fake import Fake
from qspec.errors import UsageError


def bell(target):
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return generate_preset_pass_manager(1, target=target, seed_transpiler=1).run(circuit)


def shots(backend):
    isa = bell(backend.target)
    return SamplerV2.from_backend(backend.simulator([isa]), seed=2).run([isa], shots=1000).result()[0].data.meas


def test_by_default_it_is_ideal():
    backend = Aer().open()
    assert (backend.kind, backend.name, backend.noisy, backend.expectation) == (
        "aer",
        "aer_simulator",
        False,
        "sampled",
    )
    assert set(shots(backend).get_counts()) == {"00", "11"}


def test_noise_from_a_fake_backend_is_that_backend_bit_for_bit():
    ours, theirs = Aer(noise_from="FakeManilaV2").open(), Fake(name="fake_manila").open()
    assert ours.target.num_qubits == 5
    assert np.array_equal(shots(ours).array, shots(theirs).array)
    assert ours.source["noise_from"] == "fake_manila"
    assert ours.source["noise_properties_sha256"] == theirs.source["properties_sha256"]


def test_its_keys_are_in_force():
    keys = {"method": "matrix_product_state", "precision": "single", "options": {"fusion_threshold": 3}}
    options = Aer(**keys, expectation="exact").open().aer_options
    assert (options["method"], options["precision"], options["fusion_threshold"]) == (
        "matrix_product_state",
        "single",
        3,
    )


def test_a_stabilizer_simulator_takes_wide_clifford_circuits():
    backend = Aer(method="stabilizer").open()
    ghz = QuantumCircuit(150)
    ghz.h(0)
    for qubit in range(149):
        ghz.cx(qubit, qubit + 1)
    ghz.measure_all()
    isa = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1).run(ghz)
    counts = SamplerV2.from_backend(backend.simulator([isa]), seed=1).run([isa], shots=200).result()[0].data.meas
    assert set(counts.get_counts()) == {"0" * 150, "1" * 150}


@pytest.mark.parametrize(
    ("keys", "message", "advice"),
    [
        ({"noise_from": "fake_manlia"}, "no fake backend 'fake_manlia'", "did you mean 'fake_manila'?"),
        (
            {"options": {"fusion_enabel": 1}},
            "AerSimulator has no option 'fusion_enabel'",
            "did you mean 'fusion_enable'?",
        ),
    ],
)
def test_names_that_are_not_there_suggest_the_nearest(keys, message, advice):
    with pytest.raises(UsageError) as error:
        Aer(**keys).open()
    assert str(error.value) == message
    assert error.value.advice.startswith(advice)


OPENED = [
    "backends.aer import Aer as K; keys = {}",
    "backends.aer import Aer as K; keys = {'noise_from': 'fake_torino'}",
    "backends.fake import Fake as K; keys = {'name': 'FakeTorino'}",
]


@pytest.mark.parametrize("opened", OPENED)
def test_opening_and_simulating_never_import_the_runtime(opened):
    code = f"""
import sys
from qspec.{opened}
from qiskit import QuantumCircuit
backend = K(**keys).open()
circuit = QuantumCircuit(backend.target.num_qubits or 1, 1)
circuit.x(0)
circuit.measure(0, 0)
result = backend.simulator([circuit]).run(circuit, shots=10, seed_simulator=1).result()
assert result.success
assert 'qiskit_ibm_runtime' not in sys.modules
"""
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
