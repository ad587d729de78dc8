"""Circuits, observables and devices on the qubits in use: the same physics."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.circuit.classical import expr, types
from qiskit.circuit.library import efficient_su2
from qiskit.primitives.containers.observables_array import ObservablesArray
from qiskit.quantum_info import SparseObservable, SparsePauliOp, Statevector
from qiskit.transpiler import PassManager
from qiskit.transpiler.passes import ALAPScheduleAnalysis, PadDynamicalDecoupling

from qspec.simulation.compaction import narrow, observed_qubits, qubits_in_use
from qspec.simulation.local import LocalBackend


def backend_for(target, **settings):
    return LocalBackend(kind="fake", name="x", target=target, noise_target=target, **settings)


def probabilities(backend, circuit, qubits):
    """Exact probabilities of the outcomes of `qubits`, with the noise of gates and delays."""
    bare = circuit.remove_final_measurements(inplace=False)
    bare.save_probabilities(qubits)
    simulator = backend.simulator([circuit])
    simulator.set_options(method="density_matrix")
    return simulator.run(bare).result().data()["probabilities"]


@pytest.mark.parametrize("device", ["fake_manila", "fake_torino"])
@pytest.mark.parametrize("scheduling", [None, "alap"])
def test_exact_noisy_probabilities_are_the_same(device, scheduling, target_of, transpiled):
    ghz = QuantumCircuit(3)
    ghz.h(0)
    ghz.cx(0, 1)
    ghz.cx(1, 2)
    ghz.measure_all()
    whole = backend_for(target_of(device))
    isa = transpiled(ghz, whole.target, scheduling_method=scheduling)
    small = whole.compacted([isa])
    assert len(small.qubits) == 3
    assert np.allclose(
        probabilities(whole, isa, list(small.qubits)),
        probabilities(small.backend, small.circuits[0], [0, 1, 2]),
        atol=1e-12,
    )


@pytest.mark.parametrize("device", ["fake_manila", "fake_jakarta"])
def test_even_the_bits_are_the_same(device, circuit, target_of, transpiled):
    """On devices whose errors have one form everywhere, Aer samples both in the same way."""
    whole = backend_for(target_of(device))
    isa = transpiled(circuit, whole.target)
    small = whole.compacted([isa])
    found = [
        backend.simulator([one]).run(one, shots=300, seed_simulator=9, memory=True).result().get_memory()
        for backend, one in ((whole, isa), (small.backend, small.circuits[0]))
    ]
    assert found[0] == found[1]


def test_the_readout_errors_are_those_of_the_physical_qubits(target_of, transpiled, bell_circuit):
    whole = backend_for(target_of("fake_torino"))
    small = whole.compacted([transpiled(bell_circuit, whole.target, initial_layout=[40, 41])])
    assert small.qubits == (40, 41)
    for new, physical in enumerate(small.qubits):
        assert small.backend.target["measure"][(new,)].error == whole.target["measure"][(physical,)].error


def test_the_target_keeps_timing_and_relaxation_for_decoupling(target_of):
    whole = backend_for(target_of("fake_sherbrooke"))
    circuit = QuantumCircuit(127)
    circuit.sx(70)
    circuit.x(12)
    small = whole.compacted([circuit], also=[13])
    target = small.backend.target
    assert small.qubits == (12, 13, 70)
    assert (target.dt, target.num_qubits) == (whole.target.dt, 3)
    assert target.timing_constraints().__dict__ == whole.target.timing_constraints().__dict__
    assert target.qubit_properties[2].t2 == whole.target.qubit_properties[70].t2
    assert target["x"][(0,)].duration == whole.target["x"][(12,)].duration
    assert {tuple(sorted(pair)) for pair in target["ecr"]} == {(0, 1)}
    assert set(target.operation_names) == set(whole.target.operation_names)


def test_decoupling_can_be_scheduled_on_the_small_target(target_of, transpiled):
    from qiskit.circuit.library import XGate

    whole = backend_for(target_of("fake_torino"))
    circuit = QuantumCircuit(3)
    circuit.h(0)
    for _ in range(4):
        circuit.cx(0, 1)
        circuit.barrier(0, 1)
    circuit.cx(1, 2)
    circuit.x(2)
    circuit.measure_all()
    small = whole.compacted([transpiled(circuit, whole.target)])
    target = small.backend.target
    passes = [ALAPScheduleAnalysis(target=target), PadDynamicalDecoupling(target=target, dd_sequence=[XGate()] * 2)]
    decoupled = PassManager(passes).run(small.circuits[0])
    assert decoupled.count_ops()["x"] >= small.circuits[0].count_ops().get("x", 0)
    assert "delay" in decoupled.count_ops()


def test_delays_and_barriers_alone_do_not_use_a_qubit():
    circuit = QuantumCircuit(4, 1)
    circuit.delay(100, 0)
    circuit.barrier()
    circuit.h(2)
    circuit.measure(3, 0)
    assert qubits_in_use([circuit]) == {2, 3}
    small = narrow(circuit, [2, 3])
    assert [(item.name, len(item.qubits)) for item in small.data] == [("barrier", 2), ("h", 1), ("measure", 1)]


def test_a_circuit_keeps_all_but_its_idle_qubits():
    angle, phase = Parameter("a"), Parameter("p")
    meas, extra = ClassicalRegister(2, "meas"), ClassicalRegister(3, "extra")
    circuit = QuantumCircuit(QuantumRegister(6, "q"), meas, extra, name="kept", metadata={"who": "me"})
    circuit.global_phase = phase
    flag = circuit.add_var("flag", expr.lift(False))
    circuit.rx(angle, 4)
    circuit.cz(4, 1)
    circuit.measure([4, 1], meas)
    circuit.store(flag, expr.lift(True))
    small = narrow(circuit, [1, 4])
    assert (small.name, small.metadata, small.num_qubits) == ("kept", {"who": "me"}, 2)
    assert small.cregs == circuit.cregs
    assert list(small.parameters) == [angle, phase]
    assert small.global_phase == phase
    assert [(var.name, var.type) for var in small.iter_declared_vars()] == [("flag", types.Bool())]
    positions = [[small.find_bit(qubit).index for qubit in item.qubits] for item in small.data if item.qubits]
    assert positions == [[1], [1, 0], [1], [0]]


def test_control_flow_over_idle_qubits_is_narrowed_inside_and_out():
    inner = QuantumCircuit(3)
    inner.barrier()
    inner.delay(10, 0)
    inner.x(2)
    circuit = QuantumCircuit(5, 1)
    circuit.h(4)
    circuit.measure(4, 0)
    circuit.if_test((circuit.clbits[0], 1), inner, [0, 1, 2], [])
    circuit.measure(2, 0)
    assert qubits_in_use([circuit]) == {2, 4}
    small = narrow(circuit, [2, 4])
    branch = next(item for item in small.data if item.name == "if_else")
    assert [small.find_bit(qubit).index for qubit in branch.qubits] == [0]
    assert branch.operation.blocks[0].count_ops() == {"barrier": 1, "x": 1}
    assert branch.operation.condition == (circuit.clbits[0], 1)


def test_an_empty_circuit_keeps_one_qubit(target_of):
    assert backend_for(target_of("fake_manila")).compacted([QuantumCircuit(5)]).qubits == (0,)


def test_observables_lose_the_letters_of_the_qubits_that_are_gone(target_of):
    circuit = QuantumCircuit(5)
    circuit.x(1)
    circuit.cx(1, 3)
    observables = ObservablesArray([[{"IZIXI": 0.5, "IIIII": 2.0}], [{"IIIYI": 1.0}]])
    assert observed_qubits(observables) == {1, 3}
    small = backend_for(target_of("fake_manila")).compacted([circuit], also=observed_qubits(observables))
    found = small.observables(observables)
    assert found.shape == (2, 1)
    assert found.tolist() == [[{"ZX": 0.5, "II": 2.0}], [{"IY": 1.0}]]


def test_projectors_are_kept(target_of):
    circuit = QuantumCircuit(5)
    circuit.h(2)
    small = backend_for(target_of("fake_manila")).compacted([circuit])
    projector = ObservablesArray([SparseObservable("II+II")])
    assert small.observables(projector).sparse_observables_array()[0] == SparseObservable("+")


def test_an_observable_outside_of_the_kept_qubits_is_refused(target_of):
    circuit = QuantumCircuit(5)
    circuit.x(1)
    small = backend_for(target_of("fake_manila")).compacted([circuit])
    with pytest.raises(ValueError, match=r"the qubits \[4\], which were left out"):
        small.observables(ObservablesArray(["ZIIII"]))


def test_expectation_values_are_those_of_the_virtual_circuit(target_of, transpiled):
    ansatz = efficient_su2(3, reps=1)
    values = np.linspace(0.1, 1.1, ansatz.num_parameters)
    hamiltonian = SparsePauliOp(["ZZI", "XIX", "IIY"], [1, 0.5, -0.2])
    quiet = LocalBackend(kind="fake", name="x", target=target_of("fake_torino"))
    isa = transpiled(ansatz, quiet.target)
    observables = ObservablesArray([hamiltonian.apply_layout(isa.layout)])
    small = quiet.compacted([isa], also=observed_qubits(observables))
    state = Statevector(small.circuits[0].assign_parameters(values))
    kept = small.observables(observables).tolist()[0]
    found = state.expectation_value(SparsePauliOp.from_list(list(kept.items())))
    assert found == pytest.approx(Statevector(ansatz.assign_parameters(values)).expectation_value(hamiltonian))


def test_an_ideal_simulator_keeps_its_target():
    from qspec.simulation.aer import ideal_target

    circuit = QuantumCircuit(6)
    circuit.h(5)
    small = LocalBackend(kind="aer", name="x", target=ideal_target()).compacted([circuit])
    assert small.backend.target.num_qubits is None
    assert small.circuits[0].num_qubits == 1


def test_the_same_qubits_share_one_small_backend(target_of):
    whole = backend_for(target_of("fake_manila"))
    circuit = QuantumCircuit(5)
    circuit.x(3)
    assert whole.compacted([circuit]).backend is whole.compacted([circuit]).backend


def test_the_runtimes_primitive_gives_on_few_qubits_what_aer_gives_on_the_device(target_of, transpiled, bell_circuit):
    from qiskit_aer.primitives import SamplerV2
    from qiskit_ibm_runtime.executor_sampler import Sampler

    whole = backend_for(target_of("fake_sherbrooke"))
    isa = transpiled(bell_circuit, whole.target)
    small = whole.compacted([isa])
    sampler = Sampler(mode=small.backend.simulator(small.circuits, added_on=range(2)))
    sampler.options.simulator.seed_simulator = 3
    sampler.options.twirling.enable_gates = True
    ours = sampler.run([small.circuits[0]], shots=8192).result()[0].data.meas.get_counts()
    theirs = SamplerV2.from_backend(whole.simulator([isa]), seed=4).run([isa], shots=8192).result()[0].data.meas
    for outcome in ("00", "01", "10", "11"):
        assert ours.get(outcome, 0) / 8192 == pytest.approx(theirs.get_counts().get(outcome, 0) / 8192, abs=0.04)
