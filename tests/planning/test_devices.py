from __future__ import annotations

import pytest
from small import job, text

from qspec.errors import SpecError
from qspec.planning.plan import plan
from qspec.simulation.fake_data import list_devices

ANSATZ = {"made": {"kind": "library", "name": "efficient_su2", "args": {"num_qubits": 2}, "measure": "all"}}
VALUES = {"θ": [0.1] * 16}
JOB = job("sampler", {"circuit": "made", "parameter_values": VALUES})
JOB_WITHOUT_VALUES = job("sampler", {"circuit": "made"})
NOT_THESE = {"fake_armonk", "fake_cairo"}  # one qubit; gates in one direction, which Qiskit cannot turn
DEVICES = sorted(device.name for device in list_devices() if device.name not in NOT_THESE)
SAMPLE = ("fake_manila", "fake_torino", "fake_brisbane", "fake_fez", "fake_yorktown", "fake_sydney")
WAITING = {"made": text("qubit[2] q; bit[2] c; h q[0]; delay[100ns] q[0]; cx q[0], q[1]; c = measure q;")}


def of(device, **settings):
    return {"backend": {"kind": "fake", "name": device}, **({"transpile": settings} if settings else {})}


@pytest.mark.parametrize(
    "device", [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.slow) for name in DEVICES]
)
def test_an_ordinary_circuit_can_be_planned_on_the_fake_devices(planned, device):
    assert not planned(**of(device), circuits=ANSATZ, **JOB).findings


def test_a_gate_in_the_wrong_direction_is_told_with_advice(load):
    with pytest.raises(SpecError) as caught:
        plan(load(**of("fake_cairo"), circuits=ANSATZ, **JOB))
    [finding] = caught.value.findings
    assert finding.code == "transpile-failed"
    assert "initial_layout" in finding.label


def test_another_layout_helps(planned):
    assert planned(**of("fake_cairo", initial_layout=[3, 5]), circuits=ANSATZ, **JOB).jobs


def test_a_delay_off_the_alignment_is_told_with_advice_and_without_qiskits_names(load):
    with pytest.raises(SpecError) as caught:
        plan(load(**of("fake_manila"), circuits=WAITING, **JOB_WITHOUT_VALUES))
    [finding] = caught.value.findings
    assert "circuit-" not in finding.message
    assert "circuit 'made' is not scheduled" in finding.message
    assert "scheduling_method: alap" in finding.label
    assert "16 dt" in finding.label


def test_the_advice_helps(planned):
    assert planned(**of("fake_manila", scheduling_method="alap"), circuits=WAITING, **JOB_WITHOUT_VALUES).jobs


def test_the_delay_between_shots_is_the_one_in_force(planned):
    def delays(**jobs):
        made = {
            name: {"program_id": "sampler", "pubs": [{"circuit": "bell"}], "options": options}
            for name, options in jobs.items()
        }
        return planned(**of("fake_manila"), jobs=made).data()["estimate"]["delay_between_shots_seconds"]

    slow = {"execution": {"rep_delay": 0.0005}}
    assert delays(a={}) == 250e-6
    assert delays(a=slow) == 0.0005
    assert delays(a=slow, b={}) == {"a": 0.0005, "b": 250e-6}


def test_the_width_is_that_of_the_circuit_and_not_of_the_device(planned):
    plan = planned(**of("fake_torino"))
    data = plan.data()
    assert {circuit["num_qubits"] for circuit in data["circuits"].values()} == {2}
    assert [pub["num_qubits"] for found in data["jobs"].values() for pub in found["pubs"]] == [2, 2]
    assert plan.jobs[0].pubs[0].circuit.circuit.num_qubits == 133
