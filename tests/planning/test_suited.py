from __future__ import annotations

import pytest
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import ClassicalRegister, Clbit, QuantumRegister
from small import job, text

JOB = job("sampler", {"circuit": "made"})
SHOWN = "bit[2] kept; bit l; qubit[2] q;"


@pytest.fixture
def saved(repository):
    """saved(circuit): the key `circuits` with that circuit, read from a QPY file."""

    def saved(circuit):
        with (repository / "made.qpy").open("wb") as file:
            qpy.dump(circuit, file)
        return {"circuits": {"made": {"kind": "qpy", "file": "made.qpy"}}}

    return saved


def measured(**registers):
    return QuantumCircuit(QuantumRegister(1, "q"), *[ClassicalRegister(size, name) for name, size in registers.items()])


def with_variable():
    circuit = measured(c=1)
    circuit.add_var("flag", False)
    circuit.measure(0, 0)
    return circuit


def with_stretch():
    circuit = measured(c=1)
    circuit.delay(circuit.add_stretch("pause"), 0)
    circuit.measure(0, 0)
    return circuit


def with_box():
    circuit = measured(c=1)
    with circuit.if_test((circuit.cregs[0], 0)), circuit.box():
        circuit.x(0)
    circuit.measure(0, 0)
    return circuit


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (with_variable, "the classical variable 'flag'"),
        (with_stretch, "the stretch 'pause'"),
        (with_box, "a box"),
    ],
)
def test_what_aer_cannot_simulate_is_found_before_the_run(findings, saved, make, words):
    [(code, message)] = findings(**saved(make()), **JOB)
    assert (code, message) == ("not-isa", f"circuit 'made' has {words}, which Aer cannot simulate")


@pytest.mark.parametrize("name", ["shape", "values", "items", "keys", "ndim", "size", "self"])
def test_a_register_whose_name_results_cannot_have_is_found(findings, name):
    circuits = {"made": text(f"qubit q; bit[1] {name}; {name}[0] = measure q;")}
    [(code, message)] = findings(circuits=circuits, **JOB)
    assert code == "bad-name"
    assert f"'{name}'" in message


@pytest.mark.parametrize("name", ["c", "data", "meas", "counts"])
def test_other_registers_are_let_alone(planned, name):
    assert not planned(circuits={"made": text(f"qubit q; bit[1] {name}; {name}[0] = measure q;")}, **JOB).findings


def test_a_single_bit_beside_a_register_is_warned_of(planned):
    plan = planned(circuits={"made": text(SHOWN, "kept = measure q; l = measure q[0];")}, **JOB)
    [finding] = plan.findings
    assert (finding.code, finding.severity) == ("single-bits", "warning")
    assert finding.message == "what circuit 'made' measures into classical bit 2 is not kept"


@pytest.mark.parametrize(
    "condition", ["if (l) { x q[1]; }", "while (l) { l = measure q[0]; }", "if (kept[0]) { if (l) { x q[1]; } }"]
)
def test_a_single_bit_that_a_condition_reads_is_not_lost(planned, condition):
    lines = (SHOWN, "l = measure q[0];", condition, "kept = measure q;")
    assert not planned(circuits={"made": text(*lines)}, **JOB).findings


def test_the_bit_of_a_switch_is_read(planned, saved):
    circuit = QuantumCircuit(QuantumRegister(1, "q"), [Clbit()], ClassicalRegister(1, "c"))
    circuit.measure(0, 0)
    with circuit.switch(circuit.clbits[0]) as case, case(1):
        circuit.x(0)
    circuit.measure(0, 1)
    assert not planned(**saved(circuit), **JOB).findings
