"""Why a run with the runtime's client-side primitives would fail: told from options, backend and ISA circuits.

The last word before a run, and one that costs the import of the runtime: ask only for jobs that need the runtime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.errors import JobError
from qspec.simulation import resilience
from qspec.simulation.boxing import item_of
from qspec.simulation.chance import dynamic
from qspec.simulation.options import Unhonoured, changes_nothing_to_decouple, given, knows_durations, twirls
from qspec.simulation.twirlable import foreign_gates, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qiskit import QuantumCircuit

    from qspec.diagnostics import Route
    from qspec.simulation.boxing import ProgramPub
    from qspec.simulation.local import LocalBackend


def refused(
    model: str, options: Mapping[str, Any], backend: LocalBackend, circuits: Sequence[QuantumCircuit]
) -> Iterator[Unhonoured]:
    """What the runtime's option model `model` says against the options, and what the circuits rule out."""
    for route, message in model_errors(model, options):
        yield Unhonoured(route, f"{route[-1]}: {message}", "error")
    foreign = foreign_gates(circuits)
    if foreign and backend.noise_target is not None:
        yield Unhonoured((), refusal(foreign), "error")
    if (model == "EstimatorOptions" or twirls(options)) and any(map(dynamic, circuits)):
        reason = "the runtime's primitives cannot twirl or mitigate circuits with control flow"
        yield Unhonoured((), reason, "error")
    if given(options, "dynamical_decoupling", "enable") and not changes_nothing_to_decouple(backend):
        yield from undecouplable(backend, circuits)
    if given(options, "twirling", "enable_gates") and given(options, "twirling", "group") != "local_pauli":
        yield from untwirlable(circuits)


def refused_program(
    model: str, options: Mapping[str, Any], pubs: Sequence[ProgramPub], *, noisy: bool
) -> Iterator[Unhonoured]:
    """What the runtime's option model `model` says against the options, and why PUBs cannot be boxed."""
    for route, message in model_errors(model, options):
        yield Unhonoured(route, f"{route[-1]}: {message}", "error")
    boxed = [pub for pub in pubs if pub.boxing is not None]
    foreign = foreign_gates([pub.circuit for pub in boxed])
    if foreign and noisy:
        yield Unhonoured((), refusal(foreign), "error")
    for reason in dict.fromkeys(_unboxable(pub) for pub in boxed if not foreign):
        if reason:
            yield Unhonoured(("boxing",), reason, "error")


def _unboxable(pub: ProgramPub) -> str:
    """Why a PUB's circuit cannot be boxed; empty when it can."""
    try:
        item_of(pub)
    except JobError as error:
        return str(error)
    return ""


def drives(backend: LocalBackend) -> bool:
    """Whether the runtime's primitives can twirl and measure on a backend: they do it with rz and sx."""
    return {"rz", "sx"} <= set(backend.target.operation_names)


def left_out(options: Mapping[str, Any], backend: LocalBackend, circuits: Sequence[QuantumCircuit]) -> str:
    """What the runtime's estimator would do on a noisy backend by default, and a run without it does not."""
    if backend.noise_target is None or backend.expectation == "exact":
        return ""
    mitigates = resilience.mitigates_readout(options)
    if not drives(backend):
        reason = (
            f"readout errors are not mitigated: the runtime's estimator needs rz and sx, which {backend.name} lacks"
        )
        return reason if mitigates else ""
    if not any(map(dynamic, circuits)):
        return ""
    if mitigates:
        return "readout errors are not mitigated: the runtime's estimator takes no circuits with control flow"
    return "the runtime's estimator is not used: it takes no circuits with control flow"


def undecouplable(backend: Any, circuits: Sequence[QuantumCircuit]) -> Iterator[Unhonoured]:
    """Why dynamical decoupling cannot be inserted into these circuits on a backend, local or on the service."""
    route = ("options", "dynamical_decoupling", "enable")
    if any(map(dynamic, circuits)):
        yield Unhonoured(route, "dynamical decoupling cannot be inserted into circuits with control flow", "error")
    if not knows_durations(backend.target):
        yield Unhonoured(route, f"dynamical decoupling needs gate durations, which {backend.name} lacks", "error")
    elif not {"rz", "x"} <= set(backend.target.operation_names):
        yield Unhonoured(route, f"dynamical decoupling needs the gates rz and x, which {backend.name} lacks", "error")


def untwirlable(circuits: Sequence[QuantumCircuit]) -> Iterator[Unhonoured]:
    """Why the gates of these circuits cannot be twirled by whole Pauli groups."""
    if any(instruction.name == "rzz" for circuit in circuits for instruction in circuit.data):
        reason = "circuits with rzz gates can be twirled only with group: local_pauli"
        yield Unhonoured(("options", "twirling", "enable_gates"), reason, "error")


def model_errors(model: str, options: Mapping[str, Any]) -> list[tuple[Route, str]]:
    """What the runtime's own model, a class of `options_models`, says against the options: (route, message).

    The last word, but one that costs the import of the runtime: ask only for jobs that need the runtime anyway.
    """
    import warnings

    from pydantic import ValidationError
    from qiskit_ibm_runtime import options_models

    try:
        with warnings.catch_warnings():
            # The model warns of options that are deprecated on the service, which a local run does not talk to.
            warnings.simplefilter("ignore")
            getattr(options_models, model)(**options)
    except ValidationError as error:
        messages: dict[Route, list[str]] = {}
        for entry in error.errors():
            messages.setdefault(_route(options, entry["loc"]), []).append(entry["msg"])
        return [(route, ", or ".join(said)) for route, said in messages.items()]
    return []


def _route(options: Mapping[str, Any], location: tuple[int | str, ...]) -> Route:
    """The route that a pydantic location stands for."""
    value: Any = options
    route: list[int | str] = ["options"]
    for step in location:
        if isinstance(value, dict) and step in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            continue  # names a branch of a choice of types
        route.append(step)
    return tuple(route)
