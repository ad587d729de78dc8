"""A backend of the service: found by its name or chosen, with its limits, its usage, and its calibration on record."""

from __future__ import annotations

import json

import pytest

from qspec.errors import BackendError, ServiceError, UsageError
from qspec.service.backend import Wanted, open_backend
from tests.emulator.accounts import Instance
from tests.service.emulated import BELL

TWO = ("manila", "quito")


def test_an_unknown_name_suggests_the_nearest(opened):
    run = opened(devices=TWO)
    with pytest.raises(UsageError, match="no backend 'ibm_manilla' on this account") as caught:
        open_backend(run.service, Wanted(name="ibm_manilla"), kind="ibm")
    assert "did you mean 'ibm_manila'?" in caught.value.advice


def test_without_a_near_name_all_are_said(opened):
    run = opened(devices=TWO)
    with pytest.raises(UsageError) as caught:
        open_backend(run.service, Wanted(name="nothing_like_it"), kind="ibm")
    assert caught.value.advice == "it can use ibm_manila, ibm_quito"


def test_the_mock_device_of_a_dry_run_is_not_among_them(opened):
    run = opened()
    with pytest.raises(UsageError) as caught:
        open_backend(run.service, Wanted(name="nothing_like_it"), kind="ibm")
    assert "mock" not in caught.value.advice


def test_an_instance_without_backends_is_doubted(rehearse):
    run = rehearse(instances=[Instance(devices=())])
    with pytest.raises(ServiceError, match="lists none that the account can use"):
        run.plan()


def test_a_backend_of_another_instance_is_not_on_this_account(rehearse):
    run = rehearse(devices=TWO, instances=[Instance(devices=("quito",))])
    from qspec.errors import SpecError

    with pytest.raises(SpecError, match="no backend 'ibm_manila'"):
        run.plan()


def test_the_least_busy_that_fits_is_chosen(opened):
    run = opened(devices=("manila", "quito", "lagos"))
    for name, waiting in (("ibm_manila", 5), ("ibm_quito", 2), ("ibm_lagos", 9)):
        run.emulator.devices[name].waiting = waiting
    from qspec.service.account import Account, open_service

    chosen = {
        str(filters): open_backend(open_service(Account(), run.time.patience()), Wanted(least_busy=filters), kind="ibm")
        for filters in ({}, {"min_num_qubits": 6}, {"names": ["ibm_manila", "ibm_lagos"]})
    }
    assert [backend.name for backend in chosen.values()] == ["ibm_quito", "ibm_lagos", "ibm_manila"]
    assert chosen["{'min_num_qubits': 6}"].source["chosen"] == {"least_busy": {"min_num_qubits": 6}}


def test_nothing_that_fits_is_said_so(opened):
    run = opened()
    with pytest.raises(BackendError, match="no backend of this account that is online fits") as caught:
        open_backend(run.service, Wanted(least_busy={"min_num_qubits": 1000}), kind="ibm")
    assert (caught.value.key, caught.value.advice) == ("least_busy", "it can use ibm_manila with 5 qubits")


@pytest.mark.parametrize("path", ["/backends", "/backends/*/configuration"])
def test_a_list_that_cannot_be_read_is_no_empty_one_to_choose_from(path, rehearse, monkeypatch):
    monkeypatch.setattr(
        "urllib3.util.retry.Retry.sleep", lambda *_: None
    )  # the client's own patience, while it logs in
    run = rehearse(BELL.replace("name: ibm_manila", "least_busy: {min_num_qubits: 2}"))
    run.emulator.faults.add("status", status=503, method="GET", path=path)
    with pytest.raises(ServiceError):
        run.begin()


def test_one_that_is_offline_is_not_chosen(opened):
    run = opened(devices=TWO)
    run.emulator.devices["ibm_manila"].state = "maintenance"
    run.emulator.devices["ibm_quito"].waiting = 99
    from qspec.service.account import Account, open_service

    service = open_service(Account(), run.time.patience())
    assert open_backend(service, Wanted(least_busy={}), kind="ibm").name == "ibm_quito"


def test_limits_are_those_of_the_device(opened):
    run = opened()
    configuration = run.emulator.devices["ibm_manila"].configuration()
    assert run.backend.most_circuits == configuration["max_experiments"]
    assert run.backend.most_shots == configuration["max_shots"]
    assert run.backend.instance == run.emulator.instance.crn


USAGES = [
    ({"allocation_seconds": 600.0, "consumed_seconds": 100.0}, 500.0, False),
    ({"allocation_seconds": 600.0, "consumed_seconds": 600.0}, 0.0, True),
    ({"allocation_seconds": 600.0, "limit_seconds": 200.0, "consumed_seconds": 50.0}, 150.0, False),
    ({"allocation_seconds": None, "consumed_seconds": 50.0}, None, False),
]


@pytest.mark.parametrize(("instance", "remaining", "exhausted"), USAGES, ids=str)
def test_what_is_left_of_the_instance(instance, remaining, exhausted, opened):
    usage = opened(instances=[Instance(**instance)]).backend.usage()
    assert (usage.remaining, usage.exhausted) == (remaining, exhausted)


def test_the_description_is_json_with_times_in_utc(opened):
    description = json.loads(json.dumps(opened().backend.description()))
    assert description["name"] == "ibm_manila"
    assert description["calibration"]["last_update_date"].endswith("Z")
    assert len(description["calibration"]["qubits"]) == 5


@pytest.mark.parametrize("path", ["configuration", "status", "properties"])
def test_a_part_that_fails_for_a_moment_is_read_again(path, rehearse):
    run = rehearse()
    run.emulator.faults.add("status", status=503, method="GET", path=f"/backends/ibm_manila/{path}", nth=(1, 2))
    assert run.plan().backend.name == "ibm_manila"


def test_fractional_gates_of_a_device_without_them_are_refused_in_words(opened):
    run = opened()
    with pytest.raises(BackendError, match="ibm_manila has no fractional gates"):
        open_backend(run.service, Wanted(name="ibm_manila", use_fractional_gates=True), kind="ibm")


def test_an_unknown_calibration_is_refused_in_words(opened):
    run = opened()
    with pytest.raises(BackendError, match="ibm_manila has no calibration 'no-such'"):
        open_backend(run.service, Wanted(name="ibm_manila", calibration_id="no-such"), kind="ibm")
