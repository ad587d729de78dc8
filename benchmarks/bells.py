"""The Bell pair: ideal, on fake devices with noise, as a gate of a pipeline, and a hundred of them."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.agreement import all_of, equal, follows, near, same_distributions
from benchmarks.answers import bell, counts_of, our_counts, printed
from benchmarks.case import OWN_SPECS, RUNS, SCRIPTS, SPECS, Case, qspec_run, script
from benchmarks.measure import Command, Repeated
from benchmarks.peers import SHOTGATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.agreement import Verdict

_REFERENCE_SHOTS = 1 << 17
_READOUT = 0.04  # how far the noise of FakeBackend.run and of AerSimulator.from_backend may be apart, with 4096 shots


def cases(*, quick: bool) -> Iterator[Case]:
    """All that is about Bell pairs; quickly, a small device stands for the large ones."""
    spec = SPECS / "bell.yaml"
    for name, against, baseline, target in (
        ("bell-tutorial", "the tutorial's script", "tutorial_bell", 0.38),
        ("bell-lean", "the leanest script", "lean_bell", 1.15),
    ):
        yield Case(
            name=name,
            about="Bell pair on Aer, 4096 shots",
            against=against,
            ours=qspec_run(spec),
            theirs=script(baseline),
            judge=judge_ideal,
            target=target,
        )
    yield Case(
        name="bell-gate",
        about="Bell pair as a gate of a pipeline",
        against="shotgate run",
        ours=qspec_run(spec),
        theirs=Command((SHOTGATE.executable, "run", str(SCRIPTS / "bell_gate.yaml"), "--json", "gate.json")),
        judge=judge_gate,
        peer=SHOTGATE,
    )
    yield from (_noisy(device, quick=quick) for device in ("torino", "sherbrooke"))
    yield _many(3 if quick else 100)


def _noisy(device: str, *, quick: bool) -> Case:
    ours, theirs = ("fake_manila", "FakeManilaV2") if quick else (f"fake_{device}", f"Fake{device.capitalize()}")
    return Case(
        name=f"bell-{device}",
        about=f"Bell pair on Fake{device.capitalize()} with noise",
        against="the guide's script",
        ours=qspec_run(OWN_SPECS / "bell-fake.yaml", "--set", f"backend.name={ours}"),
        theirs=script("fake_bell", theirs),
        judge=partial(judge_noisy, device=theirs),
        target={"torino": 0.06, "sherbrooke": 0.13}[device],
        rounds=5,
    )


def _many(number: int) -> Case:
    return Case(
        name="specs-many",
        about=f"{number} specs in one qspec run",
        against=f"{number} runs of the tutorial's script",
        ours=qspec_run("bells"),
        theirs=Repeated(script("tutorial_bell"), number),
        prepare=partial(prepare_many, number=number),
        judge=partial(judge_many, number=number),
        target=0.015,
        rounds=5,
        note=f"The script is started once a round, which counts {number} times: each start is like the others",
    )


def judge_ideal(folder: Path, _ours: str, theirs: str) -> Verdict:
    """Halves of 00 and 11 on both sides."""
    ours, other = our_counts(folder), [printed(theirs)]
    return all_of(follows(ours, [bell()]), follows(other, [bell()]), same_distributions(ours, other))


def judge_gate(folder: Path, _ours: str, _theirs: str) -> Verdict:
    """The same, where the other side wrote its counts into a file."""
    job = json.loads((folder / "gate.json").read_text(encoding="utf-8"))["jobs"][0]
    return judge_ideal(folder, "", repr(job["counts"]))


def judge_noisy(folder: Path, _ours: str, theirs: str, *, device: str) -> Verdict:
    """Like the whole noise model of Aer, and near the script's, whose readout errors are other ones."""
    ours = our_counts(folder)
    return all_of(same_distributions(ours, [noisy_bell(device)]), near(ours[0], printed(theirs), _READOUT))


def noisy_bell(device: str) -> Any:
    """Counts of a Bell pair under the noise that Aer makes of the whole device."""
    import qiskit_ibm_runtime.fake_provider
    from qiskit import QuantumCircuit, transpile
    from qiskit_aer import AerSimulator

    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    backend = getattr(qiskit_ibm_runtime.fake_provider, device)()
    isa_circuit = transpile(circuit, backend, optimization_level=1, seed_transpiler=1)
    simulator = AerSimulator.from_backend(backend)
    return simulator.run(isa_circuit, shots=_REFERENCE_SHOTS, seed_simulator=1).result().get_counts()


def prepare_many(folder: Path, *, number: int) -> None:
    """So many Bell specs, each with a name and a seed of its own."""
    text = (SPECS / "bell.yaml").read_text(encoding="utf-8")
    (folder / "bells").mkdir()
    for index in range(number):
        own = text.replace("name: bell\n", f"name: bell-{index}\n").replace("seed: 42\n", f"seed: {index + 1}\n")
        (folder / "bells" / f"bell-{index}.yaml").write_text(own, encoding="utf-8")


def judge_many(folder: Path, _ours: str, theirs: str, *, number: int) -> Verdict:
    """Every spec has its run, and all have halves of 00 and 11."""
    import qspec

    names = sorted(path.name for path in (folder / RUNS).iterdir())
    newest = [max((folder / RUNS / name).iterdir()) for name in names]
    counts = [each for run in newest for each in counts_of(qspec.open_run(run))]
    return all_of(
        equal("the specs that ran", names, sorted(f"bell-{index}" for index in range(number))),
        follows(counts, [bell()] * number),
        follows([printed(theirs)], [bell()]),
    )
