"""Angles out of bounds: folded as with the runtime imported, and the runtime imported only then."""

from __future__ import annotations

import pytest

CODE = """
    import sys
    {first}
    from qiskit import QuantumCircuit
    from qiskit.transpiler import PassManager
    from qiskit.transpiler.passes import WrapAngles
    from qspec.simulation.angles import with_angle_wrappers
    from qspec.simulation.fake_target import load_target

    target = load_target('{device}')[1]
    circuit = QuantumCircuit(target.num_qubits)
    for number, angle in enumerate({angles}):
        circuit.sx([0, 1, 2])
        circuit.rzz(angle, number % 2, number % 2 + 1)
    # The last pass of the preset managers' translation. The managers themselves import every plug-in, the runtime's
    # among them, unless they are kept from it as in qspec.planning.
    manager = PassManager([WrapAngles(target)])
    isa = with_angle_wrappers(target, lambda: manager.run(circuit))
    used = 'qiskit_ibm_runtime' in sys.modules
    gates = [(i.name, [isa.find_bit(q).index for q in i.qubits], [float(p) for p in i.params]) for i in isa.data]
    print({printed})
"""


def printed(run_python, *, first="", device="fake_fractional", angles, what):
    return run_python(CODE.format(first=first, device=device, angles=angles, printed=what))


def test_angles_are_folded_as_with_the_runtime_imported_from_the_start(run_python):
    """Two of five angles lie within the bounds of a device, from 0 to pi/2, and stay."""
    angles = (2.0, -1.0, 0.5, 1.5, -7.0, 9.5)
    what = (
        "used, 0.5 in [p[0] for name, _, p in gates if name == 'rzz'], "
        "all(0 <= p[0] <= 1.5708 for name, _, p in gates if name == 'rzz'), "
        "Operator(isa).equiv(circuit), isa.global_phase, gates"
    )
    imports = "from qiskit.quantum_info import Operator"
    lazily = printed(run_python, first=imports, angles=angles, what=what)
    eagerly = printed(run_python, first=f"{imports}; import qiskit_ibm_runtime", angles=angles, what=what)
    assert lazily.startswith("True True True True")
    assert lazily == eagerly


@pytest.mark.parametrize(("device", "angles"), [("fake_fractional", (0.3, 1.5)), ("fake_torino", (2.0, -1.0))])
def test_without_an_angle_to_fold_the_runtime_is_not_imported(run_python, device, angles):
    assert printed(run_python, device=device, angles=angles, what="used") == "False"


def test_other_errors_pass_through(target_of):
    from qspec.simulation.angles import with_angle_wrappers

    def fail():
        raise KeyError("something else")

    with pytest.raises(KeyError, match="something else"):
        with_angle_wrappers(target_of("fake_fractional"), fail)
