"""kind: generic."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer.primitives import SamplerV2

from qspec.backends.generic import Generic
from qspec.errors import UsageError
from qspec.simulation.description import describe


def edges(**keys):
    return set(Generic(**keys).open().target.build_coupling_map().get_edges())


def both_ways(*pairs):
    return {*pairs, *((b, a) for a, b in pairs)}


@pytest.mark.parametrize(
    ("shape", "num_qubits", "pairs"),
    [
        ("line", 4, [(0, 1), (1, 2), (2, 3)]),
        ("ring", 4, [(0, 1), (1, 2), (2, 3), (3, 0)]),
        ("ring", 2, [(0, 1)]),
        ("grid", 6, [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]),
        ("grid", 3, [(0, 1), (1, 2)]),
        ("full", 3, [(0, 1), (0, 2), (1, 2)]),
    ],
)
def test_a_shape_couples_in_both_directions(shape, num_qubits, pairs):
    assert edges(num_qubits=num_qubits, coupling_map=shape) == both_ways(*pairs)


def test_pairs_are_directed_and_need_not_reach_every_qubit():
    backend = Generic(num_qubits=4, coupling_map=((0, 1), (2, 1))).open()
    assert set(backend.target["cx"]) == {(0, 1), (2, 1)}
    assert backend.target.num_qubits == 4


@pytest.mark.parametrize("num_qubits", [19, 57, 115])
def test_a_heavy_hex_lattice_has_at_most_three_neighbours(num_qubits):
    coupling = Generic(num_qubits=num_qubits, coupling_map="heavy_hex").open().target.build_coupling_map()
    assert coupling.size() == num_qubits
    assert max(len(coupling.neighbors(qubit)) for qubit in range(num_qubits)) == 3


def test_a_single_qubit_needs_no_coupling():
    backend = Generic(num_qubits=1).open()
    assert "cx" not in backend.target.operation_names
    assert "sx" in backend.target.operation_names


def test_the_calibration_comes_from_the_seed():
    first, again, other = (describe(Generic(num_qubits=3, seed=seed).open().target) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_its_noise_is_simulated_unless_switched_off():
    noisy, quiet = Generic(num_qubits=3).open(), Generic(num_qubits=3, noise=False).open()
    assert describe(noisy.target) == describe(quiet.target)
    circuit = QuantumCircuit(3)
    circuit.h(0)
    for _ in range(10):
        circuit.cx(0, 1)
        circuit.cx(1, 2)
        circuit.barrier()
    circuit.measure_all()
    found = []
    for backend in (noisy, quiet):
        isa = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1).run(circuit)
        sampler = SamplerV2.from_backend(backend.simulator([isa]), seed=1)
        found.append(len(sampler.run([isa], shots=2000).result()[0].data.meas.get_counts()))
    assert found[0] > found[1]


def test_control_flow_runs(tmp_path):
    backend = Generic(num_qubits=2, coupling_map="line").open()
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((0, 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    isa = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1).run(circuit)
    counts = SamplerV2.from_backend(backend.simulator([isa]), seed=1).run([isa], shots=500).result()[0].data.c
    assert counts.get_counts()["11"] > 450


@pytest.mark.parametrize(
    ("keys", "message", "advice"),
    [
        ({"basis_gates": ("sxx", "cz")}, "'sxx' is not a standard gate on one or two qubits", "did you mean 'sx'?"),
        ({"basis_gates": ("ccx",)}, "'ccx' is not a standard gate on one or two qubits", "did you mean 'cx'?"),
        ({"coupling_map": ((0, 5),)}, "[0, 5] is not a pair of different qubits from 0 to 3", ""),
        ({"coupling_map": ((1, 1),)}, "[1, 1] is not a pair of different qubits from 0 to 3", ""),
        ({"coupling_map": "heavy_hex"}, "a heavy-hex lattice cannot have 4 qubits", "it can have 19"),
        ({"num_qubits": 20, "coupling_map": "heavy_hex"}, "a heavy-hex lattice cannot have 20", "it can have 19 or 57"),
        ({"num_qubits": 201}, "201 qubits are too many to couple all with all", "choose another coupling_map"),
        ({"num_qubits": 1, "basis_gates": ("cx",)}, "the gate 'cx' needs 2 qubits, and there is one", ""),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_devices_that_cannot_be_are_refused(keys, message, advice):
    with pytest.raises(UsageError) as error:
        Generic(**{"num_qubits": 4, **keys}).open()
    assert str(error.value).startswith(message)
    assert error.value.advice.startswith(advice)
