"""Specs with sweeps for the tests of runs."""

from __future__ import annotations

import json

ROTATED = """\
OPENQASM 3.0;
include "stdgates.inc";
input float[64] alpha;
input float[64] beta;
qubit[2] q;
bit[2] c;
rx(alpha) q[0];
rz(beta) q[0];
rx(beta) q[0];
cx q[0], q[1];
c = measure q;
"""
ANSATZ = {"kind": "library", "name": "efficient_su2", "args": {"num_qubits": 2, "reps": 1}}
COUNTS = {
    "program_id": "sampler",
    "shots": 50,
    "pubs": [
        {"circuit": "rotated", "parameter_values": {"alpha": 0.1, "beta": 0.2}},
        {"circuit": "rotated", "parameter_values": {"alpha": [0.3, 0.4], "beta": 0.2}},
    ],
}
ENERGY = {
    "program_id": "estimator",
    "precision": 0.1,
    "pubs": [{"circuit": "ansatz", "parameter_values": {"θ": [0.5] * 8}, "observables": {"ZZ": 1.0, "XI": 0.5}}],
}
BASE = {
    "qspec": 1,
    "name": "swept",
    "seed": 3,
    "backend": {"kind": "aer"},
    "circuits": {"rotated": {"kind": "qasm", "source": ROTATED}, "ansatz": ANSATZ},
    "jobs": {"counts": COUNTS},
}
ALPHA = "jobs.counts.pubs.0.parameter_values.alpha"


def sweep_spec(axes, combine="product", **base):
    """A spec that sweeps these axes; `base` are top-level keys in the place of those of `BASE`."""
    return {**BASE, **base, "sweep": {"combine": combine, "axes": axes}}


def point_spec(spec, values):
    """The spec of one point, as a person would write it: without the sweep, the values in their places."""
    data = json.loads(json.dumps({key: value for key, value in spec.items() if key != "sweep"}))
    for place, value in values.items():
        *steps, last = place.split(".")
        target = data
        for step in steps:
            target = target[int(step)] if isinstance(target, list) else target.setdefault(step, {})
        if value is None:
            target.pop(last, None)
        else:
            target[int(last) if isinstance(target, list) else last] = value
    return data
