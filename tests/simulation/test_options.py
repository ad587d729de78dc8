"""Options in a local run: what is honoured, what is not, and the numbers that follow from them."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from qiskit_ibm_runtime.executor.calculate_twirling_shots import calculate_twirling_shots
from qiskit_ibm_runtime.executor_estimator.finalize_options import finalize_estimator_options
from qiskit_ibm_runtime.executor_estimator.utils import _REQUIRED_NOISE_FACTORS
from qiskit_ibm_runtime.options_models import EstimatorOptions

from qspec.backends.aer import Aer
from qspec.backends.fake import Fake
from qspec.backends.generic import Generic
from qspec.simulation import resilience
from qspec.simulation.options import (
    Surroundings,
    asks_for_runtime,
    given,
    knows_durations,
    pub_seeds,
    twirled_shots,
    unhonoured_anywhere,
    with_seed,
)

IDEAL = Surroundings(noisy=False, durations=False)
DEVICE = Surroundings(noisy=True, durations=True)


def findings(options, surroundings=DEVICE):
    return [(found.route, found.severity) for found in unhonoured_anywhere(options, surroundings)]


def test_a_nested_option_is_found_or_none():
    assert given({"twirling": {"group": "pauli"}}, "twirling", "group") == "pauli"
    assert given({"twirling": {}}, "twirling", "group") is None
    assert given({}, "twirling", "group") is None


def test_a_seed_joins_the_other_simulator_options():
    options = {"simulator": {"angle_decimals": 3}, "resilience_level": 0}
    expected = {"simulator": {"angle_decimals": 3, "seed_simulator": 7}, "resilience_level": 0}
    assert with_seed(options, 7) == expected
    assert options["simulator"] == {"angle_decimals": 3}


def test_seeds_are_as_derived_where_the_options_say_none():
    assert pub_seeds({}, (5, 6)) == (5, 6)


def test_the_seed_of_the_options_goes_first_and_the_other_pubs_differ_from_it():
    seeds = pub_seeds({"simulator": {"seed_simulator": 0}}, (5, 6, 7))
    assert seeds[0] == 0
    assert len(set(seeds)) == 3
    assert seeds == pub_seeds({"simulator": {"seed_simulator": 0}}, (1, 2, 3))


RANDOMIZATIONS = st.one_of(st.just("auto"), st.none(), st.integers(1, 200))


@for_all(st.integers(1, 10**6), RANDOMIZATIONS, RANDOMIZATIONS)
def test_twirled_shots_are_those_of_the_runtime(shots, randomizations, each):
    asked = {"num_randomizations": randomizations, "shots_per_randomization": each}
    options = {"twirling": {key: value for key, value in asked.items() if value is not None}}
    number, size = calculate_twirling_shots(shots, randomizations or "auto", each or "auto")
    assert twirled_shots(options, shots) == number * size


@pytest.mark.parametrize(
    "options",
    [
        {"max_execution_time": 300},
        {"environment": {"private": True}},
        {"execution": {"rep_delay": 1e-4}},
        {"execution": {"scheduler_timing": True}},
        {"experimental": {"anything": 1}},
    ],
)
def test_options_for_the_service_have_no_effect_and_are_warned_of(options):
    ((route, severity),) = findings(options)
    assert severity == "warning"
    assert route[0] == "options"
    assert given(options, *route[1:])


@pytest.mark.parametrize(
    "options",
    [{"execution": {"rep_delay": None, "init_qubits": True}}, {"experimental": {}}, {"environment": {}}, {}],
)
def test_what_is_not_asked_for_is_not_warned_of(options):
    assert findings(options) == []


def test_qubits_that_start_where_the_last_shot_ended_are_refused():
    route = ("options", "execution", "init_qubits")
    assert findings({"execution": {"init_qubits": False}}) == [(route, "error")]


def test_a_negative_seed_is_refused():
    route = ("options", "simulator", "seed_simulator")
    assert findings({"simulator": {"seed_simulator": -1}}) == [(route, "error")]


def test_decoupling_is_left_out_where_it_changes_nothing():
    options = {"dynamical_decoupling": {"enable": True}}
    assert findings(options, DEVICE) == []
    assert findings(options, IDEAL) == [(("options", "dynamical_decoupling", "enable"), "warning")]
    assert not asks_for_runtime(options, Aer().open())
    assert asks_for_runtime(options, Fake(name="fake_manila").open())
    assert asks_for_runtime(options, Fake(name="fake_manila", noise=False).open())
    assert asks_for_runtime(options, Fake(name="fake_london").open())  # noisy, but without durations: refused there


def test_which_backends_know_how_long_their_gates_take():
    assert knows_durations(Fake(name="fake_manila").open().target)
    assert knows_durations(Generic(num_qubits=2).open().target)
    assert not knows_durations(Aer().open().target)
    assert not knows_durations(Fake(name="fake_london").open().target)


@pytest.mark.parametrize(
    ("options", "asks"),
    [
        ({"twirling": {"enable_gates": True}}, True),
        ({"twirling": {"enable_measure": True}}, True),
        ({"simulator": {"angle_decimals": 3}}, True),
        ({"twirling": {"enable_gates": False, "num_randomizations": 4}}, False),
        ({"simulator": {"seed_simulator": 3}, "default_shots": 10, "max_execution_time": 10}, False),
    ],
)
def test_only_what_changes_circuits_asks_for_the_runtime(options, asks):
    assert asks_for_runtime(options, Aer().open()) is asks


@for_all(
    level=st.sampled_from([None, 0, 1, 2]),
    gates=st.sampled_from([None, True, False]),
    measure=st.sampled_from([None, True, False]),
    readout=st.sampled_from([None, True, False]),
    zne=st.sampled_from([None, True, False]),
)
def test_levels_turn_on_what_the_runtime_turns_on(level, gates, measure, readout, zne):
    options = {
        "twirling": {"enable_gates": gates, "enable_measure": measure},
        "resilience": {"measure_mitigation": readout, "zne_mitigation": zne},
        "resilience_level": 1 if level is None else level,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of options that the mitigation overrules
        final = finalize_estimator_options(EstimatorOptions(**options))
    if level is None:
        del options["resilience_level"]
    assert resilience.mitigates_readout(options) == final.resilience.measure_mitigation
    assert resilience.twirls(options) == (final.twirling.enable_gates or final.twirling.enable_measure)
    assert resilience.noise_factors(options) == (3 if final.resilience.zne_mitigation else 1)


def test_the_extrapolators_need_as_many_noise_factors_as_the_runtime_wants():
    for name, needed in _REQUIRED_NOISE_FACTORS.items():
        for there in range(2, 9):
            zne = {"extrapolator": name, "noise_factors": list(range(1, there + 1))}
            refused = list(resilience.unmitigable({"resilience": {"zne_mitigation": True, "zne": zne}}))
            assert bool(refused) is (there < needed), (name, there)


@pytest.mark.parametrize(
    ("options", "route", "severity"),
    [
        ({"resilience": {"pec_mitigation": True}}, ("resilience", "pec_mitigation"), "error"),
        (
            {"resilience_level": 2, "resilience": {"zne": {"amplifier": "pea"}}},
            ("resilience", "zne", "amplifier"),
            "error",
        ),
        ({"twirling": {"enable_measure": False}}, ("twirling", "enable_measure"), "warning"),
    ],
)
def test_mitigation_that_cannot_be_done_is_said(options, route, severity):
    ((found, reason, level),) = resilience.unmitigable(options)
    assert (found, level) == (("options", *route), severity)
    assert reason.startswith(route[-1])


@pytest.mark.parametrize("options", [{}, {"resilience_level": 0, "twirling": {"enable_measure": False}}])
def test_plain_options_are_no_trouble_for_mitigation(options):
    assert list(resilience.unmitigable(options)) == []


def test_what_would_change_an_exact_value_is_an_error_only_under_noise():
    options = {"resilience_level": 2, "dynamical_decoupling": {"enable": True}}
    assert {found.severity for found in resilience.foreign_to_exact(options, noisy=True)} == {"error"}
    assert {found.severity for found in resilience.foreign_to_exact(options, noisy=False)} == {"warning"}
    assert list(resilience.foreign_to_exact({"resilience_level": 1}, noisy=True)) == []
