"""The keys of ISA circuits: every input and version that matters changes them, and nothing else does."""

from __future__ import annotations

import sys
from dataclasses import fields

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import AncillaRegister, Gate, Parameter, ParameterVector, QuantumRegister, Qubit
from qiskit.circuit.library import PauliEvolutionGate, PermutationGate
from qiskit.providers import QubitProperties
from qiskit.quantum_info import SparsePauliOp
from qiskit.synthesis import LieTrotter, SuzukiTrotter
from qiskit.transpiler import InstructionProperties, Target

from qspec.caching import entry
from qspec.planning import identity, stages
from qspec.planning.fingerprint import fingerprint
from qspec.planning.identity import circuit_identity, target_identity, text_identity
from qspec.planning.reuse import Reuse
from qspec.planning.transpile import Transpiler
from qspec.simulation.aer import ideal_target
from qspec.simulation.fake_target import load_target
from qspec.spec import Transpile


def identity_of(circuit):
    return circuit_identity(circuit, fingerprint(circuit))


def key(circuit, target, *, seed=1, **settings):
    return Reuse()._key(Transpiler(target, Transpile(**settings)), circuit, seed)


def small(angle=0.5, name="small"):
    circuit = QuantumCircuit(2, 1, name=name)
    circuit.h(0)
    circuit.rz(angle, 0)
    circuit.cx(0, 1)
    circuit.measure(1, 0)
    return circuit


# What a target knows.

CX = {(0, 1): (0.01, 3e-7), (1, 2): (0.02, 4e-7)}
X = {(0,): (0.001, 5e-8), (1,): (0.002, 5e-8), (2,): None}
TARGET = {
    "num_qubits": 3,
    "dt": 1e-9,
    "granularity": 1,
    "min_length": 1,
    "pulse_alignment": 1,
    "acquire_alignment": 1,
    "qubit_properties": [(1e-4, 2e-4, 5e9)] * 3,
    "concurrent_measurements": [[0, 1]],
    "instructions": {"cx": CX, "x": X, "rz": None},
    "bounds": {"rz": [(0, 1.5)]},
}


def target_of(**changes):
    from qiskit.circuit.library import CXGate, ECRGate, RZGate, XGate

    facts = {**TARGET, **changes}
    operations = {"cx": CXGate(), "x": XGate(), "rz": RZGate(Parameter("a")), "ecr": ECRGate()}
    operations["half"] = RZGate(0.5)
    instructions, bounds = facts.pop("instructions"), facts.pop("bounds")
    qubits = [QubitProperties(*known) for known in facts.pop("qubit_properties")]
    target = Target(**facts, qubit_properties=qubits)
    for name, places in instructions.items():
        known = places and {
            qubits: values and InstructionProperties(error=values[0], duration=values[1])
            for qubits, values in places.items()
        }
        target.add_instruction(operations[name], known, name=name, angle_bounds=bounds.get(name))
    return target


TARGETS = {
    "qubits": {"num_qubits": 4, "qubit_properties": [(1e-4, 2e-4, 5e9)] * 4},
    **{name: {name: 2} for name in ("dt", "granularity", "min_length", "pulse_alignment", "acquire_alignment")},
    "t1": {"qubit_properties": [(2e-4, 2e-4, 5e9), *[(1e-4, 2e-4, 5e9)] * 2]},
    "t2": {"qubit_properties": [(1e-4, 1e-4, 5e9), *[(1e-4, 2e-4, 5e9)] * 2]},
    "frequency": {"qubit_properties": [(1e-4, 2e-4, 6e9), *[(1e-4, 2e-4, 5e9)] * 2]},
    "concurrent measurements": {"concurrent_measurements": [[0, 2]]},
    "an error": {"instructions": {"cx": {**CX, (0, 1): (0.011, 3e-7)}, "x": X, "rz": None}},
    "a duration": {"instructions": {"cx": {**CX, (0, 1): (0.01, 3.1e-7)}, "x": X, "rz": None}},
    "an unknown error": {"instructions": {"cx": {**CX, (0, 1): (None, 3e-7)}, "x": X, "rz": None}},
    "a place": {"instructions": {"cx": {**CX, (1, 0): (0.01, 3e-7)}, "x": X, "rz": None}},
    "a place without properties": {"instructions": {"cx": CX, "x": {**X, (2,): (None, None)}, "rz": None}},
    "an operation": {"instructions": {"cx": CX, "x": X, "rz": None, "ecr": CX}},
    "a fixed angle": {"instructions": {"cx": CX, "x": X, "rz": None, "half": None}},
    "the order of operations": {"instructions": {"x": X, "cx": CX, "rz": None}},
    "where an operation is tied to qubits": {"instructions": {"cx": CX, "x": X, "rz": X}},
    "bounds of angles": {"bounds": {"rz": [(0, 1.6)]}},
    "no bounds of angles": {"bounds": {}},
}


