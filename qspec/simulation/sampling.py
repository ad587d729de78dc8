"""Shots of circuits that measure themselves, from Aer's own sampler: no twirling, no runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.simulation.failures import simulating
from qspec.simulation.local import Outcome
from qspec.simulation.options import given, with_seed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qiskit.primitives.containers.sampler_pub import SamplerPub

    from qspec.simulation.local import LocalBackend

IMPLEMENTATION = "qiskit_aer.primitives.SamplerV2"


def sample(
    backend: LocalBackend, pubs: Sequence[SamplerPub], *, options: Mapping[str, Any], shots: int, seed: int
) -> Outcome:
    """Sample all PUBs in one job. Raises `JobError` when Aer fails.

    Aer seeds the k-th circuit of a job with `seed + 2113 k`, where a PUB counts as many circuits as it has
    parameter sets: equal PUBs are independent.
    """
    from qiskit_aer.primitives import SamplerV2

    said = given(options, "simulator", "seed_simulator")
    seed = seed if said is None else int(said)
    with simulating():
        simulator = backend.simulator([pub.circuit for pub in pubs])
        result = SamplerV2.from_backend(simulator, seed=seed).run(pubs, shots=shots).result()
    return Outcome(
        result=result,
        implementation=IMPLEMENTATION,
        seeds=tuple({"simulator": seed, "circuit": first} for first in _first_circuits(pubs)),
        options=with_seed({**options, "default_shots": shots}, seed),
    )


def _first_circuits(pubs: Sequence[SamplerPub]) -> list[int]:
    """How many circuits stand before each PUB in the job."""
    first = [0]
    for pub in pubs[:-1]:
        first.append(first[-1] + int(pub.parameter_values.size))
    return first
