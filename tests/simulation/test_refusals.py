"""The last word before a run: of the runtime's option models, of the backend and of the ISA circuits."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit

from qspec.backends.fake import Fake
from qspec.backends.generic import Generic
from qspec.simulation.refusals import drives, model_errors, refused


def refusals(backend, options, *circuits):
    found = refused("SamplerOptions", options, backend.open(), circuits)
    return [(option.route, option.reason, option.severity) for option in found]


def test_the_models_last_word_is_mapped_to_its_option():
    options = {"twirling": {"num_randomizations": 0}, "resilience": {"zne": {"noise_factors": [1]}}, "odd": 1}
    said = dict(model_errors("EstimatorOptions", options))
    assert set(said) == {
        ("options", "twirling", "num_randomizations"),
        ("options", "resilience", "zne", "noise_factors"),
        ("options", "odd"),
    }
    assert "greater than or equal to 1" in said["options", "twirling", "num_randomizations"]


def test_the_place_in_a_list_is_part_of_the_route():
    options = {"resilience": {"zne": {"noise_factors": [1, 0.5]}}}
    assert ("options", "resilience", "zne", "noise_factors", 1) in dict(model_errors("EstimatorOptions", options))


def test_the_model_has_nothing_to_say_against_good_options():
    assert model_errors("SamplerOptions", {"environment": {"max_execution_time": 3}}) == []


def test_dynamic_circuits_are_not_decoupled():
    circuit = QuantumCircuit(5, 1)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(0)
    route = ("options", "dynamical_decoupling", "enable")
    ((found, reason, severity),) = refusals(
        Fake(name="fake_manila"), {"dynamical_decoupling": {"enable": True}}, circuit
    )
    assert (found, severity) == (route, "error")
    assert "control flow" in reason


@pytest.mark.parametrize("key", ["enable_gates", "enable_measure"])
def test_dynamic_circuits_are_not_twirled(key):
    circuit = QuantumCircuit(5, 1)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(0)
    ((_, reason, severity),) = refusals(Fake(name="fake_manila"), {"twirling": {key: True}}, circuit)
    assert (reason, severity) == (
        "the runtime's primitives cannot twirl or mitigate circuits with control flow",
        "error",
    )
    assert refusals(Fake(name="fake_manila"), {"simulator": {"angle_decimals": 3}}, circuit) == []


def test_decoupling_needs_the_gates_that_it_inserts():
    backend = Generic(num_qubits=2, basis_gates=("cx", "rz", "sx"))
    ((_, reason, _),) = refusals(backend, {"dynamical_decoupling": {"enable": True}}, QuantumCircuit(2))
    assert reason == "dynamical decoupling needs the gates rz and x, which generic_2q lacks"


@pytest.mark.parametrize(("name", "yes"), [("fake_manila", True), ("fake_torino", True), ("fake_almaden", False)])
def test_devices_with_rz_and_sx_can_be_driven(name, yes):
    assert drives(Fake(name=name).open()) is yes
