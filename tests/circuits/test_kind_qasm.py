from __future__ import annotations

import numpy as np
import pytest
from qiskit import qasm2, qasm3
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Operator, Statevector

from qspec.circuits.qasm import Qasm
from qspec.errors import SourceError

TWO = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
THREE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


def load(text):
    return Qasm(source=text).load(None)


def mistake(text):
    with pytest.raises(SourceError) as caught:
        load(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        TWO + "qreg q[2];\nh q[0];\ncx q[0], q[1];",
        THREE + "qubit[2] q;\nh q[0];\ncx q[0], q[1];",
        'include "stdgates.inc";\nqubit[2] q;\nh q[0];\ncx q[0], q[1];',
    ],
    ids=["OpenQASM 2", "OpenQASM 3", "without a header"],
)
def test_a_bell_pair_is_a_bell_pair_with_qubit_0_rightmost(text):
    state = Statevector(load(text))
    assert np.allclose(state.data, [0.5**0.5, 0, 0, 0.5**0.5])


@pytest.mark.parametrize("seed", range(5))
def test_what_qiskit_writes_is_read_again(seed):
    circuit = random_circuit(3, 4, max_operands=3, seed=seed)
    assert Operator(load(qasm2.dumps(circuit))).equiv(circuit)
    assert Operator(load(qasm3.dumps(circuit))).equiv(circuit)


def test_the_text_may_stand_in_a_file(files):
    files.contents["a/bell.qasm"] = b"\xef\xbb\xbf" + (TWO + "qreg q[3];").encode()
    assert Qasm(file="a/bell.qasm").load(files).num_qubits == 3


def test_a_mistake_in_a_file_names_the_file(files):
    files.contents["a/bell.qasm"] = (TWO + "qreg q[3];\nfoo q;").encode()
    with pytest.raises(SourceError) as caught:
        Qasm(file="a/bell.qasm").load(files)
    assert (caught.value.file, caught.value.line) == ("a/bell.qasm", 4)


def test_a_file_that_is_no_text_is_told_so(files):
    files.contents["x.qasm"] = b"OPENQASM 2.0;\n// \xff\n"
    with pytest.raises(SourceError) as caught:
        Qasm(file="x.qasm").load(files)
    assert (caught.value.code, caught.value.line) == ("not-utf8", 2)


def test_gates_that_qiskit_adds_to_openqasm_2_are_known():
    assert load(TWO + "qreg q[3];\nsx q[0];\np(0.1) q[0];\nrzz(0.2) q[0], q[1];\nccx q[0], q[1], q[2];").size() == 4


def test_a_text_may_define_gates_by_the_names_of_those():
    circuit = load(TWO + "gate cu a, b { cx a, b; }\nqreg q[2];\ncu q[0], q[1];")
    assert Operator(circuit).equiv(load(TWO + "qreg q[2];\ncx q[0], q[1];"))


MISTAKES = {
    "unknown gate in 2": (TWO + "qreg q[2];\nfoo q[0];", "qasm-syntax", 4, 1, "'foo' is not defined in this scope"),
    "unknown gate in 3": (THREE + "qubit[2] q;\nfoo q[0];", "qasm-syntax", 4, 1, "gate 'foo' is not defined"),
    "index in 2": (TWO + "qreg q[2];\ncx q[0], q[5];", "qasm-syntax", 4, 12, "index 5 is out-of-range"),
    "index in 3": (THREE + "qubit[2] q;\ncx q[0], q[5];", "qasm-syntax", 4, 10, "index out of range"),
    "twice the same qubit": (THREE + "qubit[2] q;\ncx q[0], q[0];", "qasm-syntax", 4, 1, "duplicate"),
    "name taken": (THREE + "qubit q;\nqubit q;", "qasm-syntax", 4, 1, "'q' is already defined"),
    "parameters": (THREE + "qubit q;\nrx(1, 2) q;", "qasm-syntax", 4, 1, "gate 'rx' does not take 2 parameters"),
    "syntax": (THREE + "qubit q;\nx ~ q;", "qasm-syntax", 4, 3, "'~' cannot stand here"),
    "division": (THREE + "qubit q;\nrx(1/0) q;", "qasm-syntax", 4, 4, "division"),
    "measurement into nothing": (THREE + "qubit q;\nmeasure q;", "qasm-syntax", 4, 1, "must save their result"),
    "subroutine": (THREE + "def f(qubit q) { h q; }", "qasm-unsupported", 3, 1, "a subroutine definition is not"),
    "duration": (THREE + "duration d = 100ns;", "qasm-unsupported", 3, 1, "type 'duration' are not supported"),
    "condition": (
        THREE + "qubit q;\nbit c;\nif (c == 1) { x q; }",
        "qasm-unsupported",
        5,
        5,
        "conditions must be",
    ),
}


@pytest.mark.parametrize(("text", "code", "line", "column", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_in_one_line_with_its_place(text, code, line, column, words, capfd):
    error = mistake(text)
    assert (error.code, error.line, error.column) == (code, line, column)
    assert words in str(error)
    assert "\n" not in str(error)
    assert not str(error).endswith(".")
    assert capfd.readouterr() == ("", "")


def test_nothing_is_read_but_the_text_itself(tmp_path, monkeypatch):
    (tmp_path / "mine.inc").write_text("gate mine a { h a; }")
    monkeypatch.chdir(tmp_path)
    assert mistake('OPENQASM 2.0;\ninclude "mine.inc";\nqreg q[1];').code == "qasm-include"
    assert mistake(f'OPENQASM 2.0;\ninclude "{tmp_path}/mine.inc";\nqreg q[1];').code == "qasm-include"
    assert mistake('OPENQASM 3.0;\ninclude "mine.inc";').code == "qasm-include"


def test_deep_nesting_is_a_finding_not_a_crash():
    assert mistake(THREE + "qubit q;\nrx(" + "(" * 2000 + "1" + ")" * 2000 + ") q;").code == "qasm-too-large"


def test_changed_texts_give_findings_or_circuits(rng):
    """Texts with a few characters changed never raise anything but a `SourceError` with a line."""
    text = THREE + "input float a;\nqubit[2] q;\nbit[2] c;\nctrl @ rx(a / 2) q[0], q[1];\nif (c == 1) { x q[0]; }\n"
    for _ in range(60):
        letters = list(text)
        for _ in range(rng.choice((1, 2, 4))):
            letters[rng.randrange(len(letters))] = rng.choice(";[](){}\"/ \nqcx01,@='")
        try:
            load("".join(letters))
        except SourceError as error:
            assert error.line > 0  # noqa: PT017
