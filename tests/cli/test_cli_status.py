"""`qspec status`: where the jobs of a run stand, and what the run as a whole is waiting for."""

from __future__ import annotations

import json
import signal
import time

from spec_texts import BELL

from qspec.records.find import list_runs

GUARD = 60


def the_run_id():
    return list_runs("runs")[-1].folder.name


def test_a_run_that_is_not_through_ends_with_five_and_says_what_goes_on(emulator, qspec):
    emulator.faults.add_job(nth=(2,), hold=True)
    qspec("submit", "pair.yaml")
    emulator.wait_for(lambda: emulator.ledger.jobs[0].ended)
    said = qspec("status", "pair")
    assert said.code == 5
    assert said.out.splitlines()[0].split()[-1] == "seconds", "there are no notes, so no heading for them"
    assert said.out.endswith(f"run pair/{the_run_id()}: unfinished; 1 job goes on on the service\n")


def test_when_all_jobs_have_ended_it_says_who_collects_them(emulator, qspec):
    qspec("submit", "pair.yaml")
    emulator.wait_for()
    said = qspec("status", "pair")
    assert said.code == 5
    run = the_run_id()
    assert said.out.endswith(f"run pair/{run}: unfinished; all jobs have ended; qspec resume {run} collects them\n")
    assert qspec("resume", "pair").code == 0
    ended = qspec("status", "pair")
    assert (ended.code, ended.out.endswith(f"run pair/{run}: done\n")) == (0, True)


def test_an_interrupted_run_goes_on_on_the_service(emulator, qspec, start):
    emulator.faults.add_job(hold=True)
    process = start("run", "pair.yaml")
    limit = time.monotonic() + GUARD
    while len(emulator.ledger.jobs) < 2 and time.monotonic() < limit:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(GUARD) == 130
    said = qspec("status", "pair")
    assert said.code == 5
    assert said.out.endswith("interrupted here; 2 jobs go on on the service\n")


def test_without_the_service_the_recorded_standings_are_shown_and_said_to_be_that(emulator, monkeypatch, qspec):
    emulator.faults.add_job(hold=True)
    qspec("submit", "pair.yaml")
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "")
    for form in ("text", "json"):
        said = qspec("status", "pair", "--format", form)
        assert said.code == 5
        assert said.err.startswith("the service could not be asked, this is what is recorded: there is no account")
        assert all(job.id in said.out for job in emulator.ledger.jobs)
    document = json.loads(said.out)
    assert document["exit_code"] == 5
    assert document["error"].startswith("there is no account")


def test_a_local_run_has_its_jobs_and_its_outcome(qspec, desk):
    qspec("run", "bell.yaml")
    said = qspec("status", "bell")
    assert (said.code, said.out.endswith(f"run bell/{the_run_id()}: done\n")) == (0, True)


def test_a_session_is_said_to_be_closed_or_open(emulator, tmp_path, qspec):
    text = BELL.replace("{kind: aer}", "{kind: ibm, name: ibm_manila}") + "execution: {mode: session}\n"
    (tmp_path / "one.yaml").write_text(text)
    assert qspec("submit", "one.yaml").code == 5
    session = emulator.ledger.jobs[0].session_id
    assert f"session {session}, closed\n" in qspec("status", "bell").out
    assert f"session  {session}, closed\n" in qspec("resume", "bell").out
    assert json.loads(qspec("status", "bell", "--format", "json").out)["session"] == {"id": session, "closed": True}
