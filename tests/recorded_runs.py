"""Runs on disk, made by hand from real results, for tests of what reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.primitives import StatevectorEstimator, StatevectorSampler

from qspec.records.folder import RunFolder
from qspec.records.names import ARRAYS, METADATA
from qspec.records.parts import BackendRecord, CircuitRecord, FileRecord, JobRecord, PlatformRecord, PubRecord
from qspec.records.record import RunRecord
from qspec.records.results import save_result
from qspec.records.view import FinishedRun

HASH = "sha256:" + "ab" * 32


def record(**changes) -> RunRecord:
    """A record of a run that has just been created, with every part in it."""
    circuit = CircuitRecord(
        id="bell",
        hash=HASH,
        num_qubits=2,
        physical_qubits=(0, 1),
        depth=3,
        size=4,
        two_qubit_gates=1,
        two_qubit_depth=1,
        operations={"h": 1, "cx": 1, "measure": 2},
        registers={"meas": 2},
        duration=1.5e-06,
        qpy="circuits/ab.qpy",
        qasm=None,
    )
    platform = PlatformRecord(system="Linux", release="6.1", machine="x86_64", cpus=2, usable_cpus=2, blas={})
    made = RunRecord(
        run="20250131T120000.000000Z-abababab",
        name="bell",
        tags=("tutorial",),
        created="2025-01-31T12:00:00.000000Z",
        outcome="unfinished",
        spec=FileRecord(path="specs/bell.yaml", sha256=HASH, stored="spec.yaml"),
        inputs=(FileRecord(path="circuits/bell.qasm", sha256=HASH, stored="inputs/circuits/bell.qasm"),),
        overrides=("seed=42",),
        seed=42,
        seeds={"simulator/counts": 7},
        versions={"python": "3.11.7", "qiskit": "2.6.2"},
        platform=platform,
        backend=BackendRecord(kind="aer", name="aer_simulator", num_qubits=None, source={"package": "qiskit-aer"}),
        circuits=(circuit,),
        jobs=(job("counts"),),
    )
    return replace(made, **changes)


def job(name: str, *, pubs: int = 1, shape: tuple[int, ...] = (), **changes) -> JobRecord:
    """A record of a job that has not started."""
    known = tuple(PubRecord(index=index, circuit="bell", isa=HASH, shape=shape) for index in range(pubs))
    made = JobRecord(
        id=name, program_id="sampler", status="INITIALIZING", seed=7, shots=100, precision=None, pubs=known
    )
    return replace(made, **changes)


def empty_folder(runs_dir, name: str = "bell", *, time=None) -> RunFolder:
    """An empty folder for a run, named as runs are."""
    stamp = (time or datetime.now(UTC)).strftime("%Y%m%dT%H%M%S.%fZ")
    folder = RunFolder(runs_dir / name / f"{stamp}-abababab")
    folder.path.mkdir(parents=True)
    return folder


def finished_run(runs_dir, /, **results) -> FinishedRun:
    """A run folder that holds these results, by job id; a job whose result is None has failed."""
    folder = empty_folder(runs_dir)
    jobs = [_saved(folder, name, result) for name, result in results.items()]
    made = record(run=folder.run, jobs=tuple(jobs), outcome="done")
    folder.write_record(made)
    return FinishedRun(made, folder.path)


def _saved(folder: RunFolder, name: str, result) -> JobRecord:
    if result is None:
        return job(name, status="ERROR", error="the simulator gave up")
    place = folder.path / "jobs" / name
    place.mkdir(parents=True)
    saving = save_result(place, result)
    pubs = tuple(
        PubRecord(index=index, circuit="bell", isa=HASH, shape=tuple(pub.data.shape), result_hash=noted)
        for index, (pub, noted) in enumerate(zip(result, saving.pub_hashes, strict=True))
    )
    files = {"result": f"jobs/{name}/{ARRAYS}", "metadata": f"jobs/{name}/{METADATA}"}
    return replace(job(name, status="DONE", **files), pubs=pubs)


def bell() -> QuantumCircuit:
    """A measured Bell pair."""
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def rotated(*, measured: bool = True) -> QuantumCircuit:
    """Two qubits turned about y by θ[0] and θ[1]."""
    angles = ParameterVector("θ", 2)
    circuit = QuantumCircuit(2)
    circuit.ry(angles[0], 0)
    circuit.ry(angles[1], 1)
    if measured:
        circuit.measure_all()
    return circuit


def sampled(*pubs, shots: int = 200, seed: int = 5):
    """The result of sampling PUBs."""
    return StatevectorSampler(seed=seed).run(list(pubs), shots=shots).result()


def estimated(*pubs, precision: float = 0.0, seed: int = 5):
    """The result of estimating PUBs."""
    return StatevectorEstimator(seed=seed).run(list(pubs), precision=precision).result()


def alike(left, right) -> bool:
    """Whether two `PrimitiveResult`s are the same: types, shapes, names, arrays bit for bit, and metadata."""
    if len(left) != len(right) or left.metadata != right.metadata:
        return False
    return all(_pubs_alike(one, other) for one, other in zip(left, right, strict=True))


def _pubs_alike(one, other) -> bool:
    fields = (list(one.data), list(other.data))
    facts = (type(one), one.data.shape, one.metadata) == (type(other), other.data.shape, other.metadata)
    return facts and fields[0] == fields[1] and all(_same(one.data[name], other.data[name]) for name in fields[0])


def _same(one, other) -> bool:
    if type(one) is not type(other):
        return False
    if hasattr(one, "num_bits"):
        return one.num_bits == other.num_bits and _same(one.array, other.array)
    if not hasattr(one, "dtype"):
        return one == other
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