def test_equal_targets_have_one_identity():
    assert target_identity(target_of()) == target_identity(target_of())
    assert target_identity(load_target("fake_manila")[1]) == target_identity(load_target("FakeManilaV2")[1])
    assert target_identity(ideal_target()) == target_identity(ideal_target.__wrapped__())


@pytest.mark.parametrize("change", TARGETS.values(), ids=TARGETS)
def test_everything_that_a_target_says_changes_it(change):
    assert target_identity(target_of(**change)) != target_identity(target_of())
    assert key(small(), target_of(**change)) != key(small(), target_of())


def test_all_changes_of_a_target_are_different():
    found = {target_identity(target_of(**change)) for change in [{}, *TARGETS.values()]}
    assert len(found) == len(TARGETS) + 1


def test_a_target_whose_bounds_cannot_be_read_has_no_key(monkeypatch):
    target = target_of()
    monkeypatch.setattr(Target, "__getstate__", lambda _self: {})
    assert target_identity(target) is None
    assert key(small(), target) is None


# What a circuit says, beyond its fingerprint.


def with_parameters(*parameters):
    circuit = QuantumCircuit(1)
    for parameter in parameters:
        circuit.rx(parameter, 0)
    return circuit


def with_register(register):
    return QuantumCircuit(QuantumRegister(1, "q"), register)


def evolution(synthesis):
    circuit = QuantumCircuit(2)
    circuit.append(PauliEvolutionGate(SparsePauliOp(["ZZ", "XX"]), 0.3, synthesis=synthesis), [0, 1])
    return circuit


def custom(gate):
    circuit = QuantumCircuit(3)
    circuit.append(gate, [0, 1, 2])
    return circuit


class Lookalike(Gate):
    def validate_parameter(self, parameter):
        return parameter


def lookalike():
    real = PermutationGate([2, 0, 1])
    gate = Lookalike(real.name, 3, list(real.params))
    gate.definition = real.definition
    return gate


def physical(circuit):
    from qiskit.transpiler import generate_preset_pass_manager

    placed = generate_preset_pass_manager(0, basis_gates=["h", "rz", "cx"], coupling_map=[[0, 1]]).run(circuit)
    assert placed.layout is not None
    return placed


def without_layout(circuit):
    copy = circuit.copy()
    copy._layout = None
    return copy


A, B, C = (Parameter(name) for name in "abc")
PAIRS = {
    "an element of a vector": (with_parameters(Parameter("θ[0]")), with_parameters(ParameterVector("θ", 1)[0])),
    "the length of a vector": (with_parameters(ParameterVector("θ", 1)[0]), with_parameters(ParameterVector("θ", 2)[0])),
    "the kind of a register": (with_register(QuantumRegister(1, "a")), with_register(AncillaRegister(1, "a"))),
    "the kind of an operation": (custom(PermutationGate([2, 0, 1])), custom(lookalike())),
    "physical qubits": (physical(small()), without_layout(physical(small()))),
}  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_circuits_of_one_fingerprint_can_have_several_identities(pair):
    first, second = pair
    assert fingerprint(first) == fingerprint(second)
    assert identity_of(first) != identity_of(second)
    assert identity_of(first) == identity_of(first.copy())


def test_the_way_of_an_evolution_counts_even_where_the_outcome_is_the_same():
    first, second = evolution(LieTrotter(reps=1)), evolution(SuzukiTrotter(order=1, reps=1))
    assert identity_of(first) != identity_of(second)
    assert identity_of(first) == identity_of(evolution(LieTrotter(reps=1)))


def test_names_metadata_and_the_identity_of_parameters_do_not_count():
    first, second = with_parameters(Parameter("a")), with_parameters(Parameter("a"))
    second.name, second.metadata = "another", {"by": "somebody"}
    assert identity_of(first) == identity_of(second)


def phase(circuit):
    circuit.global_phase += 0.1


def gate(circuit):
    circuit.x(0)


def register(circuit):
    circuit.add_register(QuantumRegister(1, "more"))


def bit(circuit):
    circuit.add_bits([Qubit()])


def label(circuit):
    circuit.append(Gate("opaque", 1, [], label="here"), [0])


