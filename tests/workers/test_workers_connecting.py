"""What is said when there is no cluster, and how one on this machine comes to its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from interruptible import interruptible
from workers_at_hand import ARITHMETIC, processes_in, wait_until

from qspec.errors import MachineError, ServiceError, UsageError
from qspec.workers import cluster
from qspec.workers.cluster import Cluster, reach

HERE = Path(__file__).parent
PROGRAM = """
import pickle, signal, sys
from qspec.workers.cluster import Cluster
from workers_at_hand import tasks
if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Cluster("tasks_at_hand:arithmetic", "local:2") as team:
            for done in team.run(tasks(6, chunk=1), lambda _: pickle.dumps({"special": {4: "sleep", 5: "sleep"}})):
                print("came", flush=True)
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "127.0.0.1:8786", "http://host:80", "tcp://host", "tcp://:1", "tcp://host:99999", "tcp://h:0",
     "tcp://user@host:1/x", "local:0", "local:", "local:-1", "local:two"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    with pytest.raises(UsageError, match=f"'{address}' is not the address of a Dask scheduler") as raised:
        Cluster(ARITHMETIC, address)
    assert "local:N" in raised.value.advice


def test_without_dask_it_is_said_how_to_have_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="Dask is not installed") as raised:
        Cluster(ARITHMETIC, "local:1")
    assert raised.value.advice == "pip install 'qspec-runner[dask]'"


def test_nobody_listens():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{reserved.getsockname()[1]}"
        with pytest.raises(ServiceError, match=f"no scheduler answers at '{address}': connection refused"):
            reach(address)


def test_one_that_has_gone_since_it_was_reached():
    """By then a run has begun, and is interrupted like by any other trouble here."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{reserved.getsockname()[1]}"
        with pytest.raises(MachineError, match="no scheduler answers"):
            Cluster(ARITHMETIC, address).__enter__()


def test_no_such_host():
    with pytest.raises(ServiceError, match=r"no scheduler answers at 'tcp://no-such-host\.invalid:8786'"):
        reach("tcp://no-such-host.invalid:8786")


def test_somebody_else_listens(monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE_TO_CONNECT", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ServiceError, match=f"no scheduler answers at '{address}': timed out"):
            reach(address)


def test_tls_without_certificates():
    with pytest.raises(UsageError, match="there are no certificates to connect to 'tls://localhost:8786' with"):
        reach("tls://localhost:8786")


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_cluster_on_this_machine_ends_with_its_process(how, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    path = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    with interruptible():
        process = subprocess.Popen(
            [sys.executable, str(program)],
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    assert [process.stdout.readline() for _ in range(4)] == ["came\n"] * 4
    time.sleep(0.3)
    number = getattr(signal, how)
    process.send_signal(number) if how == "SIGKILL" else os.killpg(process.pid, number)
    assert process.wait(5) == (-number if how == "SIGKILL" else 128 + number)
    wait_until(lambda: not processes_in(process.pid))
    said = process.communicate()[1]
    assert not said or (how == "SIGKILL" and "leaked semaphore" in said)  # which multiprocessing then puts in order
