"""Validating and planning write nothing and open no connection; validating reads only the spec's own repository
(promises P10, P11).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import qspec
from qspec.caching.files import entries
from qspec.planning import kept

WATCHER = """
import json, os, sys
events = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        events.append(["write" if (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) else "read", arguments[0]])
    elif event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "os.fork", "ctypes.dlopen")):
        events.append([event, repr(arguments)[:200]])
sys.addaudithook(watch)
from qspec.reading.reports import report_each
codes = [finding.code for report in report_each(["spec.yaml"]) for finding in report.findings]
print(json.dumps([codes, events]))
"""
HEAD = "qspec: 1\nname: x\nbackend: {kind: aer}\n"
JOB = "jobs: {j: {program_id: estimator, pubs: [{circuit: c, parameter_values: {a: %s}, observables: %s}]}}\n"
CIRCUIT = "circuits: {c: {kind: qasm, source: 'OPENQASM 3.0; qubit[1] q; %s'}}\n"
ATTACKS = {
    "circuit file": HEAD + "circuits: {c: {kind: qasm, file: ../canary.txt}}\n" + JOB % ("1", "{Z: 1}"),
    "absolute path": HEAD + "circuits: {c: {kind: qpy, file: /etc/passwd}}\n" + JOB % ("1", "{Z: 1}"),
    "link": HEAD + "circuits: {c: {kind: qasm, file: link/canary.txt}}\n" + JOB % ("1", "{Z: 1}"),
    "prefix twin": HEAD + "circuits: {c: {kind: qasm, file: ../repo-evil/canary.txt}}\n" + JOB % ("1", "{Z: 1}"),
    "values": HEAD + CIRCUIT % "" + JOB % ("{file: ../canary.npy}", "{file: /proc/self/environ}"),
    "linked values": HEAD + CIRCUIT % "" + JOB % ("{file: link/canary.npy}", "{file: link/canary.json}"),
    "include": HEAD + CIRCUIT % 'include "../canary.txt";' + JOB % ("1", "{Z: 1}"),
    "base": "extends: ../canary.txt\n" + HEAD,
    "linked base": "extends: link/canary.txt\n" + HEAD,
    "tag": HEAD + "seed: !!python/object/apply:os.system ['touch /tmp/touched']\n",
    "python": HEAD.replace("kind: aer", "kind: python, factory: 'os:system'") + CIRCUIT % "" + JOB % ("1", "{Z: 1}"),
    "bind": HEAD + "circuits: {c: {kind: qasm, source: 'OPENQASM 3.0;', bind: {a: __import__('os').system('id')}}}\n",
    "noise": HEAD.replace("aer", "aer, noise_from: ../../canary"),
}


@pytest.fixture
def watched(repository):
    """Checks a spec in a process of its own; returns the codes, and what was done with files and the network."""
    outside = repository.parent
    for folder in (outside, outside / "repo-evil"):
        folder.mkdir(exist_ok=True)
        for name in ("canary.txt", "canary.npy", "canary.json"):
            (folder / name).write_text("OPENQASM 3.0; qubit[1] q;")
    (repository / "link").symlink_to(outside)

    def watched(text):
        (repository / "spec.yaml").write_text(text)
        environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", WATCHER]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return json.loads(done.stdout)

    return watched


def is_allowed(path, repository):
    """Python's own files, the installed packages, and the repository."""
    libraries = [*sys.path, sys.prefix, sys.base_prefix, Path(qspec.__file__).parents[1], repository]
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(place)) for place in libraries if str(place))


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_findings_and_reaches_nothing(watched, repository, text):
    codes, events = watched(text)
    assert codes
    assert {event for event, _ in events} == {"read"}
    assert [path for _, path in events if not is_allowed(path, repository)] == []
    assert not [path for _, path in events if "canary" in path]


def test_a_good_spec_is_checked_without_a_trace(watched, repository):
    before = sorted(repository.rglob("*"))
    codes, events = watched(HEAD + CIRCUIT % "" + JOB.replace("parameter_values: {a: %s}, ", "") % "{Z: 1}")
    assert codes == []
    assert {event for event, _ in events} == {"read"}
    assert sorted(repository.rglob("*")) == sorted([*before, repository / "spec.yaml"])


PLANNER = """
import json, os, sys
import qiskit, qiskit.qpy, qiskit_aer
events = []
def watch(event, arguments):
    if event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
        events.append([event, str(arguments[0])])
    elif event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.utime", "os.chmod", "os.link", "os.symlink",
                   "os.truncate", "shutil.rmtree", "socket.connect", "socket.getaddrinfo"):
        events.append([event, repr(arguments)[:200]])
sys.addaudithook(watch)
from qspec.cli.main import main
code = main(sys.argv[1:])
print("EVENTS", json.dumps([code, events]))
"""


@pytest.fixture
def planned(repository):
    """Plans a spec in a process of its own; returns what was changed on disk, and asked of the network."""
    (repository / "spec.yaml").write_text(
        HEAD + CIRCUIT % "bit[1] meas; meas = measure q;" + "jobs: {j: {program_id: sampler, pubs: [{circuit: c}]}}\n"
    )

    def planned(*words):
        environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", PLANNER, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        code, events = json.loads(done.stdout.rpartition("EVENTS")[2])
        assert code == 0, done.stderr
        return events

    return planned


@pytest.mark.parametrize("warm", ["no cache", "a cache", "a damaged cache"])
def test_planning_changes_nothing_on_disk(planned, repository, cache_dir, warm, monkeypatch):
    if warm != "no cache":
        monkeypatch.setattr(kept, "WORTH", 0.0)
        qspec.run("spec.yaml", repository / "runs")
        found = list(entries(cache_dir))
        assert len(found) == 2
        for entry in found:
            if warm == "a damaged cache":
                entry.path.write_bytes(b"torn")
            os.utime(entry.path, (1, 1))  # so long ago that a run would note that it used it
    before = {path: path.stat().st_mtime_ns for path in (*repository.rglob("*"), *cache_dir.rglob("*"))}
    assert planned("plan", "spec.yaml") == []
    assert {path: path.stat().st_mtime_ns for path in (*repository.rglob("*"), *cache_dir.rglob("*"))} == before


def test_only_what_o_names_is_written(planned, repository):
    written = {Path(place).name for event, place in planned("plan", "spec.yaml", "-o", "plan.json") if event == "open"}
    assert len(written) == 1
    assert (repository / "plan.json").exists()
