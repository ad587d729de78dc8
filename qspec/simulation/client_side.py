"""The runtime's own client-side primitives in local mode, for twirling, dynamical decoupling and mitigation.

In local mode every PUB of a job would get the same seed, so each has a job of its own; and these primitives twirl
and measure every qubit of a device, so that a PUB is run on the qubits that it uses.
"""

from __future__ import annotations

import math
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qspec.errors import JobError
from qspec.frozen import frozen
from qspec.simulation import resilience
from qspec.simulation.decoded import plain_pub
from qspec.simulation.failures import simulating
from qspec.simulation.local import Outcome
from qspec.simulation.options import (
    changes_nothing_to_decouple,
    given,
    pub_seeds,
    twirled_shots,
    twirls,
    with_seed,
)
from qspec.simulation.pubs import narrow, with_circuit
from qspec.simulation.remembered import Remembered
from qspec.simulation.twirlable import TRANSLATED, foreign_gates, twirlable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.primitives.containers.observables_array import ObservablesArray
    from qiskit_aer import AerSimulator

    from qspec.simulation.local import LocalBackend, Share
    from qspec.simulation.pubs import Pub

STDS = "stds are the runtime's own: it takes all terms as independent, also those measured in the same shots"


def run_each_client_side(
    program: str, backend: LocalBackend, shares: Iterable[Share], *, options: Mapping[str, Any]
) -> Iterator[Outcome]:
    """Run each PUB of each share in a job of its own, from its own seed, with the options as they are given.

    The seed is that of the twirling and of the shots. What the primitive warns of becomes the outcome's notes.
    Raises `JobError` when the primitive refuses the options or the circuits, or fails.
    """
    primitive = _primitive(program)
    prepared = Remembered[_Prepared]()
    for share in shares:
        seeds = pub_seeds(options, share.pub_seeds)
        with in_its_own_words(program), simulating(), warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            results = [
                _run_alone(
                    primitive, _prepare(backend, pub, prepared), pub, with_seed(_schedulable(options, backend), seed)
                )
                for pub, seed in zip(share.pubs, seeds, strict=True)
            ]
        yield _outcome(program, primitive, share.pubs, results, options, seeds, [str(each.message) for each in said])


def _outcome(
    program: str,
    primitive: Any,
    pubs: Sequence[Pub],
    results: Sequence[Any],
    options: Mapping[str, Any],
    seeds: Sequence[int],
    said: Sequence[str],
) -> Outcome:
    from qiskit.primitives import PrimitiveResult

    notes = [*said, *([STDS] if program == "estimator" else []), *_rounded(program, options, pubs)]
    if foreign_gates([pub.circuit for pub in pubs]):
        notes.append(TRANSLATED)
    in_force = with_seed(results[0].metadata["options"], given(options, "simulator", "seed_simulator"))
    return Outcome(
        result=PrimitiveResult([plain_pub(result[0]) for result in results], metadata={"options": in_force}),
        implementation=f"{primitive.__module__.rpartition('.')[0]}.{primitive.__name__}",
        seeds=tuple({"simulator": seed} for seed in seeds),
        options=in_force,
        notes=tuple(dict.fromkeys(notes)),
    )


def _rounded(program: str, options: Mapping[str, Any], pubs: Sequence[Pub]) -> list[str]:
    """What is to be said where twirling takes more shots than were asked for: it runs whole randomizations."""
    if not (resilience.twirls(options) if program == "estimator" else twirls(options)):
        return []
    asked = {_asked_shots(options, pub) for pub in pubs}
    taken = {shots: twirled_shots(options, shots) for shots in sorted(asked)}
    return [
        f"twirling rounds {shots} shots up to whole randomizations: {rounded} were taken for each circuit execution"
        for shots, rounded in taken.items()
        if rounded != shots
    ]


def _asked_shots(options: Mapping[str, Any], pub: Any) -> int:
    if hasattr(pub, "shots"):
        return int(pub.shots)
    return int(given(options, "default_shots")) if pub.precision is None else math.ceil(1.0 / pub.precision**2)


def _primitive(program: str) -> Any:
    if program == "sampler":
        from qiskit_ibm_runtime.executor_sampler import Sampler

        return Sampler
    from qiskit_ibm_runtime.executor_estimator import Estimator

    return Estimator


@contextmanager
def in_its_own_words(program: str) -> Iterator[None]:
    """Turns what the primitive and the packages beneath it raise on purpose into a `JobError` with their words."""
    from qiskit.exceptions import QiskitError
    from samplomatic.exceptions import BuildError, SamplexError

    try:
        yield
    except (QiskitError, BuildError, SamplexError) as error:
        words = error.message if isinstance(error, QiskitError) else str(error)
        raise JobError(f"the runtime's {program} refused the job: {words}") from error


def _schedulable(options: Mapping[str, Any], backend: LocalBackend) -> Mapping[str, Any]:
    """The options without dynamical decoupling where there are no gate durations: a finding has said so."""
    if not changes_nothing_to_decouple(backend):
        return options
    return {key: value for key, value in options.items() if key != "dynamical_decoupling"}


@frozen
class _Prepared:
    """A PUB's circuit and observables on the qubits in use, and the simulator for them."""

    circuit: QuantumCircuit
    observables: ObservablesArray | None
    simulator: AerSimulator


def _prepare(backend: LocalBackend, pub: Any, prepared: Remembered[_Prepared]) -> _Prepared:
    """The PUB on the qubits in use. Twirling and decoupling add gates to every one of these."""

    def make() -> _Prepared:
        small = narrow(backend, pub)
        circuit = twirlable(small.pub.circuit, noisy=backend.noise_target is not None)
        simulator = small.backend.simulator([circuit], added_on=range(circuit.num_qubits))
        return _Prepared(circuit=circuit, observables=getattr(small.pub, "observables", None), simulator=simulator)

    return prepared.for_same((pub.circuit, getattr(pub, "observables", None)), (), make)


def _run_alone(primitive: Any, prepared: _Prepared, pub: Pub, options: Mapping[str, Any]) -> Any:
    """The job of one PUB."""
    small = with_circuit(pub, prepared.circuit, prepared.observables)
    return primitive(mode=prepared.simulator, options=dict(options)).run([small]).result()
