"""The look-up of stage plug-ins that keeps the runtime out changes nothing else. Delete with `planning/stages.py`."""

from __future__ import annotations

import sys

import pytest
from qiskit.circuit.random import random_circuit
from qiskit.transpiler import generate_preset_pass_manager
from stevedore import ExtensionManager

from qspec.planning.fingerprint import fingerprint
from qspec.planning.stages import STAGES, methods, own_stages
from qspec.simulation.fake_target import load_target


@pytest.fixture(params=["line", "aer", "fake_manila", "fake_torino"])
def target(request, line_target, aer_target):
    known = {"line": line_target, "aer": aer_target}
    return known.get(request.param) or load_target(request.param)[1]


@pytest.mark.parametrize("level", range(4))
def test_circuits_are_equal_to_those_of_the_plain_pass_manager(level, target):
    circuit = random_circuit(4, 4, max_operands=3, measure=True, seed=level)
    plain = generate_preset_pass_manager(level, target=target, seed_transpiler=5)
    with own_stages(frozenset()):
        restricted = generate_preset_pass_manager(level, target=target, seed_transpiler=5)
        isa = restricted.run(circuit)
    assert fingerprint(isa) == fingerprint(plain.run(circuit))


def test_the_look_up_is_as_before_afterwards():
    def fail():
        with own_stages(frozenset()):
            assert before != ExtensionManager.ENTRY_POINT_CACHE
            raise ZeroDivisionError

    before = dict(ExtensionManager.ENTRY_POINT_CACHE)
    with pytest.raises(ZeroDivisionError):
        fail()
    assert before == ExtensionManager.ENTRY_POINT_CACHE


def test_only_qiskits_own_plug_ins_are_seen_and_those_that_are_named():
    with own_stages(frozenset()):
        seen = ExtensionManager("qiskit.transpiler.translation").names()
    assert set(seen) == {"default", "translator", "synthesis"}
    with own_stages(frozenset({"ibm_backend"})):
        seen = ExtensionManager("qiskit.transpiler.translation").names()
    assert set(seen) == {"default", "translator", "synthesis", "ibm_backend"}


def test_a_plug_in_of_another_package_can_be_named():
    assert "ibm_backend" in methods("translation")
    assert set(methods("layout")) == {"default", "dense", "sabre", "trivial"}
    assert "sk" in methods("unitary_synthesis")


def test_the_workaround_is_still_needed():
    """When this fails, Qiskit loads only what it uses: delete the module."""
    import subprocess

    code = (
        "import sys\n"
        "from qiskit.transpiler import generate_preset_pass_manager, Target\n"
        "from qiskit_aer import AerSimulator\n"
        "generate_preset_pass_manager(target=AerSimulator().target)\n"
        "print('qiskit_ibm_runtime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_the_stages_are_those_of_the_pass_manager(aer_target):
    assert set(generate_preset_pass_manager(target=aer_target).expanded_stages) >= set(STAGES)
