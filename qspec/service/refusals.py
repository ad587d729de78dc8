"""Options and circuits that the service, or the runtime's client on the way to it, would refuse or pass over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.simulation.chance import dynamic
from qspec.simulation.options import Unhonoured, given
from qspec.simulation.refusals import model_errors, undecouplable, untwirlable
from qspec.simulation.twirlable import foreign_gates, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qiskit import QuantumCircuit

MOST_TAGS = 8
LONGEST_TAG = 86
"""What the service documents for the tags of a job: how many, and how many characters each."""


def refused_options(model: str, options: Mapping[str, Any], backend: Any, tags: Sequence[str]) -> Iterator[Unhonoured]:
    """What the runtime's option model `model` says against the options, and all that `refused_settings` does."""
    for route, message in model_errors(model, options):
        yield Unhonoured(route, f"{route[-1]}: {message}", "error")
    yield from refused_settings(options, backend, tags)


def refused_settings(options: Mapping[str, Any], backend: Any, tags: Sequence[str]) -> Iterator[Unhonoured]:
    """What the backend and the service's limits on tags say against the options.

    `backend` is the plan's, with the runtime's in `.runtime`; `tags` are those that `submit` would be given.
    """
    yield from _tags(given(options, "environment", "job_tags") or (), tags)
    delay = given(options, "execution", "rep_delay")
    if delay is not None:
        yield from _rep_delay(float(delay), backend)


def _tags(said: Sequence[str], tags: Sequence[str]) -> Iterator[Unhonoured]:
    route = ("options", "environment", "job_tags")
    for index, tag in enumerate(said):
        if len(tag) > LONGEST_TAG:
            reason = f"a tag has {len(tag)} characters, and the service takes at most {LONGEST_TAG}"
            yield Unhonoured((*route, index), reason, "error")
    together = len({*said, *tags})
    if said and together > MOST_TAGS:
        reason = f"with those of the spec and of qspec, these are {together} tags, and a job takes at most {MOST_TAGS}"
        yield Unhonoured(route, reason, "error")


def _rep_delay(delay: float, backend: Any) -> Iterator[Unhonoured]:
    route = ("options", "execution", "rep_delay")
    configuration = backend.runtime.configuration()
    if not getattr(configuration, "dynamic_reprate_enabled", False):
        yield Unhonoured(route, f"rep_delay cannot be chosen on {backend.name}", "error")
        return
    limits = getattr(configuration, "rep_delay_range", None)
    if limits and not limits[0] <= delay <= limits[1]:
        reason = f"rep_delay must be between {limits[0]:g} and {limits[1]:g} seconds on {backend.name}, not {delay:g}"
        yield Unhonoured(route, reason, "error")


def refused_circuits(
    options: Mapping[str, Any], backend: Any, circuits: Sequence[QuantumCircuit], *, boxed: bool, twirled: bool
) -> Iterator[Unhonoured]:
    """Why the runtime's sampler and estimator would not take these ISA circuits.

    `boxed`: they put the circuits into boxes, to twirl or to measure them; `twirled`: they twirl their gates.
    """
    if any(instruction.name == "box" for circuit in circuits for instruction in circuit.data):
        yield Unhonoured((), "the runtime's sampler and estimator take no circuits with boxes", "error")
    if boxed and any(map(dynamic, circuits)):
        yield Unhonoured((), "the runtime's primitives cannot twirl or mitigate circuits with control flow", "error")
    if boxed and (foreign := foreign_gates(circuits)):
        yield Unhonoured((), refusal(foreign), "error")
    if given(options, "dynamical_decoupling", "enable"):
        yield from undecouplable(backend, circuits)
    if twirled and given(options, "twirling", "group") != "local_pauli":
        yield from untwirlable(circuits)


def refused_layers(layers: Sequence[Any], backend: Any) -> Iterator[Unhonoured]:
    """Why the noise learner would not take these layers: the runtime's own check has the word."""
    from qiskit_ibm_runtime.exceptions import IBMInputValueError
    from qiskit_ibm_runtime.noise_learner_v3.validation import validate_instruction

    if not layers:
        yield Unhonoured((), "the circuits have no layers that could be learned", "error")
    reasons: dict[str, None] = {}
    for layer in layers:
        try:
            validate_instruction(layer, backend.target)
        except IBMInputValueError as error:
            reasons[error.message] = None
    for reason in reasons:
        yield Unhonoured((), f"the noise learner does not take a layer: {reason}", "error")
