"""A run on an emulator, as one or several processes drive it, and what it told whoever watched."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

import pytest

from qspec.running.conduct import Conduct
from qspec.running.progress import Silent
from qspec.running.remote import run_remote
from qspec.service.account import Account, open_service
from qspec.service.backend import Wanted, open_backend
from tests.emulator.accounts import Instance
from tests.emulator.emulator import Emulator
from tests.service.rehearsal import BELL, Rehearsal, VirtualTime


class Heard(Silent):
    """Remembers what a run tells."""

    def __init__(self):
        self.troubles = []
        self.accepted = []
        self.positions = []
        self.statuses = []

    def trouble(self, words):
        self.troubles.append(words)

    def submitted(self, job, job_id):
        self.accepted.append((job, job_id))

    def job_changed(self, job):
        self.statuses.append((job.id, job.status))

    def waiting(self, job, status, position):
        self.positions.append(position)


@dataclass
class Run(Rehearsal):
    """One run from its plan on. `go` is what a process does with it; each begins with what is on disk."""

    watcher: Heard = field(default_factory=Heard)
    planned: object = None
    journal: object = None

    def begin(self):
        self.planned = self.plan()
        self.journal = self.create(self.planned)
        return self

    def go(self, **conduct):
        if self.planned is None:
            self.begin()
        self.journal = self.reopened(self.journal)
        known = self.planned.backend
        backend = self.planned.spec.backend.chosen(known.name, known.instance).recall()
        how = replace(self.conduct, **conduct)
        run_remote(replace(self.planned, backend=backend), backend, self.journal, self.watcher, how)
        return self

    @property
    def path(self):
        return self.journal.folder.path

    @property
    def record(self):
        return self.reopened(self.journal).record

    @property
    def statuses(self):
        return [job.status for job in self.record.jobs]

    @property
    def events(self):
        from qspec.records.status import read_events

        return [event.event for event in read_events(self.path).events]

    @property
    def posts(self):
        return self.emulator.ledger.count("POST", "/jobs")

    @property
    def ids(self):
        """The jobs of the run on the service, by its record."""
        return [each.job_id for each in self.submissions(self.reopened(self.journal))]

    @property
    def alive(self):
        """The jobs that the service has and did not cancel."""
        return [job.id for job in self.emulator.ledger.jobs if job.status != "Cancelled"]


@pytest.fixture(name="rehearse")
def rehearsals(tmp_path, monkeypatch):
    """`rehearse(spec, mode=…, …)` gives a `Run` on an emulator of its own; further settings are the emulator's."""
    with ExitStack() as stack:

        def rehearse(
            spec=BELL, *, mode="job", settle=10.0, down=600.0, deadline=20_000.0, devices=("manila",), **settings
        ):
            emulator = stack.enter_context(Emulator(devices=list(devices), **settings))
            return Run(
                emulator=emulator,
                time=VirtualTime(emulator, settle=settle, down=down),
                folder=tmp_path,
                spec=spec,
                mode=mode,
                conduct=Conduct(deadline=deadline),
            ).install(monkeypatch)

        yield rehearse


@pytest.fixture(name="opened")
def open_accounts(rehearse):
    """`opened(…)`: a `Run` as of `rehearse`, with an open `service` and its `backend` ibm_manila."""

    def opened(*arguments, **settings):
        run = rehearse(*arguments, **settings)
        run.service = open_service(Account(), run.time.patience())
        run.backend = open_backend(run.service, Wanted(name="ibm_manila"), kind="ibm")
        return run

    return opened


def bell_pub(shots=100):
    """A Bell pair in the gates of ibm_manila."""
    from math import pi

    from qiskit import QuantumCircuit
    from qiskit.primitives.containers.sampler_pub import SamplerPub

    circuit = QuantumCircuit(5, 2)
    circuit.rz(pi / 2, 0)
    circuit.sx(0)
    circuit.rz(pi / 2, 0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return SamplerPub.coerce((circuit, None, shots))


def one_job(spec=BELL):
    """The spec with its first job alone."""
    return "".join(line for line in spec.splitlines(keepends=True) if not line.startswith("  again:"))


def counts(run, job, pub=0):
    """The counts of a job's result, as it is on disk."""
    from qspec.records.view import FinishedRun

    return FinishedRun(run.record, run.path).counts(job, pub)


def break_qubit(emulator, name, qubit):
    """Let the next calibration of a device call a qubit faulty.

    The client takes that only from a device whose configuration says of every gate which qubits it acts on.
    """
    device = emulator.devices[name]
    for gate in device.fake.configuration["gates"]:
        gate["coupling_map"] = gate.get("coupling_map") or [[each] for each in range(device.num_qubits)]

    def change(properties):
        fault = {"date": properties["last_update_date"], "name": "operational", "unit": "", "value": 0}
        properties["qubits"][qubit].append(fault)

    device.recalibrate(emulator.clock.now(), change)


@contextmanager
def example_account():
    """An account for specs that are examples: ibm_fez and ibm_manila, with a faulty qubit 0 each, and two instances.

    `research` has no limit and is the default; `used-up` has nothing left.
    """
    instances = [
        Instance(name="research", allocation_seconds=None),
        Instance(name="used-up", allocation_seconds=60.0, consumed_seconds=60.0),
    ]
    with Emulator(devices=["fez", "manila"], instances=instances) as emulator, pytest.MonkeyPatch.context() as patch:
        for name in ("ibm_fez", "ibm_manila"):
            break_qubit(emulator, name, 0)
        for name, value in emulator.environment.items():
            patch.setenv(name, value)
        yield emulator
