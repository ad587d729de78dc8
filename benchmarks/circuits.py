"""Many distinct circuits of few qubits, from one QPY file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.agreement import all_of, equal, follows, same_distributions
from benchmarks.answers import our_counts, printed
from benchmarks.case import Case, qspec_run, script
from benchmarks.measure import Continued

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.agreement import Verdict

_FILE = "circuits.qpy"
_LENGTHS = (20, 120)
_CONTINUED = "The loop is run for {} and {} circuits and continued to {:,}: each circuit costs what the others do"
_HEAD = """\
# Quantum-volume circuits of five qubits, each once.
qspec: 1
name: circuits
seed: 42
backend: {kind: aer}
transpile: {optimization_level: 1}
"""


def cases(*, quick: bool) -> Iterator[Case]:
    """A loop over circuits, and one job of all."""
    number = 4 if quick else 1000
    about = f"{number:,} distinct circuits of 5 qubits, 1024 shots"
    shorter, longer = (script("circuits_loop", _FILE, length) for length in _LENGTHS)
    continued = Continued(shorter=shorter, longer=longer, lengths=_LENGTHS, to=number)
    yield Case(
        name="circuits-loop",
        about=about,
        against="a loop that transpiles and runs",
        ours=qspec_run("circuits.yaml"),
        theirs=script("circuits_loop", _FILE, number) if quick else continued,
        prepare=partial(prepare, number=number),
        judge=judge,
        target=0.03,
        rounds=3,
        note="" if quick else _CONTINUED.format(*_LENGTHS, number),
    )
    yield Case(
        name="circuits-batch",
        about=about,
        against="one pass manager, one job",
        ours=qspec_run("circuits.yaml"),
        theirs=script("circuits_batch", _FILE),
        prepare=partial(prepare, number=number),
        judge=judge,
        target=0.5,
        rounds=3,
    )


def prepare(folder: Path, *, number: int) -> None:
    """The QPY file that both sides read, and the spec that names each of its circuits."""
    from qiskit import qpy
    from qiskit.circuit.library import quantum_volume

    circuits = [quantum_volume(5, 5, seed=index) for index in range(number)]
    for circuit in circuits:
        circuit.measure_all()
    with (folder / _FILE).open("wb") as file:
        qpy.dump(circuits, file)
    sources = [f"  c{index}: {{kind: qpy, file: {_FILE}, index: {index}}}\n" for index in range(number)]
    pubs = [f"      - {{circuit: c{index}}}\n" for index in range(number)]
    jobs = "jobs:\n  counts:\n    program_id: sampler\n    shots: 1024\n    pubs:\n"
    (folder / "circuits.yaml").write_text(_HEAD + "circuits:\n" + "".join(sources) + jobs + "".join(pubs), "utf-8")


def judge(folder: Path, _ours: str, theirs: str) -> Verdict:
    """Both follow the exact distributions, and one another."""
    from qiskit import qpy
    from qiskit.quantum_info import Statevector

    with (folder / _FILE).open("rb") as file:
        circuits = qpy.load(file)
    exact = [Statevector(circuit.remove_final_measurements(inplace=False)).probabilities_dict() for circuit in circuits]
    ours, other = our_counts(folder), printed(theirs)
    return all_of(
        equal("numbers of circuits", len(ours), len(circuits)),
        follows(ours, exact),
        follows(other, exact[: len(other)]),
        same_distributions(ours[: len(other)], other),
    )
