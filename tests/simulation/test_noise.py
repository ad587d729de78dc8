"""The restricted noise model: the same bits as the model of the whole device."""

from __future__ import annotations

from copy import deepcopy

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Measure, Reset
from qiskit.circuit.library import CXGate, SXGate
from qiskit.providers import QubitProperties
from qiskit.transpiler import InstructionProperties, Target
from qiskit_aer.noise import NoiseModel, depolarizing_error

from qspec.simulation.fake_target import load_target
from qspec.simulation.local import LocalBackend
from qspec.simulation.noise import build_noise, used_places
from qspec.simulation.targets import backend_of

SMALL = ("fake_manila", "fake_fractional", "fake_jakarta", "generic")
LARGE = ("fake_torino", "fake_sherbrooke", "fake_kingston")
DEVICES = [*SMALL, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)]


def memory(simulator, isa, shots=400, seed=42):
    result = simulator.run(isa, shots=shots, seed_simulator=seed, memory=True).result()
    assert result.success, result.status
    return result.get_memory()


def noise_of(target, *circuits):
    return build_noise(target, used_places(circuits), frozenset())


@pytest.mark.parametrize("device", DEVICES)
def test_counts_and_memory_are_those_of_the_whole_device_bit_for_bit(device, circuit, transpiled, whole):
    target, full = whole(device)
    isa = transpiled(circuit, target)
    restricted = LocalBackend(kind="test", name=device, target=target, noise_target=target).simulator([isa])
    assert memory(restricted, isa) == memory(full, isa)


@pytest.mark.parametrize("device", ["fake_fractional", pytest.param("fake_torino", marks=pytest.mark.slow)])
@pytest.mark.parametrize("method", ["statevector", "density_matrix"])
def test_the_bits_are_the_same_on_any_qubits_by_any_method(device, method, bell_circuit, transpiled, whole):
    """Fractional and Torino have qubits with T2 > T1, whose errors are Kraus channels, and others."""
    target, full = whole(device)
    full.set_options(method=method)
    backend = LocalBackend(kind="test", name=device, target=target, noise_target=target, method=method)
    for pair in list(target.build_coupling_map().get_edges())[:8]:
        isa = transpiled(bell_circuit, target, initial_layout=list(pair))
        assert memory(backend.simulator([isa]), isa) == memory(full, isa)
    full.set_options(method="automatic")


@pytest.mark.parametrize("device", ["fake_manila"])
def test_relaxation_in_scheduled_circuits_is_that_of_the_physical_qubits(device, transpiled, whole):
    target, full = whole(device)
    ghz = QuantumCircuit(4)
    ghz.h(0)
    for qubit in range(3):
        ghz.cx(qubit, qubit + 1)
    ghz.measure_all()
    isa = transpiled(ghz, target, scheduling_method="alap")
    assert isa.count_ops()["delay"] > 0
    restricted = LocalBackend(kind="test", name=device, target=target, noise_target=target).simulator([isa])
    assert memory(restricted, isa) == memory(full, isa)


def test_several_circuits_in_one_job_have_the_bits_of_the_whole_device(
    transpiled, whole, bell_circuit, control_flow_circuit
):
    target, full = whole("fake_manila")
    circuits = [transpiled(bell_circuit, target), transpiled(control_flow_circuit, target)]
    restricted = LocalBackend(kind="test", name="x", target=target, noise_target=target).simulator(circuits)
    ours = restricted.run(circuits, shots=300, seed_simulator=5, memory=True).result()
    theirs = full.run(circuits, shots=300, seed_simulator=5, memory=True).result()
    assert [ours.get_memory(k) for k in range(2)] == [theirs.get_memory(k) for k in range(2)]


def test_the_basis_gates_are_those_of_the_whole_model(bell_circuit, transpiled, whole):
    target, full = whole("fake_manila")
    restricted = noise_of(target, transpiled(bell_circuit, target))
    assert restricted.basis_gates == full.options.noise_model.basis_gates


