from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import fields
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import efficient_su2
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit.transpiler import generate_preset_pass_manager
from small import text

import qspec
from qspec.circuits.qasm import Qasm
from qspec.planning.fingerprint import fingerprint
from qspec.planning.observables import observables_of
from qspec.planning.ties import without_ties
from qspec.planning.transpile import TranspileError, Transpiler, check_layout, check_methods
from qspec.simulation.aer import ideal_target
from qspec.spec import Transpile

HAMILTONIAN = {"ZZII": 1.0, "IXXI": 0.5, "YIIZ": -0.25, "IIII": 2.0}


def run(circuit, target, seed=5, **settings):
    return Transpiler(target, Transpile(**settings)).run(circuit, seed=seed)[0]


def bound_ansatz():
    circuit = efficient_su2(4, reps=2, entanglement="full")
    return circuit.assign_parameters(np.random.default_rng(3).uniform(0, 6, circuit.num_parameters))


def test_every_setting_is_an_argument_of_qiskits_function():
    names = {field.name for field in fields(Transpile)} - {"enabled"}
    assert names <= set(signature(generate_preset_pass_manager).parameters)


@pytest.mark.parametrize("level", range(4))
def test_expectation_values_stay_when_observables_follow_the_layout(level, line_target):
    circuit = bound_ansatz()
    isa = run(circuit, line_target, optimization_level=level)
    moved = observables_of(HAMILTONIAN, isa, num_qubits=4, follow_layout=True)
    operator = SparsePauliOp.from_sparse_observable(moved.slice(()))
    expected = Statevector(circuit).expectation_value(SparsePauliOp.from_list(list(HAMILTONIAN.items())))
    assert Statevector(isa).expectation_value(operator) == pytest.approx(expected)


def test_one_seed_gives_one_circuit_and_other_seeds_give_others(line_target):
    circuit = bound_ansatz()
    hashes = [fingerprint(run(circuit, line_target, seed=seed)) for seed in (1, 1, 2, 3, 4)]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) > 1


def test_transpiling_is_the_same_in_every_process(line_target):
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]\n"
        "from test_transpile import bound_ansatz, fingerprint, run\n"
        "from conftest import LINE, GenericBackendV2\n"
        "target = GenericBackendV2(5, coupling_map=LINE, seed=1, control_flow=True).target\n"
        "print(fingerprint(run(bound_ansatz(), target)))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}
    hashes = {fingerprint(run(bound_ansatz(), line_target))}
    for seed in ("1", "2"):
        command = [sys.executable, "-c", code, str(Path(__file__).parent)]
        done = subprocess.run(
            command, env=environment | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        hashes.add(done.stdout.strip())
    assert len(hashes) == 1


@pytest.mark.parametrize("level", range(4))
def test_without_coupling_the_seed_has_no_effect_so_that_one_pass_manager_serves_all(level, aer_target):
    target = without_ties(aer_target, level)
    managers = [generate_preset_pass_manager(level, target=target, seed_transpiler=seed) for seed in range(1, 6)]
    assert len({fingerprint(manager.run(bound_ansatz())) for manager in managers}) == 1


@pytest.mark.parametrize("level", range(4))
def test_an_ideal_simulator_gets_the_same_circuit_every_time(level):
    transpilers = [Transpiler(ideal_target(), Transpile(optimization_level=level)) for _ in range(3)]
    hashes = {fingerprint(one.run(bound_ansatz(), seed=seed)[0]) for one in transpilers for seed in (1, 2)}
    assert len(hashes) == 1


def test_the_input_circuit_is_left_alone(line_target):
    circuit = bound_ansatz()
    before = fingerprint(circuit)
    run(circuit, line_target)
    assert fingerprint(circuit) == before
    assert circuit.layout is None


def test_physical_qubits_stay_where_they_are(line_target):
    source = text("bit[1] c;", "h $3;", "cx $3, $2;", "c[0] = measure $3;")["source"]
    isa = run(Qasm(source=source).load(None), line_target)
    measurement = next(instruction for instruction in isa.data if instruction.name == "measure")
    assert isa.find_bit(measurement.qubits[0]).index == 3


def test_an_initial_layout_is_used(line_target):
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    isa = run(circuit, line_target, initial_layout=(3, 2))
    assert isa.layout.initial_index_layout(filter_ancillas=True) == [3, 2]


def test_a_named_stage_of_another_package_is_used(aer_target):
    circuit = QuantumCircuit(1)
    circuit.h(0)
    assert run(circuit, aer_target, translation_method="ibm_backend").size() == 1


def test_what_cannot_be_transpiled_is_told_in_one_line(line_target):
    wide = QuantumCircuit(6)
    wide.h(range(6))
    with pytest.raises(TranspileError) as caught:
        run(wide, line_target)
    assert "\n" not in str(caught.value)


def test_what_qiskit_warns_of_is_returned(line_target):
    circuit = QuantumCircuit(1)
    circuit.delay(1001, 0, unit="ps")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, warned = Transpiler(line_target, Transpile()).run(circuit, seed=1)
    assert len(warned) == 1
    assert warned[0].startswith("Duration is rounded")


def test_unknown_methods_suggest_the_nearest():
    found = list(check_methods(Transpile(layout_method="sabr", unitary_synthesis_method="sks")))
    assert [(finding.code, finding.route) for finding in found] == [
        ("unknown-method", ("transpile", "layout_method")),
        ("unknown-method", ("transpile", "unitary_synthesis_method")),
    ]
    assert found[0].label == "did you mean 'sabre'?"
    assert not list(check_methods(Transpile(routing_method="basic", translation_method="ibm_dynamic_circuits")))


def test_layouts_that_do_not_fit_are_found_at_their_entry(line_target, aer_target):
    def routes(layout, target=line_target, **widths):
        found = check_layout(Transpile(initial_layout=layout), target, widths)
        return [(finding.code, finding.route[2:]) for finding in found]

    assert routes((0, 1), a=2) == []
    assert routes((0, 0), a=2) == [("initial-layout", (1,))]
    assert routes((0, 5), a=2) == [("initial-layout", (1,))]
    assert routes((0, 1), a=2, b=3, c=3) == [("initial-layout", ()), ("initial-layout", ())]
    assert routes((0, 1), aer_target, a=2) == [("no-effect", ())]
