"""Noisy work on large devices: a sweep over a parameter, and many PUBs."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.agreement import all_of, equal, near, same_distributions, same_marginals
from benchmarks.answers import our_counts, printed
from benchmarks.case import OWN_SPECS, Case, qspec_run, script
from benchmarks.measure import Continued

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.agreement import Verdict
    from benchmarks.measure import Command, Work

_POINTS, _ANGLES = "points.npy", "angles.npy"
_SHOTS = 100
_READOUT = 0.04  # see bells.py
_LENGTHS = (2, 8)
_CONTINUED = "The loop is run for {} and {} points and continued to {}: each point costs what the others do"


def cases(*, quick: bool) -> Iterator[Case]:
    """Sweeps by a naive and by a good hand; quickly, a small device stands for the large ones."""
    qubits, points = (5, 4) if quick else (20, 200)
    for device, target in (("torino", 0.06), ("sherbrooke", 0.12)):
        theirs = _device(device, quick=quick)[1]
        yield Case(
            name=f"sweep-naive-{device}",
            about=f"{points} points of a noisy sweep, {qubits} qubits, Fake{device.capitalize()}",
            against="a loop that builds, transpiles and runs",
            ours=_sweep(device, quick=quick),
            theirs=_naive(theirs, qubits, points),
            prepare=partial(prepare_sweep, qubits=qubits, points=points),
            judge=judge_sweep,
            target=target,
            rounds=3,
            note="" if quick else _CONTINUED.format(*_LENGTHS, points),
        )
    yield Case(
        name="sweep-broadcast",
        about=f"{points} points of a noisy sweep, {qubits} qubits, FakeTorino",
        against="one PUB with all points",
        ours=_sweep("torino", quick=quick),
        theirs=script("sweep_broadcast", _device("torino", quick=quick)[1], qubits, _SHOTS, _POINTS),
        prepare=partial(prepare_sweep, qubits=qubits, points=points),
        judge=judge_sweep,
        target=0.85,
        rounds=3,
    )
    yield _pubs(2 if quick else 20, quick=quick)


def _device(device: str, *, quick: bool) -> tuple[str, str]:
    """How qspec and the runtime call a fake device."""
    return ("fake_manila", "FakeManilaV2") if quick else (f"fake_{device}", f"Fake{device.capitalize()}")


def _sweep(device: str, *, quick: bool) -> Command:
    return qspec_run("sweep.yaml", "--set", f"backend.noise_from={_device(device, quick=quick)[0]}")


def _naive(device: str, qubits: int, points: int) -> Work:
    def loop(taken: Sequence[int]) -> Command:
        return script("sweep_naive", device, qubits, _SHOTS, _POINTS, *taken)

    if points <= max(_LENGTHS):
        return loop(range(points))
    shorter, longer = ([round(step * (points - 1) / (length - 1)) for step in range(length)] for length in _LENGTHS)
    return Continued(shorter=loop(shorter), longer=loop(longer), lengths=_LENGTHS, to=points)


def prepare_sweep(folder: Path, *, qubits: int, points: int) -> None:
    """The spec, its circuit, and the points that both sides read."""
    import numpy as np
    from qiskit import qasm3
    from qiskit.circuit import Parameter

    from benchmarks.baselines.ghz_phase import ghz

    shutil.copy(OWN_SPECS / "sweep.yaml", folder)
    (folder / "ghz.qasm").write_text(qasm3.dumps(ghz(qubits, Parameter("phi"))), encoding="utf-8")
    np.save(folder / _POINTS, np.linspace(0, np.pi, points))


def judge_sweep(folder: Path, _ours: str, theirs: str) -> Verdict:
    """The same distributions at each point that the other side computed, and at all of them together."""
    import numpy as np

    ours, other = our_counts(folder), printed(theirs)
    return all_of(
        equal("numbers of points", len(ours), len(np.load(folder / _POINTS))),
        equal("shots", {sum(counts.values()) for counts in (*ours, *other.values())}, {_SHOTS}),
        same_marginals([ours[int(index)] for index in other], list(other.values())),
    )


def _pubs(number: int, *, quick: bool) -> Case:
    name, theirs = _device("sherbrooke", quick=quick)
    return Case(
        name="pubs-sherbrooke",
        about=f"{number} noisy PUBs on FakeSherbrooke",
        against="the runtime's client-side sampler",
        ours=qspec_run("pubs.yaml", "--set", f"backend.name={name}"),
        theirs=script("noisy_pubs", theirs, _ANGLES),
        prepare=partial(prepare_pubs, number=number),
        judge=partial(judge_pubs, device=theirs),
        target=0.03,
        rounds=3,
    )


def prepare_pubs(folder: Path, *, number: int) -> None:
    """The spec with a PUB for each angle, and the angles that the other side reads."""
    import numpy as np

    angles = np.linspace(0, np.pi, number)
    np.save(folder / _ANGLES, angles)
    spec = (OWN_SPECS / "pubs.yaml").read_text(encoding="utf-8")
    pubs = [f"      - {{circuit: turned, parameter_values: {{theta: {angle!r}}}}}\n" for angle in angles.tolist()]
    (folder / "pubs.yaml").write_text(spec + "".join(pubs), encoding="utf-8")


def judge_pubs(folder: Path, _ours: str, theirs: str, *, device: str) -> Verdict:
    """Like the whole noise model of Aer, and near the other side's, whose readout errors are other ones."""
    import numpy as np

    ours, other = our_counts(folder), printed(theirs)
    whole = noisy_pubs(device, np.load(folder / _ANGLES).tolist())
    return all_of(
        equal("numbers of PUBs", len(ours), len(other)),
        same_distributions(ours, whole),
        *(near(one, two, _READOUT) for one, two in zip(ours, other, strict=False)),
    )


def noisy_pubs(device: str, angles: Sequence[float]) -> list[dict[str, int]]:
    """Counts at each angle under the noise that Aer makes of the whole device."""
    import qiskit_ibm_runtime.fake_provider
    from qiskit import QuantumCircuit, transpile
    from qiskit.circuit import Parameter
    from qiskit_aer import AerSimulator

    theta = Parameter("theta")
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.ry(theta, 1)
    circuit.measure_all()
    backend = getattr(qiskit_ibm_runtime.fake_provider, device)()
    isa_circuit = transpile(circuit, backend, optimization_level=1, seed_transpiler=1)
    bound = [isa_circuit.assign_parameters({theta: angle}) for angle in angles]
    result = AerSimulator.from_backend(backend).run(bound, shots=4096, seed_simulator=1).result()
    return [result.get_counts(index) for index in range(len(bound))]
