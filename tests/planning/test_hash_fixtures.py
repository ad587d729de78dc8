"""Circuits whose hashes were written down once: every later version of qspec, and of Qiskit, is held to them.

A new circuit is added by its name to `circuits` or `computed` below, and by `python tests/planning/test_hash_fixtures.py`,
which leaves alone what is there.
"""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest
from circuit_recipes import built, recipe
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import Parameter
from qiskit.circuit.library import efficient_su2, quantum_volume
from test_hash_stability import NUMBERED

from qspec.planning.fingerprint import fingerprint

FOLDER = Path(__file__).parent / "hashes"
HASHES = FOLDER / "hashes.json"
VERSION = 15
"""Of QPY: the first that has boxes with annotations."""


def circuits():
    """The circuits, by name."""
    found = {f"random-{number}": built(recipe(random.Random(number))) for number in range(12)}
    found |= {f"plain-{number}": built(recipe(random.Random(number), plain=True)) for number in range(6)}
    found["ansatz"] = efficient_su2(3, reps=1)
    bracket = QuantumCircuit(1)
    bracket.rx(Parameter("a") / (-Parameter("b") * Parameter("c")), 0)
    return found | {"brackets": bracket}


def computed():
    """Circuits with numbers that another machine may compute otherwise, in the last digit."""
    found = {name: make() for name, make in NUMBERED.items() if name != "names of registers"}  # QPY loses that one
    return found | {"volume": quantum_volume(4, 3, seed=1)}


def recorded():
    return json.loads(HASHES.read_text("utf-8"))


def stored(name):
    with (FOLDER / f"{name.replace(' ', '-')}.qpy").open("rb") as file:
        return qpy.load(file)[0]


@pytest.mark.parametrize("name", recorded())
def test_a_stored_circuit_has_the_hash_that_was_written_down(name):
    assert fingerprint(stored(name)) == recorded()[name]


def test_the_same_circuits_made_today_have_these_hashes():
    known = recorded()
    for name, circuit in circuits().items():
        assert fingerprint(circuit) == known[name], name


def add():
    """Write down the circuits that are not there yet."""
    known = recorded()
    for name, circuit in (circuits() | computed()).items():
        if name not in known:
            stream = io.BytesIO()
            qpy.dump(circuit, stream, version=VERSION)
            (FOLDER / f"{name.replace(' ', '-')}.qpy").write_bytes(stream.getvalue())
            known[name] = fingerprint(circuit)
    HASHES.write_text(json.dumps(known, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    add()
