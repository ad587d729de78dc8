from __future__ import annotations

import time

import pytest
from qiskit import qasm2, qasm3
from qiskit.circuit.random import random_circuit

from qspec.errors import SourceError
from qspec.openqasm import scan, version_of
from qspec.planning.build import facts_of

TWO = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
THREE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


def mistake(text):
    with pytest.raises(SourceError) as caught:
        scan(text)
    return caught.value.code, caught.value.line, caught.value.column


def test_openqasm_2_registers_and_measurements_are_counted():
    facts = scan(TWO + "qreg q[2];\nqreg r[3];\ncreg c[2];\ncreg d[1];\nh q;\nmeasure q -> c;")
    assert facts.num_qubits == 5
    assert facts.registers == {"c": 2, "d": 1}
    assert facts.parameters == {}
    assert facts.measures is True


def test_openqasm_3_inputs_are_parameters():
    facts = scan(THREE + "input float[64] theta;\ninput angle φ;\nqubit[2] q;\nbit[2] c;\nrx(theta) q[0];\nrz(φ) q[1];")
    assert facts.parameters == {"theta": None, "φ": None}
    assert facts.measures is False


def test_single_bits_and_qubits_belong_to_no_register():
    facts = scan(THREE + "qubit a;\nqubit[3] b;\nbit c;\nbit[2] d = measure b[0:1];\nc = measure a;")
    assert facts.num_qubits == 4
    assert facts.registers == {"d": 2}


def test_physical_qubits_count_up_to_the_highest():
    assert scan("OPENQASM 3;\nU(0, 0, 0) $4;").num_qubits == 5


def test_comments_texts_pragmas_and_annotations_are_not_read():
    text = THREE + "// qubit[9] x;\n/* bit[9] y; measure\n */\n#pragma qubit[9] z; (\n@note measure {\nqubit[2] q;\n"
    facts = scan(text)
    assert (facts.num_qubits, facts.registers, facts.measures) == (2, {}, False)


def test_what_a_glance_cannot_tell_is_unknown():
    assert scan(THREE + "qubit[2*3] q;").num_qubits is None
    assert scan(THREE + "const int n = 4;\nqubit[n] q;").num_qubits == 4
    assert scan(THREE + "qubit[2] q;\nbit[2] c;\nlet d = c[0:1];").registers is None
    assert scan(THREE + "qubit[2] q;\nbit[3] c;\nif (c[0:1] == 1) { x q[0]; }").registers is None
    assert scan(THREE + "def f(qubit q) -> bit { return measure q; }\nqubit q;").measures is None


def test_the_header_tells_the_version_and_without_one_the_include_does():
    assert version_of("// a circuit\n/* of mine */ OPENQASM 2.0;") == 2
    assert version_of("OPENQASM 3;") == version_of("OPENQASM 3.1;") == 3
    assert version_of('// no header\ninclude "stdgates.inc";\nqubit q;') == 3
    assert version_of('include "qelib1.inc";\nqreg q[1];') == 2


MISTAKES = {
    "no text": ("", "qasm-header", 1, 1),
    "no header": ("qubit q;\n", "qasm-header", 1, 1),
    "late header": ("qubit q;\nOPENQASM 3.0;\n", "qasm-header", 1, 1),
    "header in a comment": ("// OPENQASM 3.0;\nqubit q;\n", "qasm-header", 2, 1),
    "version 4": ("OPENQASM 4.0;\nqubit q;", "qasm-version", 1, 10),
    "version 2.1": ("OPENQASM 2.1;\nqreg q[1];", "qasm-version", 1, 10),
    "header without semicolon": ("OPENQASM 2.0\nqreg q[1];", "qasm-syntax", 1, 12),
    "include of a file": ('OPENQASM 2.0;\ninclude "/etc/passwd";', "qasm-include", 2, 9),
    "include of the other version": ('OPENQASM 3.0;\ninclude "qelib1.inc";', "qasm-include", 2, 9),
    "statement without semicolon": (THREE + "qubit[2] q\nbit[2] c;", "qasm-syntax", 3, 10),
    "last statement without semicolon": (TWO + "qreg q[2];\nh q[0]\n", "qasm-syntax", 4, 6),
    "bracket not closed": (THREE + "qubit[2] q;\nx q[0;", "qasm-syntax", 4, 4),
    "bracket closes nothing": (THREE + "qubit[2] q;\nx q[0]);", "qasm-syntax", 4, 7),
    "text without end": (THREE + '"abc', "qasm-syntax", 3, 1),
    "comment without end": (THREE + "/* abc", "qasm-syntax", 3, 1),
    "single equals sign": (TWO + "qreg q[1];\ncreg c[1];\nif (c = 1) x q[0];", "qasm-syntax", 5, 7),
    "huge register": ("OPENQASM 2.0;\nqreg q[2000000000];", "qasm-too-large", 2, 1),
    "huge classical register": (THREE + "qubit q;\nbit[99999999999999999999] c;", "qasm-too-large", 4, 1),
    "huge physical qubit": ("OPENQASM 3.0;\nU(0,0,0) $123456;", "qasm-too-large", 2, 10),
    "huge loop": (THREE + "qubit q;\nfor int i in [0:100000000] { x q; }", "qasm-too-large", 4, 11),
}


