"""Many runs of one job: each outcome is bit for bit what the run gives alone."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.primitives.containers.bindings_array import BindingsArray
from qiskit.primitives.containers.observables_array import ObservablesArray
from qiskit.quantum_info import SparsePauliOp
from qiskit.transpiler import generate_preset_pass_manager

from qspec.backends.aer import Aer
from qspec.backends.fake import Fake
from qspec.errors import JobError
from qspec.programs.estimator import Estimator
from qspec.programs.sampler import Sampler
from qspec.simulation import exact
from qspec.simulation.local import Share

ANGLES = ParameterVector("t", 2)
"""The parameters of all circuits here."""


def plain(measured):
    circuit = QuantumCircuit(3)
    circuit.ry(ANGLES[0], 0)
    circuit.cx(0, 1)
    circuit.rx(2 * ANGLES[1], 2)
    circuit.cx(2, 1)
    if measured:
        circuit.measure_all()
    return circuit


def fixed(measured):
    """Has no parameters, though its PUBs may have a shape."""
    circuit = QuantumCircuit(3)
    circuit.ry(0.7, 0)
    circuit.cx(0, 1)
    if measured:
        circuit.measure_all()
    return circuit


def midway(measured):
    """Measures and resets a qubit midway, and has a block that reads the outcome."""
    circuit = QuantumCircuit(3, 1)
    circuit.ry(ANGLES[0], 0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.ry(ANGLES[1], 1)
    circuit.reset(0)
    if measured:
        circuit.measure_all()
    return circuit


def shares_of(job, backend, builds, number=6, shape=()):
    """Shares of two PUBs each, whose circuits take turns; values and seeds differ."""
    manager = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1)
    circuits = [manager.run(build(not job.observables)) for build in builds]
    rng = np.random.default_rng(4)
    observables = [observed(circuit) if job.observables else None for circuit in circuits]
    shares = []
    for index in range(number):
        which = index // 2 % len(circuits)
        pubs = [
            job.make_pub(circuits[which], values_of(circuits[which], rng, shape), observables[which]) for _ in range(2)
        ]
        shares.append(Share(pubs=pubs, seed=100 + index, pub_seeds=(10 + index, 50 + index)))
    return shares


def observed(circuit):
    wanted = [SparsePauliOp(["ZZI", "XXY", "IIZ"], [1.0, 0.5, -0.3]), SparsePauliOp(["YZX"])]
    return ObservablesArray.coerce([observable.apply_layout(circuit.layout) for observable in wanted])


def values_of(circuit, rng, shape):
    return BindingsArray({parameter: rng.random((*shape, 1)) for parameter in circuit.parameters}, shape=shape)


def assert_same(each, alone):
    assert each.implementation == alone.implementation
    assert (each.seeds, each.options, each.notes) == (alone.seeds, alone.options, alone.notes)
    assert len(each.result) == len(alone.result)
    for mine, other in zip(each.result, alone.result, strict=True):
        assert list(mine.data) == list(other.data)
        assert mine.data.shape == other.data.shape
        for name in mine.data:
            ours, theirs = (getattr(data[name], "array", data[name]) for data in (mine.data, other.data))
            assert type(ours) is type(theirs)
            assert np.array_equal(ours, theirs)
        assert lasting(mine.metadata) == lasting(other.metadata)


def lasting(metadata):
    """Metadata without how long something took."""
    return {
        key: lasting(value) if isinstance(value, dict) else value
        for key, value in metadata.items()
        if key != "simulator_metadata"
    }


CASES = {
    "sampler, ideal": (Sampler(pubs=(), shots=50), Aer(), (plain, midway, fixed)),
    "sampler, noisy": (Sampler(pubs=(), shots=50), Fake(name="fake_manila"), (plain, midway)),
    "sampler, twirled": (
        Sampler(pubs=(), shots=50, options={"twirling": {"enable_measure": True}}),
        Fake(name="fake_manila"),
        (plain,),
    ),
    "sampler, seed from the options": (
        Sampler(pubs=(), shots=50, options={"simulator": {"seed_simulator": 5}}),
        Aer(),
        (plain,),
    ),
    "estimator, sampled": (Estimator(pubs=(), precision=0.1), Aer(), (plain, midway, fixed)),
    "estimator, exact": (Estimator(pubs=(), precision=0.1), Aer(expectation="exact"), (plain, midway, fixed)),
    "estimator, exact, noisy": (
        Estimator(pubs=(), precision=0.1),
        Aer(expectation="exact", noise_from="fake_manila"),
        (plain, midway),
    ),
    "estimator, mitigated": (Estimator(pubs=(), precision=0.1), Fake(name="fake_manila"), (plain,)),
    "estimator, by whom depends on the circuit": (
        Estimator(pubs=(), precision=0.1, options={"resilience_level": 0}),
        Fake(name="fake_manila"),
        (plain, midway),
    ),
}


@pytest.mark.parametrize("shape", [(), (3, 1)], ids=str)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_outcome_is_that_of_the_run_alone(case, shape):
    job, kind, builds = case
    backend = kind.open()
    number = 0
    shares = shares_of(job, backend, builds, number=4 if job.needs_runtime(backend) else 9, shape=shape)
    for share, outcome in zip(shares, job.run_each(backend, iter(shares)), strict=True):
        fresh = kind.open()
        assert_same(outcome, job.run(fresh, share.pubs, seed=share.seed, pub_seeds=share.pub_seeds))
        number += 1
    assert number == len(shares)


def test_exact_values_are_the_same_however_many_points_go_together(monkeypatch):
    job, kind, builds = CASES["estimator, exact"]
    backend = kind.open()
    shares = shares_of(job, backend, builds[:1], number=20)
    together = list(job.run_each(backend, shares))
    monkeypatch.setattr(exact, "_SETS_TOGETHER", 6)
    for ours, theirs in zip(job.run_each(backend, shares), together, strict=True):
        assert_same(ours, theirs)


def failing(number):
    """Shares of an exact estimator of which the one at `number` has a circuit that is too wide to simulate."""
    job, backend = Estimator(pubs=(), precision=0.1), Aer(expectation="exact", method="statevector").open()
    shares = []
    for index in range(5):
        circuit = QuantumCircuit(60 if index == number else 1)
        circuit.h(range(circuit.num_qubits))
        observable = ObservablesArray.coerce(["X" * circuit.num_qubits])
        shares.append(Share(pubs=[job.make_pub(circuit, BindingsArray(), observable)], seed=1, pub_seeds=(1,)))
    return job, backend, shares


def test_what_stands_before_a_failing_share_comes_and_what_stands_behind_can_be_gone_on_with():
    job, backend, shares = failing(3)
    outcomes = job.run_each(backend, shares)
    assert [next(outcomes).result[0].data.stds for _ in range(3)] == [0.1, 0.1, 0.1]
    with pytest.raises(JobError, match="too wide"):
        next(outcomes)
    assert len(list(job.run_each(backend, shares[4:]))) == 1
