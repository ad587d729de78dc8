"""What grows with the work: several workers, and circuits that were transpiled before."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.agreement import equal
from benchmarks.case import Case, qspec
from benchmarks.measure import Planned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.agreement import Verdict
    from benchmarks.measure import Command

_ONE, _TWO = "one", "two"
_VOLUMES = """\
qspec: 1
name: volumes
seed: 1
backend: {kind: fake, name: fake_torino, noise: false}
transpile: {optimization_level: 3}
circuits:
"""
_NOISY = """\
# A sweep of an angle on a noisy device.
qspec: 1
name: workers
seed: 1
backend: {kind: fake, name: fake_torino}
circuits:
  chain:
    kind: qasm
    measure: all
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      input float[64] phi;
      qubit[6] q;
      h q[0];
"""


def cases(*, quick: bool) -> Iterator[Case]:
    """Two workers against one, and a second run against the first."""
    points = 6 if quick else 1000
    yield Case(
        name="workers",
        about=f"{points:,} noisy points of 6 qubits by two workers",
        against="the same by one",
        ours=_workers(2, _TWO),
        theirs=_workers(1, _ONE),
        prepare=partial(prepare_workers, points=points),
        judge=judge_same,
        target=0.62,
        quantity="wall",
        rounds=3,
        note="Wall time; needs two free cores, which one worker has no use for: Aer takes one thread for work so small",
    )
    number, width = (2, 4) if quick else (48, 16)
    yield Case(
        name="planned-again",
        about=f"planning {number} circuits of {width} qubits, transpiled before",
        against="planning them the first time",
        ours=Planned(_volumes(_TWO), again=True, runs=_TWO),
        theirs=Planned(_volumes(_ONE), again=False, runs=_ONE),
        prepare=partial(prepare_volumes, number=number, width=width),
        judge=judge_same,
        target=0.1,
        quantity="wall",
        rounds=1 if quick else 3,
        note="The time from a checked spec to its plan, as the run's log has it",
    )


def _workers(number: int, runs: str) -> Command:
    return qspec("run", "-q", "--workers", number, "--runs-dir", runs, "workers.yaml")


def _volumes(runs: str) -> Command:
    return qspec("run", "-q", "--runs-dir", runs, "volumes.yaml")


def prepare_workers(folder: Path, *, points: int) -> None:
    """The spec of a chain of entangled qubits on a noisy device."""
    chain = "".join(f"      cx q[{qubit}], q[{qubit + 1}];\n" for qubit in range(5))
    turns = "".join(f"      rz(phi) q[{qubit}];\n      h q[{qubit}];\n" for qubit in range(6))
    pubs = "      - {circuit: chain, parameter_values: {phi: 0}}\n"
    jobs = f"jobs:\n  counts:\n    program_id: sampler\n    shots: 500\n    pubs:\n{pubs}"
    axis = f"    jobs.counts.pubs.0.parameter_values.phi: {{linspace: [0, 3, {points}]}}\n"
    (folder / "workers.yaml").write_text(_NOISY + chain + turns + jobs + "sweep:\n  axes:\n" + axis, "utf-8")


def judge_same(folder: Path, _ours: str, _theirs: str) -> Verdict:
    """The same bits, whoever computes them, from a cache or not."""
    return equal("content hashes", _content(folder / _TWO), _content(folder / _ONE))


def prepare_volumes(folder: Path, *, number: int, width: int) -> None:
    """The spec of some quantum-volume circuits."""
    args = f"num_qubits: {width}, depth: {width}, seed"
    sources = [
        f"  c{index}: {{kind: library, name: quantum_volume, args: {{{args}: {index}}}, measure: all}}\n"
        for index in range(number)
    ]
    pubs = [f"      - {{circuit: c{index}}}\n" for index in range(number)]
    jobs = "jobs:\n  counts:\n    program_id: sampler\n    shots: 10\n    pubs:\n"
    (folder / "volumes.yaml").write_text(_VOLUMES + "".join(sources) + jobs + "".join(pubs), "utf-8")


def _content(runs: Path) -> str:
    """The content hash of the run that was made last."""
    newest = max(runs.glob("*/*/run.json"), key=lambda record: record.stat().st_mtime_ns)
    content: str = json.loads(newest.read_text("utf-8"))["content_hash"]
    return content