@pytest.mark.parametrize(("text", "code", "line", "column"), MISTAKES.values(), ids=MISTAKES)
def test_a_certain_mistake_is_told_with_line_and_column(text, code, line, column):
    assert mistake(text) == (code, line, column)


def test_gates_that_double_at_every_step_are_counted_not_written_out():
    doubling = "".join(f"gate g{n} a {{ g{n - 1} a; g{n - 1} a; }}\n" for n in range(1, 60))
    assert mistake(TWO + "gate g0 a { h a; }\n" + doubling + "qreg q[1];\ng59 q[0];")[0] == "qasm-too-large"
    assert scan(TWO + "gate g0 a { h a; }\n" + doubling + "qreg q[1];\ng9 q[0];").num_qubits == 1


def test_gates_on_whole_registers_count_for_every_qubit():
    assert mistake(TWO + "qreg q[9000];\n" + "h q;\n" * 300)[0] == "qasm-too-large"
    assert scan(TWO + "qreg q[9000];\n" + "h q[0];\n" * 300 + "barrier q;\n" * 300).num_qubits == 9000


BOMBS = {
    "open comments": THREE + "/* " * 300_000,
    "brackets": THREE + "if(" * 200_000 + ")" * 200_000 + ";",
    "colons": THREE + "if(" + ":" * 400_000 + "());",
    "gates": THREE + "gate a() " * 100_000 + ";",
    "blanks": TWO + " " * 900_000,
    "includes": TWO + 'include "' * 100_000,
    "qubits": THREE + "qubit " * 150_000 + ";",
    "constants": THREE + "const int " * 100_000 + ";",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_no_text_takes_long(text):
    start = time.process_time()
    try:
        scan(text)
    except SourceError as error:
        assert error.line  # noqa: PT017
    assert time.process_time() - start < 30


def test_more_text_than_the_limit_is_not_scanned():
    assert mistake("OPENQASM 3.0;" + " " * (1 << 20))[0] == "qasm-too-large"
    assert mistake("OPENQASM 2.0;" + " " * (16 << 20))[0] == "qasm-too-large"


def agree(text, circuit):
    """What the scan says of a text is what Qiskit's importer made of it, as far as the scan knows."""
    seen, true = scan(text), facts_of(circuit)
    assert seen.num_qubits in (None, true.num_qubits)
    assert seen.registers is None or seen.registers == true.registers
    assert seen.parameters is None or seen.parameters == true.parameters
    assert seen.measures in (None, true.measures)


@pytest.mark.parametrize("seed", range(12))
def test_the_scan_agrees_with_qiskit_on_what_qiskit_writes(seed):
    circuit = random_circuit(4, 5, max_operands=3, measure=True, conditional=seed % 2 == 1, seed=seed)
    text = qasm3.dumps(circuit)
    agree(text, qasm3.loads(text))
    text = qasm2.dumps(random_circuit(4, 5, max_operands=3, measure=True, seed=seed))
    agree(text, qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS))


@pytest.mark.parametrize(
    "build", [lambda: random_circuit(3, 4, measure=True, seed=1), lambda: random_circuit(2, 3, measure=True, seed=2)]
)
def test_the_scan_never_refuses_what_qiskit_reads(build, rng):
    """Texts with a few characters changed: what the scan refuses, Qiskit refuses too."""
    text = qasm2.dumps(build())
    body = text.index("\n") + 1  # the header is qspec's own demand
    for _ in range(300):
        letters = list(text)
        for _ in range(rng.choice((1, 1, 2, 4))):
            letters[rng.randrange(body, len(letters))] = rng.choice(";[](){}\"/ \nqcx01,->'")
        mutated = "".join(letters)
        try:
            scan(mutated)
        except SourceError as error:
            with pytest.raises(qasm2.QASM2ParseError):  # noqa: PT012
                qasm2.loads(mutated, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
                pytest.fail(f"refused with '{error}': {mutated}")