def other_label(circuit):
    circuit.append(Gate("opaque", 1, [], label="there"), [0])


def angle(circuit):
    circuit.rz(np.nextafter(0.5, 1), 0)


def next_angle(circuit):
    circuit.rz(0.5, 0)


def formula(circuit):
    circuit.rz((A + B) + C, 0)


def other_formula(circuit):
    circuit.rz(A + B * C, 0)


def test_every_change_of_a_circuit_changes_the_key(line_target):
    circuits = [small()]
    for change in (phase, gate, register, bit, label, other_label, angle, next_angle, formula, other_formula):
        circuits.append(small())
        change(circuits[-1])
    assert len({key(circuit, line_target) for circuit in circuits}) == len(circuits)


# Settings, seed, software.

SETTINGS = {
    "optimization_level": 3,
    "initial_layout": (1, 2),
    "layout_method": "trivial",
    "routing_method": "basic",
    "translation_method": "translator",
    "optimization_method": "default",
    "init_method": "default",
    "scheduling_method": "alap",
    "approximation_degree": 0.9,
    "unitary_synthesis_method": "sk",
    "qubits_initially_zero": False,
}


def test_every_setting_changes_the_key(line_target):
    assert set(SETTINGS) == {field.name for field in fields(Transpile)} - {"enabled"}
    keys = {key(small(), line_target), *(key(small(), line_target, **{name: SETTINGS[name]}) for name in SETTINGS)}
    assert len(keys) == len(SETTINGS) + 1


def test_the_seed_counts_where_there_is_a_layout_to_choose(line_target, aer_target):
    assert key(small(), line_target, seed=1) != key(small(), line_target, seed=2)
    assert key(small(), aer_target, seed=1) == key(small(), aer_target, seed=2)


@pytest.fixture
def forgetful():
    """What is found out once in a process is found out again, before and after."""
    found_once = (identity.software, identity.version_of, stages._visible, stages._installed, stages.foreign_plug_ins)
    for function in found_once:
        function.cache_clear()
    yield lambda: [function.cache_clear() for function in found_once]
    for function in found_once:
        function.cache_clear()


@pytest.mark.parametrize("package", ["qspec", "qiskit", "rustworkx", "numpy", "scipy"])
def test_the_version_of_every_package_that_takes_part_changes_the_key(package, line_target, forgetful, monkeypatch):
    before = key(small(), line_target), text_identity("qasm", "text")
    monkeypatch.setattr(sys.modules[package], "__version__", "0.0.1")
    forgetful()
    assert key(small(), line_target) != before[0]
    assert text_identity("qasm", "text") != before[1]


def test_python_the_machine_and_the_form_of_entries_change_the_key(line_target, forgetful, monkeypatch):
    keys = [key(small(), line_target)]
    for patched, name, value in (
        (sys, "version_info", type("Version", (), {"major": 3, "minor": 99})),
        (identity.platform, "machine", lambda: "abacus"),
        (entry, "FORM", entry.FORM + 1),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(patched, name, value)
            forgetful()
            keys.append(key(small(), line_target))
    assert len(set(keys)) == len(keys)


def test_the_packages_of_named_stage_methods_change_the_key(line_target, forgetful, monkeypatch):
    def both():
        return key(small(), line_target), key(small(), line_target, translation_method="ibm_backend")

    before = both()
    monkeypatch.setattr(stages, "_package", lambda _point: "qiskit-ibm-runtime 0.0.1")
    forgetful()
    after = both()
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_the_runtime_s_version_counts_where_it_folds_angles(line_target, forgetful, monkeypatch):
    bounded = load_target("fake_fractional")[1]
    before = key(small(), bounded), key(small(), line_target)
    monkeypatch.setattr(identity, "version_of", lambda package: f"{package} 0.0.1")
    assert key(small(), bounded) != before[0]
    assert key(small(), line_target) == before[1]


def test_being_told_to_use_all_processors_changes_the_key(line_target, monkeypatch):
    before = key(small(), line_target)
    monkeypatch.setenv("QISKIT_SABRE_ALL_THREADS", "TRUE")
    assert key(small(), line_target) != before


def test_a_text_is_known_by_its_kind_its_letters_and_its_importers(monkeypatch):
    found = [text_identity("qasm", "a"), text_identity("qasm", "b"), text_identity("other", "a")]
    monkeypatch.setattr(identity, "version_of", lambda _package: "0.0.1")
    found.append(text_identity("qasm", "a"))
    assert len({str(one) for one in found}) == 4
