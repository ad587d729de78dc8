"""Energies of an Ising chain in many trial states, exactly and from shots."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.agreement import all_of, estimates, not_too_good
from benchmarks.answers import our_estimates, printed
from benchmarks.case import OWN_SPECS, Case, qspec_run, script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.agreement import Verdict

_SETS = "sets.npy"
_EXACT = "The runtime's estimator samples; our exact values have Gaussian noise of the same precision"


def cases(*, quick: bool) -> Iterator[Case]:
    """The runtime's estimator in a loop and with one PUB, against both ways in which qspec estimates."""
    number = 3 if quick else 100
    for name, against, how, target, rounds in (
        ("energy-loop", "a job for each", "exact", 0.06, 3),
        ("energy-batch", "one PUB", "exact", 0.18, 7),
        ("energy-sampled", "one PUB", "sampled", 0.7, 7),
    ):
        yield Case(
            name=name,
            about=f"energies of {number} states of 10 spins, {how}",
            against=f"the runtime's estimator, {against}",
            ours=qspec_run("energy.yaml", "--set", f"backend.expectation={how}"),
            theirs=script("energy_loop" if name == "energy-loop" else "energy_batch", _SETS),
            prepare=partial(prepare, number=number),
            judge=judge,
            target=target,
            rounds=rounds,
            note=_EXACT if how == "exact" else "",
        )


def prepare(folder: Path, *, number: int) -> None:
    """The spec, and the sets of parameters that both sides read."""
    import numpy as np

    shutil.copy(OWN_SPECS / "energy.yaml", folder)
    np.save(folder / _SETS, np.random.default_rng(7).uniform(-np.pi, np.pi, (number, 60)))


def judge(folder: Path, _ours: str, theirs: str) -> Verdict:
    """Both deviate from the exact energies as their standard errors say; the runtime's are larger than need be."""
    import numpy as np
    from qiskit.quantum_info import Statevector

    from benchmarks.baselines.ising import ansatz, hamiltonian

    circuit, observable = ansatz(), hamiltonian()
    states = [Statevector(circuit.assign_parameters(values)) for values in np.load(folder / _SETS)]
    exact = [float(state.expectation_value(observable).real) for state in states]
    values, errors = our_estimates(folder)
    other = printed(theirs)
    return all_of(
        estimates(values, errors, exact, "ours"),
        not_too_good(values, errors, exact),
        estimates(other["evs"], other["stds"], exact, "theirs"),
    )
