"""A spec for everything whose numbers might depend on who computes it, when, and with how many threads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.running.sweeps import ALPHA, ANSATZ, COUNTS, ENERGY, ROTATED

if TYPE_CHECKING:
    from pathlib import Path

_WIDE = {
    "kind": "library",
    "name": "efficient_su2",
    "args": {"num_qubits": 16, "reps": 1, "entanglement": "linear"},
    "measure": "all",
}
_TURNED = {"θ": {"random": {"low": 0, "high": "2*pi", "shape": [3, 64]}}}
_GHZ = "\n".join(
    [
        'OPENQASM 3.0; include "stdgates.inc"; qubit[9] q; bit[9] c; h q[0];',
        *(f"cx q[{place}], q[{place + 1}];" for place in range(8)),
        "c = measure q;",
    ]
)
_WAITING = """\
OPENQASM 3.0;
include "stdgates.inc";
input float[64] alpha;
qubit[3] q;
bit[3] c;
rx(alpha) q[0];
cx q[0], q[1];
delay[400ns] q[0];
cx q[1], q[2];
delay[1us] q;
c = measure q;
"""
_DECIDING = """\
OPENQASM 3.0;
include "stdgates.inc";
input float[64] alpha;
qubit[3] q;
bit[1] first;
bit[3] c;
ry(alpha) q[0];
first[0] = measure q[0];
if (first == 1) { x q[1]; ry(alpha) q[2]; } else { h q[2]; }
reset q[0];
cx q[2], q[0];
c = measure q;
"""


def _qasm(source: str) -> dict[str, Any]:
    return {"kind": "qasm", "source": source}


def _sampler(circuit: str, shots: int, **more: Any) -> dict[str, Any]:
    return {"program_id": "sampler", "shots": shots, "pubs": [{"circuit": circuit, **more}]}


def _estimator(circuit: str, precision: float, observables: Any, **more: Any) -> dict[str, Any]:
    pub = {"circuit": circuit, "observables": observables, **more}
    return {"program_id": "estimator", "precision": precision, "pubs": [pub]}


_SETS = {"parameter_values": {"alpha": {"linspace": [0, 3, 5]}}}
_FIELD = {"sparse": [["ZZ", [place, place + 1], -1.0] for place in range(15)] + [["X", [3], 0.7], ["Y", [9], 0.1]]}
_UNMEASURED = {key: value for key, value in _WIDE.items() if key != "measure"}
_SMALL_WALK = {"θ": {"random": {"low": 0, "high": "pi", "shape": [4, 8]}}}
SPECS: dict[str, dict[str, Any]] = {
    "ideal": {
        "backend": {"kind": "aer"},
        "circuits": {"wide": _WIDE, "rotated": _qasm(ROTATED)},
        "jobs": {"wide": _sampler("wide", 20_000, parameter_values=_TURNED), "small": COUNTS},
    },
    "delays": {
        "backend": {"kind": "fake", "name": "fake_manila"},
        "transpile": {"optimization_level": 1, "scheduling_method": "alap"},
        "circuits": {"waiting": _qasm(_WAITING)},
        "jobs": {"few": _sampler("waiting", 300, **_SETS), "many": _sampler("waiting", 20_000, **_SETS)},
    },
    "trajectories": {
        "backend": {"kind": "aer", "noise_from": "fake_torino", "method": "statevector"},
        "circuits": {"ghz": _qasm(_GHZ), "waiting": _qasm(_WAITING)},
        "jobs": {"ghz": _sampler("ghz", 1000), "waiting": _sampler("waiting", 1000, **_SETS)},
    },
    "exact": {
        "backend": {"kind": "aer", "expectation": "exact"},
        "circuits": {"wide": _UNMEASURED, "ansatz": ANSATZ},
        "jobs": {"wide": _estimator("wide", 0.01, _FIELD, parameter_values=_TURNED), "small": ENERGY},
    },
    "exact-noisy": {
        "backend": {"kind": "aer", "expectation": "exact", "noise_from": "fake_manila"},
        "circuits": {"ansatz": ANSATZ},
        "jobs": {
            "sets": _estimator("ansatz", 0.01, [{"ZZ": 1.0}, {"XY": 0.3}] * 2, parameter_values=_SMALL_WALK),
            "one": ENERGY,
        },
    },
    "estimates": {
        "backend": {"kind": "fake", "name": "fake_manila"},
        "circuits": {"ansatz": ANSATZ},
        "jobs": {
            "sampled": _estimator("ansatz", 0.02, {"ZZ": 1.0, "XI": 0.5}, parameter_values=_SMALL_WALK),
            "plain": {**ENERGY, "options": {"resilience_level": 0}},
        },
    },
    "twirled": {
        "backend": {"kind": "fake", "name": "fake_manila"},
        "transpile": {"scheduling_method": "alap"},
        "circuits": {"waiting": _qasm(_WAITING)},
        "jobs": {
            "twirled": {**_sampler("waiting", 100, **_SETS), "options": {"twirling": {"enable_gates": True}}},
            "decoupled": {**_sampler("waiting", 100, **_SETS), "options": {"dynamical_decoupling": {"enable": True}}},
        },
    },
    "control-flow": {
        "backend": {"kind": "aer", "noise_from": "fake_manila"},
        "circuits": {"deciding": _qasm(_DECIDING)},
        "jobs": {"few": _sampler("deciding", 500, **_SETS), "many": _sampler("deciding", 3000, **_SETS)},
    },
    "matrix-product": {
        "backend": {"kind": "aer", "method": "matrix_product_state"},
        "circuits": {"wide": _WIDE, "ghz": _qasm(_GHZ)},
        "jobs": {"wide": _sampler("wide", 2000, parameter_values=_TURNED), "ghz": _sampler("ghz", 2000)},
    },
    "sweep": {
        "backend": {"kind": "fake", "name": "fake_manila"},
        "circuits": {"rotated": _qasm(ROTATED), "ansatz": ANSATZ},
        "jobs": {"counts": COUNTS, "energy": ENERGY},
        "sweep": {
            "axes": {
                "transpile.optimization_level": [0, 2],
                "backend.name": ["fake_manila", "fake_quito"],
                ALPHA: ["pi/3", 1.5],
            }
        },
    },
    "sweep-exact": {
        "backend": {"kind": "aer", "expectation": "exact"},
        "circuits": {"rotated": _qasm(ROTATED), "ansatz": ANSATZ},
        "jobs": {"counts": COUNTS, "energy": ENERGY},
        "sweep": {
            "combine": "zip",
            "axes": {
                "circuits.ansatz.args.entanglement": ["linear", "full", "linear", "full"],
                "jobs.energy.precision": [0.1, 0.2, 0.05, 0.01],
                "jobs.counts.shots": [20, 20, 30_000, 50],
                "seed": [1, 2, 3, 4],
            },
        },
    },
}


def whole(name: str) -> dict[str, Any]:
    """The spec as a person would write it."""
    return {"qspec": 1, "name": name, "seed": 11, **SPECS[name]}


def write(folder: Path, data: dict[str, Any], name: str) -> Path:
    """The file of a spec, in a repository of its own."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(data), "utf-8")
    return path