def test_only_what_is_used_has_noise(target_of, bell_circuit, transpiled):
    target = target_of("fake_torino")
    isa = transpiled(bell_circuit, target, initial_layout=[5, 6])
    model = noise_of(target, isa)
    errors = model.to_dict()["errors"]
    gates = {(error["operations"][0], *error["gate_qubits"]) for error in errors if error["type"] == "qerror"}
    used = {("sx", (5,)), ("sx", (6,)), ("cz", (5, 6))} & {(name, qubits) for name, qubits in used_places([isa])}
    assert used <= gates
    assert len(gates) <= len(used_places([isa])) + 2


def test_qubits_where_a_primitive_adds_gates_have_the_noise_of_every_single_qubit_gate(target_of, bell_circuit):
    target = target_of("fake_manila")
    model = build_noise(target, frozenset(), frozenset([3]))
    errors = model.to_dict()["errors"]
    on_three = {error["operations"][0] for error in errors if error["gate_qubits"] == [(3,)]}
    assert {"sx", "x", "id", "reset", "measure"} <= on_three


def test_gates_inside_of_control_flow_count_at_their_outer_qubits(control_flow_circuit):
    wide = QuantumCircuit(9, 3)
    wide.compose(control_flow_circuit, [4, 7, 2], [0, 1, 2], inplace=True)
    places = used_places([wide])
    assert ("cx", (7, 2)) in places
    assert ("h", (2,)) in places


def test_a_label_counts_as_a_name():
    circuit = QuantumCircuit(1)
    circuit.append(SXGate(label="x"), [0])
    assert {("sx", (0,)), ("x", (0,))} <= used_places([circuit])


def test_qubits_without_kraus_channels_do_not_import_scipy_linalg(run_python):
    """A Kraus channel decomposed by Aer would import scipy.linalg, which takes longer than all the rest."""
    code = """
        from qiskit import QuantumCircuit
        from qspec.simulation.fake_target import load_target
        from qspec.simulation.noise import build_noise, used_places
        target = load_target('fake_torino')[1]
        circuit = QuantumCircuit(133, 1); circuit.sx(1); circuit.measure(1, 0)
        model = build_noise(target, used_places([circuit]), frozenset())
        import sys
        print('scipy.linalg' in sys.modules, 'kraus' in str(model.to_dict(serializable=True)))
    """
    assert run_python(code) == "False True"


def test_a_device_without_errors_and_durations_has_no_noisy_instructions():
    target = Target(num_qubits=2, qubit_properties=[QubitProperties(t1=1e-4, t2=1e-4)] * 2)
    target.add_instruction(CXGate(), {(0, 1): None})
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    assert noise_of(target, circuit).noise_instructions == []


def test_a_model_is_written_out_once_and_its_copies_are_their_own():
    """Aer adds errors to a copy of a model when circuits hold delays: the copy must not be written out as it was before."""
    target = load_target("fake_manila")[1]
    model = build_noise(target, frozenset({("x", (0,)), ("cx", (0, 1))}), frozenset())
    assert model.to_dict(serializable=True) is model.to_dict(serializable=True)
    plain = NoiseModel.to_dict(model, serializable=True)
    assert model.to_dict(serializable=True) == plain
    copy = deepcopy(model)
    assert type(copy) is NoiseModel
    copy.add_all_qubit_quantum_error(depolarizing_error(0.1, 1), ["id"])
    assert len(copy.to_dict(serializable=True)["errors"]) == len(plain["errors"]) + 1
    assert model.to_dict(serializable=True) == plain


@pytest.mark.parametrize("first", ["measure_2", "reset"])
def test_what_is_remembered_of_one_instruction_is_not_taken_for_a_measurement(first):
    """Aer gives a measurement no error, whatever its name, and other instructions their relaxation."""
    known = InstructionProperties(duration=3e-7, error=0.01)
    target = Target(num_qubits=1, qubit_properties=[QubitProperties(t1=1e-4, t2=9e-5)])
    for name, operation in sorted(
        {"measure_2": Measure(), "reset": Reset()}.items(), key=lambda pair: pair[0] != first
    ):
        target.add_instruction(operation, {(0,): known}, name=name)
    restricted = build_noise(target, frozenset({("measure_2", (0,)), ("reset", (0,))}), frozenset())
    assert restricted.noise_instructions == NoiseModel.from_backend(backend_of(target)).noise_instructions == ["reset"]
