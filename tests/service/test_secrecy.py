"""P12: no secret in any output. Canaries are where secrets are, and where a service may repeat them."""

from __future__ import annotations

import base64
import json
from contextlib import suppress

import pytest

from qspec.cli.main import main
from qspec.errors import QspecError
from qspec.service import account as account_module
from qspec.service.secrecy import REMOVED, Secrets
from tests.emulator.faults import FaultScript, JobScript
from tests.service.canaries import KEY, PASSWORD, forms, found_in
from tests.service.emulated import BELL, one_job
from tests.service.schedules import fault, schedule


def bearer(run):
    return list(run.emulator.accounts._tokens)


def leaks(run, *texts, secrets=()):
    return found_in(run.folder, *texts, secrets=secrets)


@pytest.mark.parametrize("form", sorted(forms(KEY)))
def test_a_secret_is_removed_in_every_form(form):
    secrets = Secrets()
    secrets.add(KEY)
    assert secrets.removed_from(f"before {form} after") == f"before {REMOVED} after"
    assert secrets.removed_from_bytes(f"before {form} after".encode()) == f"before {REMOVED} after".encode()


@pytest.mark.parametrize("around", ["", "a:", "ab:", "abc:"])
def test_a_secret_within_other_words_in_base64_is_removed(around):
    secrets = Secrets()
    secrets.add(KEY)
    told = base64.b64encode(f"{around}{KEY}".encode()).decode()
    assert REMOVED in secrets.removed_from(told)
    assert base64.b64encode(KEY.encode()).decode()[4:-4] not in secrets.removed_from(told)


@pytest.mark.parametrize("said", ["Authorization: Bearer abc.def.ghi-jkl", "apikey 0123456789abcdef"])
def test_what_follows_the_word_bearer_is_a_secret_that_nobody_knew(said):
    assert REMOVED in Secrets().removed_from(said)


def test_texts_without_secrets_stay_as_they_are():
    secrets = Secrets()
    secrets.add(KEY)
    secrets.add("ab")
    secrets.add(None)
    assert secrets.removed_from("the queue is about 3 jobs long") == "the queue is about 3 jobs long"
    assert secrets.removed_from_bytes(b"\x00\xff") == b"\x00\xff"


def chatty(run):
    """Every error answer, and the words of a failed job, repeat the key in every form."""
    body = json.dumps({"errors": [{"code": 1, "message": " ".join(sorted(forms(KEY)))}], "errorMessage": KEY})
    return {"text": body, "do": "body"}


PLACES = [
    ("POST", "/jobs"),
    ("GET", "/jobs"),
    ("GET", "/jobs/*"),
    ("GET", "/jobs/*/results"),
    ("GET", "/jobs/*/metrics"),
    ("GET", "/backends/*/properties"),
    ("POST", "/sessions"),
    ("POST", "/iam/**"),
]


@pytest.mark.parametrize("nth", [(1, 2), (2, 3, 4, 5, 6, 7, 8, 9)], ids=["at first", "later"])
@pytest.mark.parametrize(("method", "path"), PLACES, ids=[f"{method} {path}" for method, path in PLACES])
def test_a_service_that_repeats_the_key_in_its_answers(method, path, nth, rehearse, capsys):
    run = rehearse(one_job(), mode="session", api_key=KEY, down=200.0)
    told = []
    with suppress(QspecError):
        run.begin()
        run.emulator.faults.add(**chatty(run), method=method, path=path, nth=nth)
        try:
            run.go()
        except QspecError as error:
            told = [str(error), error.advice]
            raise
    said = capsys.readouterr()
    assert leaks(run, *told, *run.watcher.troubles, said.out, said.err, secrets=bearer(run)) == set()


