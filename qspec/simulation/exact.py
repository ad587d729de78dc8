"""Exact expectation values with Gaussian noise of the asked precision, from Aer's own estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.simulation.failures import simulating
from qspec.simulation.local import Outcome
from qspec.simulation.options import pub_seeds
from qspec.simulation.pubs import narrow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qiskit.primitives import PubResult
    from qiskit.primitives.containers.estimator_pub import EstimatorPub

    from qspec.simulation.local import LocalBackend

IMPLEMENTATION = "qiskit_aer.primitives.EstimatorV2"


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
    with simulating():
        results = [_run(backend, pub, precision, seed) for pub, seed in zip(pubs, seeds, strict=True)]
    return Outcome(
        result=PrimitiveResult(results, metadata={"version": 2}),
        implementation=IMPLEMENTATION,
        seeds=tuple({"simulator": seed} for seed in seeds),
        options={**options, "default_precision": precision},
        notes=("readout errors have no part in exact expectation values",) if backend.noise_target else (),
    )


def _run(backend: LocalBackend, pub: EstimatorPub, precision: float, seed: int) -> PubResult:
    from qiskit_aer.primitives import EstimatorV2

    small = narrow(backend, pub)
    simulator = small.backend.simulator([small.pub.circuit])
    if backend.noise_target is not None and backend.method == "automatic":
        # From ten qubits on Aer would choose to average a thousand noisy trajectories, which is not exact.
        simulator.set_options(method="density_matrix")
    estimator = EstimatorV2.from_backend(simulator, options={"run_options": {"seed_simulator": seed}})
    return estimator.run([small.pub], precision=precision).result()[0]
