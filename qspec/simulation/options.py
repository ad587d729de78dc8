"""What a local run makes of a primitive's options: which it cannot honour, and which are in force.

Routes lead to an option from its job: `("options", "twirling", "enable_gates")`. Nothing here imports Qiskit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from qspec.frozen import frozen
from qspec.seeds import derive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qiskit.transpiler import Target

    from qspec.diagnostics import Route, Severity
    from qspec.simulation.local import LocalBackend


class Unhonoured(NamedTuple):
    """An option that a run cannot honour.

    An error where the results would mean something else than the spec asks for, a warning where the option has no
    effect on them. `route` leads to the option from the job; `reason` is the headline of the finding.
    """

    route: Route
    reason: str
    severity: Severity


@frozen
class Surroundings:
    """What decides whether a run can honour an option.

    `noisy`: the backend has or simulates noise; `durations`: it knows how long its gates take; `exact`: it answers with
    exact expectation values instead of sampling them; `remote`: it is a service's, not this machine's.
    """

    noisy: bool
    durations: bool
    exact: bool = False
    remote: bool = False


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


def knows_durations(target: Target) -> bool:
    """Whether a backend's target says how long its measurements take, and so its gates."""
    known = target["measure"].values() if "measure" in target.operation_names else ()
    return any(properties is not None and properties.duration is not None for properties in known)


def asks_for_runtime(options: Mapping[str, Any], backend: LocalBackend) -> bool:
    """Whether the options ask for what only the runtime's client-side primitives do.

    Twirling; dynamical decoupling, except on an ideal simulator without gate durations, where it would change
    nothing; a rounding of angles.
    """
    decoupled = given(options, "dynamical_decoupling", "enable") and not changes_nothing_to_decouple(backend)
    return twirls(options) or bool(decoupled) or given(options, "simulator", "angle_decimals") is not None


def changes_nothing_to_decouple(backend: LocalBackend) -> bool:
    """Whether dynamical decoupling can be left out: there is no noise, and no durations to schedule it by."""
    return backend.noise_target is None and not knows_durations(backend.target)


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


MOST_SHOTS = 10**8
"""The most shots of one circuit execution: far beyond it, Aer's memory does not hold them."""


def too_many_shots(shots: float, route: Route) -> Iterator[Unhonoured]:
    """A refusal, at the key that says so, of more shots for one circuit execution than `MOST_SHOTS`."""
    if shots > MOST_SHOTS:
        reason = f"{route[-1]} asks for {shots:.3g} shots of one circuit, more than the {MOST_SHOTS:,} that can be run"
        yield Unhonoured(route, reason, "error")


_ELSEWHERE = {
    ("max_execution_time",): "limits the time on a quantum computer",
    ("environment",): "sets the environment of a job on the service",
    ("execution", "rep_delay"): "sets the delay between shots on a quantum computer",
    ("execution", "scheduler_timing"): "asks the service for the timing of its schedule",
    ("execution", "stretch_values"): "asks the service how it resolved stretches",
    ("experimental",): "is passed on to the service",
}


def unhonoured_anywhere(
    options: Mapping[str, Any], surroundings: Surroundings, result_decoder: str | None = None
) -> Iterator[Unhonoured]:
    """What a local run, or one on the service, can honour in no program."""
    if surroundings.remote:
        if given(options, "simulator"):
            reason = "the options of 'simulator' are for local runs: they have no effect on the service"
            yield Unhonoured(("options", "simulator"), reason, "warning")
        return
    if result_decoder is not None:
        reason = "result_decoder decodes results of the service: it has no effect in a local run"
        yield Unhonoured(("result_decoder",), reason, "warning")
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