def test_words_of_a_failed_job_that_repeat_secrets(rehearse):
    run = rehearse(one_job(), api_key=KEY, queue_seconds=50.0)

    class Telling(type(run.watcher)):
        def submitted(self, job, job_id):
            words = " ".join(sorted(forms(KEY) | forms(bearer(run)[-1])))
            run.emulator.ledger.find(job_id).script = JobScript(fail_code=9999, fail_reason=words)

    run.watcher = Telling()
    run.go()
    assert REMOVED in run.record.job("counts").error
    assert leaks(run, secrets=bearer(run)) == set()


def test_a_token_of_another_process_is_removed_by_its_looks():
    token = "eyJhbGciOiAiUlMyNTYifQ.eyJpYXQiOiAxNzk1Mzg5MDEz.dW5zaWduZWQ"
    assert Secrets().removed_from(f"the token {token} is old") == f"the token {REMOVED} is old"


def test_a_secret_at_the_place_where_long_words_are_cut(rehearse):
    run = rehearse(one_job(), api_key=KEY)
    run.begin()
    words = " ".join(["x" * 475, KEY, "y" * 90])
    run.emulator.faults.add("body", method="POST", path="/jobs", text=json.dumps({"errors": [{"message": words}]}))
    run.emulator.faults.add_job(fail_code=9999, fail_reason="z" * 1990 + " " + KEY)
    with suppress(QspecError):
        run.go()
    contents = b"".join(path.read_bytes() for path in run.path.rglob("*") if path.is_file())
    assert KEY[:8].encode() not in contents


@pytest.fixture
def saved(monkeypatch, tmp_path):
    """saved(emulator, name): an account file in another home, and no environment."""

    def saved(emulator, name="mine", **more):
        home = tmp_path / "home"
        (home / ".qiskit").mkdir(parents=True)
        environment = emulator.environment
        for variable in ("QISKIT_IBM_TOKEN", "QISKIT_IBM_INSTANCE", "QISKIT_IBM_CHANNEL", "QISKIT_IBM_URL"):
            monkeypatch.delenv(variable, raising=False)
        entry = {
            "channel": "ibm_quantum_platform",
            "token": emulator.accounts.api_key,
            "url": environment["QISKIT_IBM_URL"],
            "instance": emulator.instance.crn,
            "verify": True,
            "private_endpoint": False,
            **more,
        }
        file = home / ".qiskit" / "qiskit-ibm.json"
        file.write_text(json.dumps({name: entry}))
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setattr("qiskit_ibm_runtime.accounts.management._DEFAULT_ACCOUNT_CONFIG_JSON_FILE", str(file))
        return file

    return saved


def test_the_account_file_is_read_and_not_written(rehearse, saved):
    run = rehearse(one_job().replace("name: ibm_manila", "name: ibm_manila, account: mine"), api_key=KEY)
    file = saved(run.emulator)
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    run.go()
    assert run.statuses == ["DONE"]
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    file.rename(file.with_suffix(".aside"))
    file.parent.rename(run.folder.parent / f"{run.folder.name}-away")
    assert leaks(run, secrets=bearer(run)) == set()


def test_a_login_that_repeats_the_key_of_the_account_file(rehearse, saved, capsys):
    run = rehearse(one_job().replace("name: ibm_manila", "name: ibm_manila, account: mine"), api_key=KEY)
    saved(run.emulator)
    (run.folder / "bell.yaml").write_text(run.spec.replace("MODE", "job"))
    body = json.dumps({"errorMessage": " ".join(sorted(forms(KEY)))})
    run.emulator.faults.add("body", method="POST", path="/iam/**", text=body)
    run.emulator.faults.add("status", method="GET", path="/catalog/**", status=500)
    assert main(["plan", str(run.folder / "bell.yaml")]) == 3
    said = capsys.readouterr()
    assert not [form for form in forms(KEY) if form in said.out + said.err]
    assert "Traceback" not in said.err


