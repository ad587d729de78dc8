"""What stands in a QPY file is the circuit, delays in seconds included, which QPY alone would not keep."""

from __future__ import annotations

import io
import json

import pytest
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import Parameter

import qspec
from qspec.planning.fingerprint import fingerprint
from qspec.records.circuits import circuit_bytes, with_delays_read, with_delays_written

TEXT = """\
OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
delay[100ns] q[0];
delay[1.5us] q[1];
cx q[0], q[1];
c = measure q;
"""


def back(content):
    (found,) = qpy.load(io.BytesIO(content))
    return with_delays_read(found)


@pytest.mark.parametrize("version", [None, 17])
@pytest.mark.parametrize(
    ("duration", "unit"),
    [
        (100, "ns"),
        (1.5, "us"),
        (1e-7, "s"),
        (2, "ms"),
        (3, "ps"),
        (160, "dt"),
        (Parameter("t"), "us"),
        (2 * Parameter("t"), "dt"),
    ],
)
def test_a_delay_keeps_its_duration_and_unit(duration, unit, version):
    circuit = QuantumCircuit(2, 1)
    circuit.delay(duration, 0, unit=unit)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.delay(duration, 1, unit=unit)
        circuit.x(1)
    read = back(circuit_bytes(circuit, version))
    assert fingerprint(read) == fingerprint(circuit)
    for found in (read.data[0], read.data[2].operation.blocks[0].data[0]):
        assert found.operation.unit == unit
        assert found.operation.duration == duration


def test_a_circuit_without_such_delays_is_left_alone():
    circuit = QuantumCircuit(1, 1)
    circuit.delay(16, 0)
    with circuit.for_loop(range(2)):
        circuit.x(0)
    assert with_delays_written(circuit) is circuit
    assert with_delays_read(circuit) is circuit


@pytest.mark.parametrize("transpile", [True, False])
def test_a_run_with_delays_in_seconds_is_done_again_and_locked(tmp_path, transpile):
    spec = tmp_path / "delays.yaml"
    whole = {
        "qspec": 1,
        "name": "delays",
        "seed": 3,
        "backend": {"kind": "aer"},
        "transpile": {"enabled": transpile},
        "circuits": {"waits": {"kind": "qasm", "source": TEXT}},
        "jobs": {"counts": {"program_id": "sampler", "shots": 500, "pubs": [{"circuit": "waits"}]}},
    }
    spec.write_text(json.dumps(whole), "utf-8")
    run = qspec.run(spec, tmp_path / "runs")
    assert [each.operation.unit for each in run.circuit("counts").data if each.name == "delay"] == (
        ["s", "s"] if transpile else ["ns", "us"]
    )
    again = qspec.rerun(run.folder, tmp_path / "runs")
    assert qspec.compare(run, again).word == "identical"
    assert [pub.isa for pub in again.record.jobs[0].pubs] == [pub.isa for pub in run.record.jobs[0].pubs]
    lock = qspec.lock(spec, of=run)
    assert qspec.compare(lock, qspec.run(spec, tmp_path / "runs", locked=True)).word == "identical"
