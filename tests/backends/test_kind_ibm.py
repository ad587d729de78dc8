"""`kind: ibm`: a backend of the service, by name or by choice, and the choice is kept."""

from __future__ import annotations

import json

import pytest

from qspec.backends.ibm import Ibm
from qspec.errors import RefusedError, UsageError
from qspec.planning.plan import plan
from qspec.reading.load import load_file
from tests.service.emulated import one_job, rehearsals  # noqa: F401  a fixture

TWO = ("manila", "quito")


@pytest.mark.parametrize("backend", [Ibm(), Ibm(name="ibm_manila", least_busy={})], ids=["neither", "both"])
def test_it_needs_a_name_or_a_choice(backend):
    with pytest.raises(UsageError, match="one of the two"):
        backend.open()


def test_a_choice_that_was_made_is_a_name():
    chosen = Ibm(least_busy={"min_num_qubits": 5}, instance="mine").chosen("ibm_quito", "crn:1")
    assert (chosen.name, chosen.least_busy, chosen.instance) == ("ibm_quito", None, "crn:1")


def test_the_account_is_the_one_that_the_spec_names():
    login = Ibm(name="ibm_manila", account="work", channel="ibm_cloud", instance="mine").login
    assert (login.account, login.channel, login.instance) == ("work", "ibm_cloud", "mine")


def test_the_choice_is_recorded_and_not_made_again(rehearse):
    run = rehearse(one_job().replace("name: ibm_manila", "least_busy: {min_num_qubits: 5}"), devices=TWO)
    run.emulator.devices["ibm_manila"].waiting = 7
    run.begin()
    kept = json.loads((run.path / "resolved.json").read_text())["backend"]
    assert kept["name"] == "ibm_quito"
    assert run.record.backend.source["chosen"] == {"least_busy": {"min_num_qubits": 5}}
    run.emulator.devices["ibm_manila"].waiting = 0
    run.emulator.devices["ibm_quito"].waiting = 99
    from qspec.running.resume import resume

    assert resume(run.path).outcome == "done"
    assert {job.backend for job in run.emulator.ledger.jobs} == {"ibm_quito"}


def test_offline_nothing_is_asked(rehearse):
    run = rehearse(one_job())
    (run.folder / "bell.yaml").write_text(run.spec.replace("MODE", "job"))
    with pytest.raises(RefusedError, match="--offline forbids"):
        plan(load_file(str(run.folder / "bell.yaml")), offline=True)
    assert run.emulator.ledger.requests == []


def test_reading_a_spec_asks_nothing(rehearse):
    run = rehearse(one_job())
    (run.folder / "bell.yaml").write_text(run.spec.replace("MODE", "job"))
    load_file(str(run.folder / "bell.yaml"))
    assert run.emulator.ledger.requests == []


def test_planning_only_reads(rehearse):
    run = rehearse(one_job())
    run.plan()
    assert {
        entry.method for entry in run.emulator.ledger.requests if not entry.path.startswith(("/iam", "/search"))
    } == {"GET"}
