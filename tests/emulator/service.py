"""The service behind the routes: its state, and what it does with jobs."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import sessions
from .execution import check_params, digest, run_program
from .jobs import Job, Work, WorkFailed, new_identifier
from .learning import check_learner_params, learn_noise
from .messages import Refusal
from .queueing import Queue
from .sessions import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .accounts import Accounts, Instance
    from .clock import Clock
    from .devices import Devices
    from .faults import FaultScript
    from .ledger import Ledger
    from .parts import Simulator

LARGEST_BODY = 50_000_000
MOST_TAGS = 8
LONGEST_TAG = 86
PROGRAMS = {"executor": check_params, "noise-learner": check_learner_params}


@dataclass(kw_only=True)
class Service:
    """Everything that the emulator knows. `fresh_shots` samples equal jobs anew instead of remembering their results."""

    clock: Clock
    accounts: Accounts
    devices: Devices
    ledger: Ledger
    faults: FaultScript
    queue_seconds: float = 0.0
    run_seconds: float = 0.0
    submissions_per_minute: int | None = None
    fresh_shots: bool = False
    seed: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)
    chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.queue = Queue(self.clock, self._work, self._charge)
        self._lock = threading.Lock()
        self._works: dict[str, Work] = {}
        self._checked: set[str] = set()

    def submit(self, data: Any, instance: Instance) -> Job:
        """Accept a job. Raises `Refusal` for one that the service does not take."""
        self._check_body(data, instance)
        self._check_rate()
        with self._lock:
            session = self._session_of(data, instance)
            tags = tuple(data.get("tags", ()))
            number = len(self.ledger.jobs) + 1
            script = self.faults.script_for(number, data["program_id"], data["backend"], tags)
            job = Job(
                id=new_identifier(self.chance),
                body=data,
                instance=instance.crn,
                script=script,
                tags=tags,
                due=self.clock.monotonic() + _given(script.queue_seconds, self.queue_seconds),
                run_seconds=_given(script.run_seconds, self.run_seconds),
                held=script.hold,
            )
            self.queue.put(job)
            self.ledger.jobs.append(job)
            if session is not None:
                session.jobs.append(job)
        return job

    def open_session(self, data: Any, instance: Instance) -> Session:
        """Open a session or a batch. Raises `Refusal` for a wrong mode, plan or backend."""
        sessions.check_request(data, instance.plan)
        device = self.devices[str(data.get("backend"))]
        if not instance.sees(device.name):
            raise Refusal(404, 1007, f"Backend not found: {device.name}.")
        with self._lock:
            session = Session(
                id=new_identifier(self.chance),
                mode=data.get("mode", "dedicated"),
                backend=device.name,
                instance=instance.crn,
                max_ttl=data.get("max_ttl") or sessions.MAX_TTL,
                created=self.clock.now(),
                jobs=[],
            )
            self.sessions[session.id] = session
        return session

    def close_session(self, session: Session) -> None:
        """Take no more jobs; those that were submitted are run."""
        session.accepting_jobs = False
        session.closed = session.closed or self.clock.now()

    def cancel_session(self, session: Session) -> None:
        """Close a session and cancel what has not ended."""
        self.close_session(session)
        for job in [job for job in session.jobs if not job.ended]:
            self.queue.cancel(job, "the session was cancelled")

    def find_session(self, session_id: str, instance: Instance) -> Session:
        """The session of an ID. Raises `Refusal` when there is none in this instance."""
        found = self.sessions.get(session_id)
        if found is None or found.instance != instance.crn:
            raise Refusal(404, 1216, f"Session not found: {session_id}.")
        self._expire()
        return found

    def find_job(self, job_id: str, instance: Instance) -> Job:
        """The job of an ID. Raises `Refusal` when there is none in this instance."""
        found = self.ledger.find(job_id)
        if found is None or found.instance != instance.crn or found.deleted:
            raise Refusal(404, 1291, f"Job not found. Job ID: {job_id}")
        self._expire()
        return found

    def listed(self, instance: Instance) -> list[Job]:
        """The jobs of an instance, oldest first, without those that lists do not show yet."""
        self._expire()
        shown = []
        for job in list(self.ledger.jobs):
            if job.instance == instance.crn and not job.deleted:
                job.lists += 1
                age = (self.clock.now() - job.states[0][1]).total_seconds()
                if job.lists > self.faults.lag_calls and age >= self.faults.lag_seconds:
                    shown.append(job)
        return shown

    def _expire(self) -> None:
        for job in sessions.expire(list(self.sessions.values()), self.clock.now()):
            self.queue.fail(job, 1217, "the session ran out before the job started")

    def _session_of(self, data: Mapping[str, Any], instance: Instance) -> Session | None:
        if data.get("session_id") is None:
            return None
        session = self.find_session(data["session_id"], instance)
        session.check_accepts(self.clock.now(), data["backend"])
        return session

    def _check_rate(self) -> None:
        if self.submissions_per_minute is None:
            return
        now = self.clock.now()
        recent = [job for job in list(self.ledger.jobs) if (now - job.states[0][1]).total_seconds() < 60]
        if len(recent) >= self.submissions_per_minute:
            raise Refusal(429, 1202, f"Too many requests received: limit is {self.submissions_per_minute} per minute.")

    def _check_body(self, data: Any, instance: Instance) -> None:
        """Raises `Refusal` for a body that the service does not take."""
        if not isinstance(data, dict) or not isinstance(data.get("params"), dict):
            raise Refusal(400, 1211, "the body must be an object with 'program_id', 'backend' and 'params'")
        if data.get("program_id") not in PROGRAMS:
            raise Refusal(404, 1207, f"Program not found: {data.get('program_id')}.")
        device = self.devices[str(data.get("backend"))]
        if not instance.sees(device.name):
            raise Refusal(404, 1007, f"Backend not found: {device.name}.")
        if device.state == "maintenance":
            raise Refusal(400, 1004, f"The Backend is not available: {device.name}.", "Use another backend.")
        check_tags(data.get("tags", []))
        if instance.exhausted and not device.mock:
            raise Refusal(403, 4317, "You have exceeded the usage limit of this instance.", "Wait, or raise the limit.")
        self._check_params(data)

    def _check_params(self, data: Mapping[str, Any]) -> None:
        known = digest(data["program_id"], data["params"])
        if known not in self._checked:
            if words := PROGRAMS[data["program_id"]](data["params"]):
                raise Refusal(400, 1211, f"The params do not match the schema: {words}")
            self._checked.add(known)

    def _work(self, job: Job) -> Work:
        """Carry a job out, or remember what one with the very same parameters gave."""
        if job.script.fail_code is not None:
            raise WorkFailed(job.script.fail_code, job.script.fail_reason)
        device = self.devices[job.backend]
        calibration = device.calibration(before=self.clock.now(), id=job.body.get("calibration_id"))
        if calibration is None:
            raise WorkFailed(1009, "Required backend information not found.")
        key = digest(job.program_id, job.backend, calibration.id, job.body["params"], self.seed)
        if key not in self._works or self.fresh_shots:
            seed = f"{self.seed} {job.backend} {calibration.id}"
            if self.fresh_shots:
                seed += f" {self.ledger.jobs.index(job)}"
            self._works[key] = self._compute(job, device.simulator(calibration), seed, mock=device.mock)
        work = self._works[key]
        longest = job.body.get("cost")
        if longest is not None and work.seconds > longest:
            raise WorkFailed(1305, f"Job exceeded its maximum execution time of {longest} s", word="Cancelled")
        return work

    def _compute(self, job: Job, simulator: Simulator, seed: str, *, mock: bool) -> Work:
        if job.program_id == "noise-learner":
            return learn_noise(job.body["params"], simulator.backend)
        return run_program(job.body["params"], simulator, seed=seed, mock=mock)

    def _charge(self, job: Job, seconds: float) -> None:
        job.charged_seconds = seconds
        for instance in self.accounts.instances:
            if instance.crn == job.instance:
                instance.consumed_seconds += seconds


def check_tags(tags: Any) -> None:
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Refusal(400, 1211, "tags must be a list of texts")
    if len(tags) > MOST_TAGS:
        raise Refusal(
            400, 1204, f"Exceeded the maximum number of tags that a job can have ({len(tags)} > {MOST_TAGS})."
        )
    if any(len(tag) > LONGEST_TAG for tag in tags):
        raise Refusal(400, 1205, f"A job tag is longer than {LONGEST_TAG} characters.")


def _given(value: float | None, default: float) -> float:
    return default if value is None else value
