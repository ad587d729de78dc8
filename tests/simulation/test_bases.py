"""Measurement bases: qubit-wise commuting groups for each parameter set, the same as the runtime's estimator makes."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import SparsePauliOp, random_pauli_list

from qspec.simulation.bases import group, measurement_bases, measures


def pub(observables, parameters=None, qubits=2):
    circuit = QuantumCircuit(qubits)
    if parameters is not None:
        circuit.rx(Parameter("a"), 0)
    return EstimatorPub.coerce((circuit, observables, parameters))


def runtime_bases(pub):
    """The (parameter index, basis) pairs that the runtime's own estimator measures."""
    from qiskit_ibm_runtime.executor_estimator.prepare import prepare
    from qiskit_ibm_runtime.options_models import EstimatorOptions

    program, _ = prepare([pub], EstimatorOptions(resilience_level=0), 0.1)
    pairs = program.passthrough_data["qiskit_mitigation"][0]["param_basis_pairs"]
    shape = pub.parameter_values.shape
    return [(int(np.ravel_multi_index(index, shape)) if shape else 0, basis) for index, basis in pairs]


def test_commuting_terms_share_a_basis():
    assert measurement_bases(("ZZ", "ZI", "IZ")) == ("ZZ",)


def test_terms_that_do_not_commute_on_each_qubit_need_bases_of_their_own():
    assert sorted(measurement_bases(("ZZ", "XX"))) == ["XX", "ZZ"]  # they commute, but not qubit by qubit


def test_the_identity_needs_one_basis_that_measures_nothing():
    assert measurement_bases(("II",)) == ("II",)


@pytest.mark.parametrize(("basis", "term", "yes"), [("ZX", "IX", True), ("ZX", "ZI", True), ("ZX", "XI", False)])
def test_a_basis_measures_the_terms_that_agree_with_it(basis, term, yes):
    assert measures(basis, term) is yes


def test_executions_are_parameter_sets_times_bases():
    found = group(pub(SparsePauliOp(["ZZ", "XX", "IX"]), np.zeros((5, 1))))
    assert found.executions == 10
    assert {basis: len(sets) for basis, sets in found.settings.items()} == {"ZZ": 5, "XX": 5}


def test_a_parameter_set_is_measured_only_for_the_observables_it_meets():
    found = group(pub(["ZZ", "XX", "ZI"], np.zeros((3, 1))))  # zipped: one observable for each set
    assert found.executions == 3
    assert found.settings == {"ZZ": (0,), "XX": (1,), "ZI": (2,)}


def test_observables_at_one_parameter_set_share_bases():
    found = group(pub(["ZZ", "ZI", "IZ"]))
    assert found.executions == 1
    assert found.shape == (3,)


@pytest.mark.parametrize(
    ("observables", "parameters"),
    [
        (SparsePauliOp(["ZZZ", "XXI", "IYZ", "IIX", "ZIZ", "III"], np.arange(1, 7)), np.zeros((2, 1))),
        ([["ZZZ", "XXX"], ["IZI", "YII"]], np.zeros((3, 1, 2, 1))),
        (["XII", "IXI", "ZII", "IIZ", "YYY"], np.zeros((5, 1))),
    ],
)
def test_groups_are_those_of_the_runtime(observables, parameters):
    wanted = pub(observables, parameters, qubits=3)
    found = group(wanted)
    assert [(index, basis) for index, bases in found.bases.items() for basis in bases] == runtime_bases(wanted)


def test_random_hamiltonians_are_grouped_as_the_runtime_groups_them(rng):
    for _ in range(5):
        paulis = random_pauli_list(4, 12, seed=rng.randrange(2**32), phase=False)
        wanted = pub(SparsePauliOp(paulis).simplify(), np.zeros((1, 1)), qubits=4)
        found = group(wanted)
        assert [(index, basis) for index, bases in found.bases.items() for basis in bases] == runtime_bases(wanted)
