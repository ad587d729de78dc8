from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

from emulator import Emulator
from tests.interruptible import interruptible

TOP = Path(__file__).parents[2]


def call(url, method="GET", data=None):
    body = None if data is None else json.dumps(data).encode()
    with urllib.request.urlopen(urllib.request.Request(url, method=method, data=body)) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def test_when_it_stops_no_thread_is_left(plain, emulator, learner_body):
    plain.ask("POST", "/jobs", learner_body)
    emulator.faults.add("hang")
    threading.Thread(target=lambda: _quietly(plain)).start()
    while emulator.ledger.requests[-1].outcome != "hung":
        pass
    emulator.stop()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("emulator")]


def _quietly(plain):
    with contextlib.suppress(OSError):
        plain.ask("GET", "/jobs")


def test_many_live_in_one_process(learner_body):
    from emulator.conftest import Plain

    running = [Emulator() for _ in range(4)]
    for emulator in running:
        emulator.start()
    try:
        assert [Plain(emulator).ask("POST", "/jobs", learner_body)[0] for emulator in running] == [200] * 4
        assert len({emulator.url for emulator in running}) == 4
        assert [len(emulator.ledger.jobs) for emulator in running] == [1] * 4
    finally:
        for emulator in running:
            emulator.stop()


def test_starting_imports_nothing_heavy():
    code = (
        "import sys; from tests.emulator import Emulator\n"
        "with Emulator(['manila', 'torino']): pass\n"
        "print(sorted({'qiskit', 'numpy', 'qiskit_aer', 'qiskit_ibm_runtime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert done.stderr == ""


def test_qiskit_survives_that_the_thread_which_imported_it_is_gone():
    code = (
        "import threading; from tests.emulator.native import load_native\n"
        "def run(work):\n"
        "    thread = threading.Thread(target=work); thread.start(); thread.join()\n"
        "def use():\n"
        "    from qiskit import QuantumCircuit\n"
        "    circuit = QuantumCircuit(3, 3); circuit.find_bit(circuit.clbits[0]); circuit.copy()\n"
        "load_native()\n"
        "for _ in range(2000): run(use)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=TOP, check=False).returncode == 0


def started(*words):
    """The emulator in a process of its own, and the environment that it prints."""
    command = [sys.executable, "-m", "tests.emulator", *words]
    with interruptible():
        process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [process.stdout.readline() for _ in range(8)]
    assert all(line.startswith("export ") for line in lines)
    return process, dict(line.removeprefix("export ").rstrip().split("=", 1) for line in lines)


def test_it_is_started_by_hand_with_a_file_of_faults_and_ended_with_ctrl_c(tmp_path):
    (tmp_path / "faults.json").write_text('{"faults": [{"do": "status", "path": "/backends", "status": 500}]}')
    process, environment = started("--devices", "manila,quito", "--faults", str(tmp_path / "faults.json"))
    url = environment["QISKIT_IBM_URL"].removesuffix("/experimental")
    assert call(f"{url}/emulator/faults")["faults"][0]["status"] == 500
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    assert process.returncode == 0
    assert said.splitlines() == [f"ibm_manila, mock_manila, ibm_quito, mock_quito at {url}; Ctrl-C ends it", ""]


def test_ledger_faults_clock_and_held_jobs_are_reached_from_another_process(emulator, plain, learner_body):
    script = {"jobs": [{"hold": True}], "faults": [{"do": "status", "path": "/backends", "nth": 1}]}
    call(f"{emulator.url}/emulator/faults", "PUT", script)
    job_id = plain.ask("POST", "/jobs", learner_body | {"tags": ["x"]})[1]["id"]
    assert plain.ask("GET", "/backends")[0] == 503
    ledger = call(f"{emulator.url}/emulator/ledger")
    assert [(job["id"], job["tags"], job["states"][-1][0]) for job in ledger["jobs"]] == [(job_id, ["x"], "Queued")]
    assert [entry["path"] for entry in ledger["requests"]] == ["/iam/identity/token", "/jobs", "/backends"]
    call(f"{emulator.url}/emulator/jobs/{job_id}/release", "POST")
    emulator.wait_for()
    before = emulator.clock.now()
    call(f"{emulator.url}/emulator/clock", "POST", {"advance": 3600})
    assert (emulator.clock.now() - before).total_seconds() > 3600
    call(f"{emulator.url}/emulator/faults", "DELETE")
    assert emulator.faults.faults == []


def test_a_client_that_is_killed_does_not_disturb_it(emulator, plain, learner_body, capfd):
    body = json.dumps(learner_body)
    code = (
        "import socket, sys, time\n"
        f"s = socket.create_connection(('127.0.0.1', {emulator.url.rpartition(':')[2]}))\n"
        f"s.sendall(b'POST /experimental/jobs HTTP/1.1\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n{{')\n"
        "print('sent', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert plain.ask("POST", "/jobs", learner_body)[0] == 200
    assert len(emulator.ledger.jobs) == 1
    assert capfd.readouterr() == ("", "")


def test_a_result_for_a_client_that_went_away_is_dropped_quietly(emulator, plain, learner_body, capfd):
    import socket
    import struct

    plain.login()
    emulator.faults.add("delay", method="GET", path="/jobs", seconds=0.1)
    connection = socket.create_connection(("127.0.0.1", int(emulator.url.rpartition(":")[2])))
    connection.sendall(b"GET /experimental/jobs HTTP/1.1\r\n\r\n")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    assert plain.ask("GET", "/jobs")[0] == 200
    emulator.stop()
    assert capfd.readouterr() == ("", "")


def test_an_error_of_its_own_is_not_swallowed(emulator, plain, learner_body, monkeypatch):
    import pytest

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("emulator.service.learn_noise", broken)
    job_id = plain.ask("POST", "/jobs", learner_body)[1]["id"]
    emulator.wait_for()
    assert plain.ask("GET", f"/jobs/{job_id}")[1]["state"]["reason_code"] == 9999
    with pytest.raises(RuntimeError, match="could not run a job"):
        emulator.stop()
    emulator.service.queue.errors.clear()
