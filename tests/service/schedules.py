"""Seeded schedules of faults: what may go wrong between a client and a service, in any mixture."""

from __future__ import annotations

import random

from tests.emulator.faults import Fault, FaultScript, JobScript

PLACES = (
    ("POST", "/jobs"),
    ("GET", "/jobs"),
    ("GET", "/jobs/*"),
    ("GET", "/jobs/*/results"),
    ("GET", "/jobs/*/metrics"),
    ("GET", "/backends/**"),
    ("GET", "/instances/usage"),
    ("POST", "/sessions"),
    ("PATCH", "/sessions/*"),
    ("GET", "/sessions/*"),
    ("POST", "/iam/**"),
)
STATUSES = (500, 502, 503, 504, 429)


def fault(rng: random.Random) -> Fault:
    """One fault, at the submission of jobs in half of the cases."""
    method, path = PLACES[0] if rng.random() < 0.5 else rng.choice(PLACES)
    when = {"method": method, "path": path, "nth": tuple(rng.sample(range(1, 7), rng.randint(1, 3)))}
    phase = rng.choice(("before", "after"))
    kind = rng.choice(("status", "status", "drop", "reset", "truncate", "delay", "expire", "word"))
    if kind == "status":
        status = rng.choice(STATUSES)
        before = "before" if status == 429 else phase
        return Fault(do="status", status=status, phase=before, retry_after=rng.choice((None, 2.0)), **when)
    if kind == "word":
        return Fault(
            do="word", text=rng.choice(("<random>", "<missing>")), **{**when, "method": "GET", "path": "/jobs/*"}
        )
    if kind == "delay":
        return Fault(do="delay", seconds=0.01, **when)
    return Fault(do=kind, phase="after" if kind == "truncate" else phase, **when)


def outage(rng: random.Random) -> Fault:
    """The whole service is away for so many requests that a process gives up, or nearly."""
    first = rng.randint(1, 40)
    when = {"path": "/**", "nth": tuple(range(first, first + rng.randint(15, 60)))}
    return rng.choice((Fault(do="drop", **when), Fault(do="status", status=503, **when)))


def schedule(seed: int) -> FaultScript:
    """The script of a seed: up to five faults, and lists that lag less than the client waits for them."""
    rng = random.Random(seed)
    script = FaultScript(
        faults=[fault(rng) for _ in range(rng.randint(1, 5))],
        lag_calls=rng.choice((0, 0, 1, 3)),
        lag_seconds=rng.choice((0.0, 0.0, 2.0, 6.0)),
    )
    if rng.random() < 0.3:
        script.faults.append(outage(rng))
    if rng.random() < 0.3:
        script.jobs.append(JobScript(queue_seconds=rng.choice((0.0, 5.0, 90.0)), run_seconds=rng.choice((0.0, 30.0))))
    return script
