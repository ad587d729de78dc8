"""Logging in: what stands in the way is one line in plain words, and never a traceback."""

from __future__ import annotations

import json
import socket

import pytest

from qspec.cli.main import main
from qspec.errors import ServiceError
from qspec.service.account import Account, open_service
from qspec.service.patience import Patience
from tests.emulator.accounts import Instance
from tests.service.emulated import one_job

QUICK = Patience(sleep=lambda seconds: None)


@pytest.fixture
def home(monkeypatch, tmp_path):
    """An empty home, and no account in the environment."""
    for variable in ("TOKEN", "INSTANCE", "CHANNEL", "URL"):
        monkeypatch.delenv(f"QISKIT_IBM_{variable}", raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    file = str(home / ".qiskit" / "qiskit-ibm.json")
    monkeypatch.setattr("qiskit_ibm_runtime.accounts.management._DEFAULT_ACCOUNT_CONFIG_JSON_FILE", file)
    return home


def save(home, emulator, **accounts):
    entry = {
        "channel": "ibm_quantum_platform",
        "token": emulator.accounts.api_key,
        "url": emulator.environment["QISKIT_IBM_URL"],
        "instance": emulator.instance.crn,
        "verify": True,
        "private_endpoint": False,
    }
    (home / ".qiskit").mkdir()
    text = json.dumps({name: entry | more for name, more in accounts.items()})
    (home / ".qiskit" / "qiskit-ibm.json").write_text(text)


@pytest.fixture
def told(rehearse, capsys):
    """told(run): what `qspec plan` says of a spec on stderr, and its exit code."""

    def told(run, spec=None):
        (run.folder / "bell.yaml").write_text((spec or run.spec).replace("MODE", "job"))
        capsys.readouterr()
        code = main(["plan", str(run.folder / "bell.yaml")])
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return said.err, code

    return told


@pytest.fixture
def nowhere(home, told, tmp_path):
    """nowhere(spec): the same without any emulator."""

    class Folder:
        folder = tmp_path

    return lambda spec: told(Folder, spec)


def test_without_an_account_it_is_said_how_to_have_one(nowhere, home):
    text, code = nowhere(one_job())
    assert code == 3
    assert text.startswith("error: there is no account of IBM Quantum Platform here")
    assert "QISKIT_IBM_TOKEN" in text
    assert list(home.iterdir()) == []


def test_a_saved_account_that_is_not_there_is_named(nowhere, home):
    text, code = nowhere(one_job().replace("name: ibm_manila", "name: ibm_manila, account: work"))
    assert (code, "there is no saved account 'work' here" in text) == (3, True)
    assert list(home.iterdir()) == []


def test_a_damaged_account_file_is_named(nowhere, home):
    (home / ".qiskit").mkdir()
    (home / ".qiskit" / "qiskit-ibm.json").write_text("{")
    text, code = nowhere(one_job())
    assert (code, "qiskit-ibm.json' is damaged" in text) == (3, True)


def test_a_wrong_token_is_said_to_be_wrong(rehearse, told, monkeypatch):
    run = rehearse()
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "wrong-wrong-wrong")
    text, code = told(run)
    assert (code, "the service does not accept the account's token" in text) == (3, True)
    assert "wrong-wrong" not in text
    assert run.time.seconds == 0


@pytest.mark.parametrize("instance", ["crn:v1:bluemix:public:quantum-computing:us-east:a/0:1::", "elsewhere"])
def test_an_instance_that_is_not_the_accounts_is_named(instance, rehearse, told):
    text, code = told(rehearse(), one_job().replace("name: ibm_manila", f"name: ibm_manila, instance: '{instance}'"))
    assert (code, f"the account cannot use the instance '{instance}'" in text) == (3, True)


def test_an_instance_is_found_by_its_name(rehearse, told):
    text, code = told(
        rehearse(instances=[Instance(name="one"), Instance(name="two")]),
        one_job().replace("name: ibm_manila", "name: ibm_manila, instance: two"),
    )
    assert code == 0, text


def test_without_a_network_the_network_is_doubted(rehearse, told, monkeypatch):
    run = rehearse()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    for name in ("IAM_URL", "GLOBAL_SEARCH_URL", "GLOBAL_CATALOG_URL"):
        monkeypatch.setenv(name, url)
    monkeypatch.setenv("QISKIT_IBM_URL", f"{url}/experimental")
    text, code = told(run)
    assert code == 3
    assert text.startswith("error: cannot log in to the service: ")
    assert "is the network up?" in text


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
@pytest.mark.parametrize("path", ["/iam/**", "/search/**"])
def test_a_log_in_that_fails_for_a_moment_is_tried_again(path, status, rehearse, told):
    run = rehearse()
    run.emulator.faults.add("status", path=path, status=status, nth=(1, 2))
    assert told(run)[1] == 0


@pytest.mark.parametrize("text", ["<empty>", "<garbage>", "[]", "{}", '{"access_token": 7}', "null"])
@pytest.mark.parametrize("path", ["/iam/**", "/search/**", "/catalog/**", "/backends", "/backends/*/configuration"])
def test_an_answer_that_is_no_answer_gives_one_line(path, text, rehearse, told):
    run = rehearse()
    run.emulator.faults.add("body", path=path, text=text)
    said, code = told(run)
    assert code in (0, 2, 3)
    assert not code or said.count("error") == 1


def test_a_saved_account_is_used_by_its_name(rehearse, home, told, monkeypatch):
    run = rehearse()
    save(home, run.emulator, mine={}, other={"token": "another-token"})
    for variable in ("TOKEN", "INSTANCE"):
        monkeypatch.delenv(f"QISKIT_IBM_{variable}")
    spec = one_job().replace("name: ibm_manila", "name: ibm_manila, account: NAME")
    assert told(run, spec.replace("NAME", "mine"))[1] == 0
    text, code = told(run, spec.replace("NAME", "other"))
    assert (code, "does not accept the account's token" in text) == (3, True)


def test_the_default_account_of_the_file_is_used_when_there_is_no_environment(rehearse, home, told, monkeypatch):
    run = rehearse()
    save(home, run.emulator, **{"default-ibm-quantum-platform": {}})
    for variable in ("TOKEN", "INSTANCE"):
        monkeypatch.delenv(f"QISKIT_IBM_{variable}")
    assert told(run)[1] == 0


def test_a_new_log_in_keeps_who_listens_for_results(rehearse):
    rehearse()
    service = open_service(Account(), QUICK)
    service.transport.received = print
    service.again()
    assert service.transport.received is print


def test_a_failure_of_the_client_is_said_with_what_was_being_done(rehearse):
    rehearse()
    service = open_service(Account(), QUICK)
    with pytest.raises(ServiceError, match=r"^cannot dance: no music$"), service.calling("cannot dance"):
        raise RuntimeError("No music.")


def test_an_account_gives_the_client_only_what_was_said():
    assert Account().arguments() == {}
    assert Account(account="a", instance="b", channel="ibm_cloud").arguments() == {
        "name": "a",
        "instance": "b",
        "channel": "ibm_cloud",
    }
