"""What a local run makes of a primitive's options: which it cannot honour, and which are in force.

Routes lead to an option from its job: `("options", "twirling", "enable_gates")`. Nothing here imports Qiskit; only
`model_errors` imports the runtime.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from qspec.errors import JobError
from qspec.seeds import derive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qspec.diagnostics import Route, Severity


class Unhonoured(NamedTuple):
    """An option that a local run cannot honour.

    An error where the results would mean something else than the spec asks for, a warning where the option has no
    effect on them. `route` leads to the option from the job; `reason` is the headline of the finding.
    """

    route: Route
    reason: str
    severity: Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What decides whether a local run can honour an option.

    `noisy`: the backend simulates noise; `durations`: it knows how long its gates take; `exact`: it answers with
    exact expectation values instead of sampling them.
    """

    noisy: bool
    durations: bool
    exact: bool = False


def given(options: Mapping[str, Any], *keys: str) -> Any:
    """The value of a nested option, or None where the spec does not say it."""
    value: Any = options
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def with_seed(options: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The options with `simulator.seed_simulator` set."""
    return {**options, "simulator": {**options.get("simulator", {}), "seed_simulator": seed}}


def twirls(options: Mapping[str, Any]) -> bool:
    """Whether the options themselves ask for twirling."""
    return any(given(options, "twirling", key) for key in ("enable_gates", "enable_measure"))


def pub_seeds(options: Mapping[str, Any], derived: Sequence[int]) -> tuple[int, ...]:
    """The seed of each PUB: from `simulator.seed_simulator` where the options say it, else as `derived`.

    The first PUB takes the option's seed itself, the others seeds derived from it, so that equal PUBs differ.
    """
    said = given(options, "simulator", "seed_simulator")
    if said is None:
        return tuple(derived)
    return tuple(derive(int(said), "simulator", str(index)) if index else int(said) for index in range(len(derived)))


@contextmanager
def in_words_of_the_job(program: str) -> Iterator[None]:
    """Turns what a primitive raises on purpose into a `JobError` that carries its words."""
    from qiskit.exceptions import QiskitError

    try:
        yield
    except QiskitError as error:
        raise JobError(f"the {program} failed: {error.message}") from error


def asks_for_runtime(options: Mapping[str, Any], *, durations: bool) -> bool:
    """Whether the options ask for what only the runtime's client-side primitives do.

    Twirling; dynamical decoupling where there are gate `durations`; a rounding of angles.
    """
    return (
        twirls(options)
        or bool(durations and given(options, "dynamical_decoupling", "enable"))
        or given(options, "simulator", "angle_decimals") is not None
    )


def twirled_shots(options: Mapping[str, Any], shots: int) -> int:
    """The shots of one circuit execution under twirling: randomizations times shots for each, rounded up.

    The same rule as the runtime's: by default at most 32 randomizations of at least 64 shots.
    """
    randomizations = given(options, "twirling", "num_randomizations")
    each = given(options, "twirling", "shots_per_randomization")
    randomizations = None if randomizations == "auto" else randomizations
    each = None if each == "auto" else each
    if each is None:
        each = max(64, math.ceil(shots / 32)) if randomizations is None else math.ceil(shots / randomizations)
    if randomizations is None:
        randomizations = math.ceil(shots / each)
    return int(randomizations) * int(each)


_ELSEWHERE = {
    ("max_execution_time",): "limits the time on a quantum computer",
    ("environment",): "sets the environment of a job on the service",
    ("execution", "rep_delay"): "sets the delay between shots on a quantum computer",
    ("execution", "scheduler_timing"): "asks the service for the timing of its schedule",
    ("execution", "stretch_values"): "asks the service how it resolved stretches",
    ("experimental",): "is passed on to the service",
}


def unhonoured_anywhere(options: Mapping[str, Any], surroundings: Surroundings) -> Iterator[Unhonoured]:
    """What a local run can honour in no program."""
    for keys, what in _ELSEWHERE.items():
        if given(options, *keys):
            yield _no_effect(keys, f"{what}: it has no effect in a local run")
    if given(options, "execution", "init_qubits") is False:
        yield _changes(("execution", "init_qubits"), "a simulation starts every shot from the ground state")
    seed = given(options, "simulator", "seed_simulator")
    if seed is not None and seed < 0:
        yield _changes(("simulator", "seed_simulator"), f"must be at least 0, not {seed}")
    if given(options, "dynamical_decoupling", "enable") and not surroundings.durations:
        yield _no_effect(
            ("dynamical_decoupling", "enable"),
            "has no effect on a simulator without noise and gate durations",
        )


def _no_effect(keys: tuple[str, ...], reason: str) -> Unhonoured:
    return Unhonoured(("options", *keys), f"{keys[-1]} {reason}", "warning")


def _changes(keys: tuple[str, ...], reason: str) -> Unhonoured:
    return Unhonoured(("options", *keys), f"{keys[-1]} {reason}", "error")


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
    """The part of a pydantic location that leads to a value; the rest names the branch of a choice of types."""
    value: Any = options
    route: list[int | str] = ["options"]
    for step in location:
        if isinstance(value, dict) and step in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            break
        route.append(step)
    return tuple(route)
