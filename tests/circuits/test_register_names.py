from __future__ import annotations

import pytest
from qiskit import qasm3, transpile
from qiskit_aer import AerSimulator

from qspec.circuits.qasm import Qasm
from qspec.openqasm import scan

HEADER = 'OPENQASM 3.0; include "stdgates.inc";\n'
NESTED = """\
qubit[2] Q; bit[2] C; bit[1] _m; bit[1] é;
h Q[0]; h Q[1]; C = measure Q; _m[0] = measure Q[0];
if (C == 1) { h Q[1]; if (_m == 1) { h Q[0]; _m[0] = measure Q[1]; } }
for uint i in [0:2] { if (C[0]) { h Q[0]; } }
while (C == 2) { C = measure Q; x Q[0]; }
é[0] = measure Q[0];
"""


def load(text):
    return Qasm(source=HEADER + text).load(None)


def registers(circuit):
    return [register.name for register in (*circuit.qregs, *circuit.cregs)]


def counts(circuit):
    simulator = AerSimulator()
    return simulator.run(transpile(circuit, simulator), shots=500, seed_simulator=5).result().get_counts()


@pytest.mark.parametrize("name", ["C", "_c", "é", "Result_1", "c", "esc_c", "cé"])
def test_registers_have_the_names_that_the_text_gives_them(name):
    text = f"qubit[1] q; bit[1] {name}; {name} = measure q;"
    assert registers(load(text)) == ["q", name]
    assert list(scan(HEADER + text).registers) == [name]


def test_a_register_that_is_written_with_the_prefix_keeps_it():
    assert registers(load("gate C a { x a; } qubit[1] q; bit[1] esc_C; C q[0]; esc_C = measure q;")) == ["q", "esc_C"]


def test_names_in_comments_do_not_count():
    assert registers(load("// not esc_C\nqubit[1] q; bit[1] C; C = measure q;")) == ["q", "C"]


def test_renamed_registers_are_the_ones_that_nested_conditions_read():
    circuit = load(NESTED)
    assert registers(circuit) == ["Q", "C", "_m", "é"]
    assert "esc_" not in qasm3.dumps(circuit)
    assert counts(circuit) == counts(qasm3.loads(HEADER + NESTED))


def test_physical_qubits_stay_where_they_are():
    circuit = load("bit[1] C; x $2; C[0] = measure $2;")
    assert circuit.layout is not None
    assert registers(circuit)[-1] == "C"
    assert circuit.layout.initial_layout[circuit.qubits[2]] == 2
