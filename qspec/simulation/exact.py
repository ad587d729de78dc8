"""Exact expectation values with Gaussian noise of the asked precision, from Aer's own estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.simulation.chance import dynamic, has_chance, without_chance
from qspec.simulation.failures import simulating
from qspec.simulation.local import Outcome
from qspec.simulation.options import pub_seeds
from qspec.simulation.pubs import narrow, with_circuit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.primitives import PubResult
    from qiskit.primitives.containers.estimator_pub import EstimatorPub

    from qspec.simulation.local import LocalBackend

IMPLEMENTATION = "qiskit_aer.primitives.EstimatorV2"
AVERAGED = (
    "values of circuits with control flow, or with a measurement or reset midway, are averages over {shots} "
    "simulated runs, not exact: the standard errors leave that out"
)
"""What the record says where chance could not be taken out of a simulation."""

_DENSE_QUBITS = 13  # a density matrix of 1 GiB


def run_exact(
    backend: LocalBackend,
    pubs: Sequence[EstimatorPub],
    *,
    options: Mapping[str, Any],
    precision: float,
    seeds: Sequence[int],
) -> Outcome:
    """Evaluate every PUB in a job of its own, with noise from its own seed. Raises `JobError` when Aer fails.

    The noise of gates is in the values; readout errors are not, since nothing is measured.
    """
    from qiskit.primitives import PrimitiveResult

    seeds = pub_seeds(options, seeds)
    notes = ["readout errors have no part in exact expectation values"] if backend.noise_target else []
    with simulating():
        results = [_run(backend, pub, precision, seed, notes) for pub, seed in zip(pubs, seeds, strict=True)]
    return Outcome(
        result=PrimitiveResult(results, metadata={"version": 2}),
        implementation=IMPLEMENTATION,
        seeds=tuple({"simulator": seed} for seed in seeds),
        options={**options, "default_precision": precision},
        notes=tuple(dict.fromkeys(notes)),
    )


def _run(backend: LocalBackend, pub: EstimatorPub, precision: float, seed: int, notes: list[str]) -> PubResult:
    """The result of one PUB; what is to be said of it is added to `notes`."""
    from qiskit_aer.primitives import EstimatorV2

    small = narrow(backend, pub)
    circuit = small.pub.circuit
    simulator = small.backend.simulator([circuit])
    if _takes_density_matrix(backend, circuit):
        # From ten qubits on Aer would choose to average a thousand noisy trajectories, which is not exact.
        simulator.set_options(method="density_matrix")
    if simulator.options.method == "density_matrix" and not dynamic(circuit):
        circuit = without_chance(circuit)
    elif dynamic(circuit) or has_chance(circuit):
        notes.append(AVERAGED.format(shots=simulator.options.shots))
    estimator = EstimatorV2.from_backend(simulator, options={"run_options": {"seed_simulator": seed}})
    return estimator.run([with_circuit(small.pub, circuit)], precision=precision).result()[0]


def _takes_density_matrix(backend: LocalBackend, circuit: QuantumCircuit) -> bool:
    if backend.method != "automatic":
        return False
    midway = has_chance(circuit) and not dynamic(circuit) and circuit.num_qubits <= _DENSE_QUBITS
    return backend.noise_target is not None or midway
