"""A run with counts, a broadcast sampler PUB, and expectation values with parameters."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from qiskit.quantum_info import SparsePauliOp
from recorded_runs import bell, estimated, finished_run, rotated, sampled

from qspec.records.archive import pack, write_arrays
from qspec.records.view import FinishedRun

ANGLES = np.array([[0.0, 0.0], [np.pi, 0.0], [np.pi, np.pi]])
ZI = SparsePauliOp("IZ")


@pytest.fixture
def run(tmp_path) -> FinishedRun:
    """Jobs `counts` (a Bell pair, then three points of two rotated qubits), `energy` (Z of qubit 0) and `lost`."""
    made = finished_run(
        tmp_path,
        counts=sampled(bell(), (rotated(), ANGLES)),
        energy=estimated((rotated(measured=False), ZI, ANGLES)),
        lost=None,
    )
    stream = io.BytesIO()
    names = np.array(["θ[0]", "θ[1]"])
    write_arrays(stream, pack([{"parameter_values": ANGLES, "parameters": names}]))
    (made.folder / "jobs/energy/inputs.npz").write_bytes(stream.getvalue())
    counts, energy, lost = made.record.jobs
    energy = replace(energy, program_id="estimator", shots=None, precision=0.01, inputs="jobs/energy/inputs.npz")
    return FinishedRun(replace(made.record, jobs=(counts, energy, lost)), made.folder)
