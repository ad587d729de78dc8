from __future__ import annotations

import pytest
from qiskit.circuit.random import random_circuit, random_clifford_circuit
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Operator
from qiskit.transpiler import generate_preset_pass_manager

from qspec.planning.fingerprint import fingerprint
from qspec.planning.isa import foreign_instruction
from qspec.planning.ties import without_ties
from qspec.simulation.aer import METHODS, ideal_target
from qspec.simulation.fake_target import load_target

ONE_QUBIT = ["rz", "sx", "x"]


def generic(*gates, noise=False):
    return GenericBackendV2(4, basis_gates=[*ONE_QUBIT, *gates], noise_info=noise, seed=1).target


TARGETS = {
    **{f"aer {method}": lambda method=method: ideal_target(method) for method in METHODS if method != "tensor_network"},
    "two fixed gates": lambda: generic("cx", "cz"),
    "rotations beside a fixed gate": lambda: generic("cx", "rzz", "rxx"),
    "two others": lambda: generic("iswap", "cz"),
}


@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("name", TARGETS)
def test_transpiling_without_ties_is_the_same_every_time(name, level):
    target = TARGETS[name]()
    for seed in range(3):
        random = random_clifford_circuit if "stabilizer" in name else random_circuit
        circuit = random(4, 8, seed=seed)
        manager = generate_preset_pass_manager(level, target=without_ties(target, level), seed_transpiler=1)
        isa = [manager.run(circuit) for _ in range(3)]
        assert len({fingerprint(one) for one in isa}) == 1
        assert foreign_instruction(isa[0], target) == ""
        if level == 3:
            assert Operator.from_circuit(isa[0]).equiv(circuit)


def test_the_workaround_is_still_needed():
    """When this fails, Qiskit draws nothing any more: delete the module."""
    manager = generate_preset_pass_manager(2, target=ideal_target(), seed_transpiler=1)
    circuits = [random_circuit(4, 8, max_operands=4, seed=seed) for seed in range(5)]
    assert any(len({fingerprint(manager.run(circuit)) for _ in range(4)}) > 1 for circuit in circuits)


def test_targets_that_know_their_errors_are_left_alone():
    for target in (load_target("fake_manila")[1], load_target("fake_torino")[1], generic("cx", "cz", noise=True)):
        assert without_ties(target, 3) is target


def test_one_gate_is_left_of_each_tie():
    names = set(without_ties(ideal_target(), 2).operation_names)
    assert names & {"rzz", "cp", "rxx", "ryy", "rzx", "crz", "crx", "cry", "cu1"} == {"rzz"}
    assert {"cx", "cz", "unitary", "if_else"} <= names
    assert without_ties(generic("cz", "cx"), 0).operation_names >= {"cx", "rz"}
    assert "cz" not in without_ties(generic("cz", "cx"), 0).operation_names


def test_below_level_2_an_ideal_simulator_keeps_all_of_its_gates():
    target = ideal_target()
    assert without_ties(target, 1) is target
