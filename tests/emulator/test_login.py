from __future__ import annotations

import pytest

from emulator import Emulator, Instance


def test_the_client_logs_in_with_an_instance(service, emulator):
    assert service.active_instance() == emulator.instance.crn
    assert [entry.path for entry in emulator.ledger.requests[:3]] == [
        "/iam/identity/token",
        "/search/v3/resources/search",
        "/catalog/premium",
    ]


def test_without_an_instance_the_client_finds_them_all(monkeypatch):
    from qiskit_ibm_runtime import QiskitRuntimeService

    instances = [Instance(name="paid", plan="premium"), Instance(name="free", plan="open", allocation_seconds=600)]
    with Emulator(instances=instances) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("QISKIT_IBM_INSTANCE")
        service = QiskitRuntimeService()
        assert [(entry["name"], entry["plan"]) for entry in service.instances()] == [
            ("paid", "premium"),
            ("free", "open"),
        ]
        assert service.backend("ibm_manila")._instance == instances[1].crn  # free plans come first


def test_an_instance_can_be_named(emulator):
    from qiskit_ibm_runtime import QiskitRuntimeService

    assert QiskitRuntimeService(instance="emulated").active_instance() == emulator.instance.crn


def test_a_wrong_api_key_is_refused(emulator, monkeypatch):
    from qiskit_ibm_runtime import QiskitRuntimeService
    from qiskit_ibm_runtime.accounts import InvalidAccountError

    monkeypatch.setenv("QISKIT_IBM_TOKEN", "wrong")
    with pytest.raises(InvalidAccountError, match="valid API token"):
        QiskitRuntimeService()


def test_an_instance_of_another_account_is_refused(emulator, monkeypatch, plain):
    from qiskit_ibm_runtime import QiskitRuntimeService
    from qiskit_ibm_runtime.exceptions import IBMInputValueError

    monkeypatch.setenv("QISKIT_IBM_INSTANCE", "crn:v1:bluemix:public:quantum-computing:us-east:a/x:y::")
    with pytest.raises(IBMInputValueError, match="does not have access"):
        QiskitRuntimeService()
    assert plain.ask("GET", "/backends", **{"Service-CRN": "crn:x"})[0] == 403


def test_only_a_token_opens_the_door(emulator, plain):
    assert plain.ask("GET", "/backends", Authorization="apikey emulated-api-key")[0] == 401
    assert plain.ask("GET", "/backends", Authorization="Bearer made-up")[0] == 401
    assert [entry.authorization for entry in emulator.ledger.requests] == ["", "apikey", "bearer"]


def test_a_token_expires_with_time_and_by_command(emulator, plain):
    assert plain.ask("GET", "/backends")[0] == 200
    emulator.clock.advance(3601)
    assert plain.ask("GET", "/backends")[0] == 401
    assert plain.login() == 200
    assert plain.ask("GET", "/backends")[0] == 200
    emulator.accounts.expire()
    assert plain.ask("GET", "/backends")[0] == 401


def test_usage_counts_down_from_the_tighter_limit(service, emulator):
    assert service.usage()["usage_remaining_seconds"] == 36_000
    emulator.instance.limit_seconds = 100
    emulator.instance.consumed_seconds = 40
    usage = service.usage()
    assert (usage["usage_limit_seconds"], usage["usage_remaining_seconds"]) == (100, 60)
    assert not usage["usage_limit_reached"]
