"""A forgotten ';' or ',' is found by a look at the text, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from qspec.errors import SourceError
from qspec.openqasm import scan

HEAD = {2: 'OPENQASM 2.0;\ninclude "qelib1.inc";\n', 3: 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'}


@pytest.mark.parametrize(
    ("version", "text", "place", "message"),
    [
        (3, "qubit[2] q;\nh q[0]\ncx q[0], q[1];", (4, 6), "';' is missing at the end of this statement"),
        (3, "qubit[2] q;\ncx q[0] q[1];", (4, 7), "',' or ';' is missing after this"),
        (3, "qubit[1] q;\nbit[1] c;\nc[0] = measure q[0]\nx q[0];", (5, 19), "';' is missing"),
        (2, "qreg q[2];\ncreg c[2]\nmeasure q -> c;", (4, 9), "';' is missing"),
        (2, "qreg q[2];\ncx q[0] q[1];", (4, 7), "',' or ';' is missing after this"),
        (2, "qreg q[2];\nh q[0]", (4, 6), "';' is missing at the end of the last statement"),
    ],
)
def test_a_forgotten_sign_is_found_at_its_place(version, text, place, message):
    with pytest.raises(SourceError) as caught:
        scan(HEAD[version] + text)
    assert message in str(caught.value)
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    "text",
    [
        "qubit[2] q; bit[2] c; c = measure q;",
        "complex[float[64]] z;",
        "array[int[8], 2] a;",
        "qubit[2] q; for uint[8] i in [0:1] x q[0];",
        "qubit[2] q; bit[2] c; for bit b in c[0:1] x q[0];",
        "qubit q; delay[10ns] q;",
        "input angle[20] t;",
        "def f(qubit[2] q) -> bit[2] { return measure q; }",
        "qubit[2] q; bit[1] c; if (c[0] == 1) x q[0]; else x q[1];",
        "cal { play(d0[1] wave); }",
        "qubit[2] q; // cx q[0] q[1]\nh q[0];",
    ],
)
def test_what_may_follow_a_bracket_is_left_alone(text):
    scan(HEAD[3] + text)