def test_a_password_in_an_address_is_a_secret(rehearse, monkeypatch, capsys):
    run = rehearse(one_job(), api_key=KEY)
    monkeypatch.setenv("QISKIT_IBM_URL", run.emulator.environment["QISKIT_IBM_URL"].replace("//", f"//me:{PASSWORD}@"))
    with suppress(QspecError):
        run.begin()
        run.emulator.faults.add("body", method="POST", path="/jobs", text=f'{{"errors": ["{PASSWORD}"]}}')
        run.emulator.faults.add("status", method="GET", path="/jobs/*", status=404)
        run.go()
    said = capsys.readouterr()
    assert leaks(run, *run.watcher.troubles, said.out, said.err) == set()


def test_a_bug_report_has_no_secrets(rehearse, monkeypatch, capsys, tmp_path):
    run = rehearse(one_job(), api_key=KEY)
    (run.folder / "bell.yaml").write_text(run.spec.replace("MODE", "job"))

    def broken(*_arguments, **_options):
        raise ZeroDivisionError(f"{KEY} in a bug")

    monkeypatch.setattr("qspec.service.backend.open_backend", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["plan", str(run.folder / "bell.yaml")]) == 70
    said = capsys.readouterr()
    [report] = tmp_path.glob("qspec-bug-*.txt")
    assert KEY not in said.err + said.out + report.read_text()


def test_the_key_is_never_sent_in_the_place_of_a_token(rehearse):
    run = rehearse(BELL, api_key=KEY, down=200.0).begin()
    run.emulator.faults.add("expire", method="POST", path="/jobs", nth=(1,))
    run.emulator.faults.add("status", method="POST", path="/iam/**", status=500, nth=tuple(range(3, 60)))
    with suppress(QspecError):
        run.go()
    assert {entry.authorization for entry in run.emulator.ledger.requests} <= {"bearer", "basic", ""}


def test_the_key_is_not_sent_by_a_client_without_instance_either(rehearse, monkeypatch):
    run = rehearse(BELL, api_key=KEY)
    monkeypatch.delenv("QISKIT_IBM_INSTANCE")
    run.emulator.faults.add("status", method="POST", path="/iam/**", status=400, nth=tuple(range(2, 60)))
    with suppress(QspecError):
        run.go()
    assert run.emulator.ledger.requests
    assert {entry.authorization for entry in run.emulator.ledger.requests} <= {"bearer", "basic", ""}


def test_answers_that_are_whole_and_repeat_secrets(rehearse):
    """Status and calibration of a backend go on record as the service says them."""
    run = rehearse(one_job(), api_key=KEY)
    device = run.emulator.devices["ibm_manila"]
    told = " ".join(sorted(forms(KEY)))
    status = {"state": True, "status": told, "message": told, "length_queue": 0, "backend_version": KEY}
    run.emulator.faults.add("body", method="GET", path="/backends/*/status", text=json.dumps(status))

    def change(properties):
        for form in sorted(forms(KEY)):
            properties["general"].append(
                {"date": properties["last_update_date"], "name": form, "unit": form, "value": 0}
            )

    device.recalibrate(run.emulator.clock.now(), change)
    run.begin()
    device.recalibrate(run.emulator.clock.now(), change)
    run.go()
    assert REMOVED in (run.path / "backend.json").read_text()
    assert REMOVED in (run.path / run.record.job("counts").submissions[0].calibration).read_text()
    assert leaks(run, secrets=bearer(run)) == set()


@pytest.mark.parametrize("seed", range(4))
def test_nothing_leaks_in_schedules_of_faults_either(seed, rehearse, rng):
    run = rehearse(one_job(), mode=("job", "batch", "session")[seed % 3], api_key=KEY, down=200.0)
    run.begin()
    script = schedule(seed)
    run.emulator.faults.replace(FaultScript(faults=[*script.faults, fault(rng)], jobs=script.jobs))
    words = []
    for _ in range(8):
        try:
            run.go()
            break
        except QspecError as error:
            words.append(str(error))
    assert leaks(run, *words, *run.watcher.troubles, secrets=bearer(run)) == set()


def test_the_account_module_keeps_no_key_of_its_own():
    assert not [name for name in vars(account_module) if "token" in name.lower() and not name.startswith("_")]
