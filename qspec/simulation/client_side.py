"""The runtime's own client-side primitives in local mode, for twirling, dynamical decoupling and mitigation.

In local mode every PUB of a job would get the same seed, so each has a job of its own; and these primitives twirl
and measure every qubit of a device, so that a PUB is run on the qubits that it uses.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from qspec.simulation.compaction import compact
from qspec.simulation.options import given, in_words_of_the_job, pub_seeds, with_seed
from qspec.simulation.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qiskit.primitives import PrimitiveResult

    from qspec.simulation.compaction import Pub
    from qspec.simulation.local import LocalBackend


def run_client_side(
    program: str, backend: LocalBackend, pubs: Sequence[Pub], *, options: Mapping[str, Any], seeds: Sequence[int]
) -> Outcome:
    """Run each PUB in a job of its own, from its own seed, with the options as they are given.

    The seed is that of the twirling and of the shots. What the primitive warns of becomes the outcome's notes.
    Raises `JobError` when the primitive refuses the options or the circuits, or fails.
    """
    from qiskit.primitives import PrimitiveResult

    primitive = _primitive(program)
    seeds = pub_seeds(options, seeds)
    with in_words_of_the_job(program), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        results = [
            _run_alone(primitive, backend, pub, with_seed(options, seed)) for pub, seed in zip(pubs, seeds, strict=True)
        ]
    in_force = with_seed(results[0].metadata["options"], given(options, "simulator", "seed_simulator"))
    return Outcome(
        result=PrimitiveResult([_plain(result[0]) for result in results], metadata={"options": in_force}),
        implementation=f"{primitive.__module__.rpartition('.')[0]}.{primitive.__name__}",
        seeds=tuple({"simulator": seed} for seed in seeds),
        options=in_force,
        notes=tuple(dict.fromkeys(str(warning.message) for warning in said)),
    )


def _primitive(program: str) -> Any:
    if program == "sampler":
        from qiskit_ibm_runtime.executor_sampler import Sampler

        return Sampler
    from qiskit_ibm_runtime.executor_estimator import Estimator

    return Estimator


def _run_alone(primitive: Any, backend: LocalBackend, pub: Pub, options: Mapping[str, Any]) -> PrimitiveResult[Any]:
    small = compact(backend, pub)
    return primitive(mode=small.simulator, options=dict(options)).run([small.pub]).result()


def _plain(result: Any) -> Any:
    """The result of a PUB as Qiskit's own class, which can be read where the runtime is not installed."""
    from qiskit.primitives import PubResult, SamplerPubResult

    plain = SamplerPubResult if isinstance(result, SamplerPubResult) else PubResult
    return plain(result.data, metadata=result.metadata)
