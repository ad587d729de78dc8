"""kind: fake."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer.primitives import SamplerV2

from qspec.backends.fake import Fake
from qspec.errors import UsageError
from qspec.simulation import fake_target
from qspec.simulation.fake_data import list_devices, read_data


@pytest.mark.parametrize("name", ["fake_torino", "FakeTorino"])
def test_either_spelling_opens_the_backend(name):
    backend = Fake(name=name).open()
    assert (backend.kind, backend.name, backend.target.num_qubits) == ("fake", "fake_torino", 133)
    assert backend.noise_target is backend.target


@pytest.mark.parametrize("name", [device.name for device in list_devices()])
def test_every_fake_backend_can_be_planned_against(name):
    backend = Fake(name=name).open()
    circuit = QuantumCircuit(min(2, backend.target.num_qubits))
    circuit.h(0)
    if circuit.num_qubits == 2:
        circuit.cx(0, 1)
    circuit.measure_all()
    stages = {"init_method": "default", "layout_method": "default", "routing_method": "sabre"}
    stages |= {"translation_method": "translator", "optimization_method": "default", "scheduling_method": "default"}
    isa = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1, **stages).run(circuit)
    assert isa.num_qubits == backend.target.num_qubits
    counts = SamplerV2.from_backend(backend.simulator([isa]), seed=1).run([isa], shots=100).result()[0].data.meas
    assert sum(counts.get_counts().values()) == 100


def test_without_noise_only_the_target_is_used():
    quiet, noisy = Fake(name="fake_manila", noise=False).open(), Fake(name="fake_manila").open()
    assert not quiet.noisy
    assert quiet.target["cx"][(0, 1)].error == noisy.target["cx"][(0, 1)].error


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UsageError, match="no fake backend 'fake_torini'") as error:
        Fake(name="fake_torini").open()
    assert error.value.advice == "did you mean 'fake_torino'? 'qspec backends' lists the fake backends"


@pytest.fixture
def forgotten():
    """Nothing is remembered of devices that were opened before, nor of those that the test opens."""
    fake_target._load.cache_clear()
    yield
    fake_target._load.cache_clear()


@pytest.mark.usefixtures("forgotten")
def test_noise_needs_a_calibration(monkeypatch):
    monkeypatch.setattr(fake_target, "read_data", lambda device: replace(read_data(device), properties=None))
    with pytest.raises(UsageError, match="'fake_manila' has no calibration"):
        Fake(name="fake_manila").open()
    assert not Fake(name="fake_manila", noise=False).open().noisy


def test_opening_a_device_of_133_qubits_takes_little_time():
    Fake(name="fake_manila").open()
    start = time.process_time()
    Fake(name="fake_torino").open()
    assert time.process_time() - start < 30  # 0.04 s; a guard against the noise model of the whole device
