"""What an estimator's options turn on: twirling, the mitigation of readout errors, zero-noise extrapolation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.simulation.options import Unhonoured, given

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LEVELS = {
    ("twirling", "enable_gates"): (False, False, True),
    ("twirling", "enable_measure"): (False, True, True),
    ("resilience", "measure_mitigation"): (False, True, True),
    ("resilience", "zne_mitigation"): (False, False, True),
}
"""What the resilience levels 0, 1 and 2 turn on where the options do not say, as the runtime documents it."""

_POINTS = {"fallback": 1, "linear": 2, "exponential": 2, "double_exponential": 4}
"""Noise factors that an extrapolator needs; `polynomial_degree_k` needs k + 1."""

_DEFAULT_NOISE_FACTORS = 3


def in_force(options: Mapping[str, Any], *keys: str) -> bool:
    """Whether a switch of `_LEVELS` is on: what the options say, else what their resilience level implies."""
    said = given(options, *keys)
    level = given(options, "resilience_level")
    return bool(_LEVELS[keys[0], keys[1]][1 if level is None else int(level)] if said is None else said)


def mitigates_readout(options: Mapping[str, Any]) -> bool:
    """Whether readout errors are learned and mitigated (TREX)."""
    return in_force(options, "resilience", "measure_mitigation")


def twirls(options: Mapping[str, Any]) -> bool:
    """Whether gates or measurements are twirled, so that shots are divided over randomizations."""
    return (
        in_force(options, "twirling", "enable_gates")
        or in_force(options, "twirling", "enable_measure")
        or mitigates_readout(options)
    )


def noise_factors(options: Mapping[str, Any]) -> int:
    """The number of noise levels that every circuit is executed at: 1 without extrapolation."""
    if not in_force(options, "resilience", "zne_mitigation"):
        return 1
    factors = given(options, "resilience", "zne", "noise_factors")
    return len(factors) if isinstance(factors, list) else _DEFAULT_NOISE_FACTORS


def asks_for_mitigation(options: Mapping[str, Any]) -> bool:
    """Whether the options themselves ask for mitigation beyond the default of resilience level 1."""
    asked = ("measure_mitigation", "zne_mitigation", "pec_mitigation")
    return given(options, "resilience_level") == 2 or any(given(options, "resilience", key) for key in asked)


def unmitigable(options: Mapping[str, Any]) -> Iterator[Unhonoured]:
    """Mitigation that cannot be done, and options that it overrules."""
    if given(options, "resilience", "pec_mitigation"):
        yield _refused(("resilience", "pec_mitigation"), "needs a layer noise model, which a spec cannot hold")
    if in_force(options, "resilience", "zne_mitigation"):
        yield from _unextrapolable(options)
    if given(options, "twirling", "enable_measure") is False and mitigates_readout(options):
        reason = "enable_measure: false has no effect, since the mitigation of readout errors twirls the measurements"
        yield Unhonoured(("options", "twirling", "enable_measure"), reason, "warning")


def _unextrapolable(options: Mapping[str, Any]) -> Iterator[Unhonoured]:
    if given(options, "resilience", "zne", "amplifier") == "pea":
        yield _refused(("resilience", "zne", "amplifier"), "pea needs a layer noise model, which a spec cannot hold")
    asked = given(options, "resilience", "zne", "extrapolator") or ()
    there = noise_factors(options)
    for name in (asked,) if isinstance(asked, str) else asked:
        needed = _POINTS.get(name) or int(name.removeprefix("polynomial_degree_")) + 1
        if needed > there:
            reason = f"{name} needs at least {needed} noise factors, not {there}"
            yield _refused(("resilience", "zne", "extrapolator"), reason)


def foreign_to_exact(options: Mapping[str, Any], *, noisy: bool) -> Iterator[Unhonoured]:
    """What would change the circuits, and so under noise the exact value, of a backend with exact values."""
    for keys in (
        ("twirling", "enable_gates"),
        ("dynamical_decoupling", "enable"),
        ("resilience", "pec_mitigation"),
        ("resilience", "zne_mitigation"),
        ("resilience_level",),
    ):
        said = given(options, *keys)
        if said == 2 if keys == ("resilience_level",) else said:
            reason = f"{keys[-1]} has no part in an exact expectation value"
            yield Unhonoured(("options", *keys), reason, "error" if noisy else "warning")


def _refused(keys: tuple[str, ...], reason: str) -> Unhonoured:
    return Unhonoured(("options", *keys), f"{keys[-1]} {reason}", "error")
