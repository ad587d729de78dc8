"""Specs as texts: one for this machine, and one for the service."""

BELL = """\
qspec: 1
name: bell
seed: 42
backend: {kind: aer}
circuits:
  bell:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      qubit[2] q;
      bit[2] meas;
      h q[0];
      cx q[0], q[1];
      meas = measure q;
jobs:
  counts:
    program_id: sampler
    shots: 100
    pubs:
      - circuit: bell
"""
PAIR = """\
qspec: 1
name: pair
seed: 42
backend: {kind: ibm, name: ibm_manila}
execution: {mode: job}
circuits:
  bell:
    kind: qasm
    source: |
      OPENQASM 3.0;
      include "stdgates.inc";
      qubit[2] q;
      bit[2] meas;
      h q[0];
      cx q[0], q[1];
      meas = measure q;
  ansatz: {kind: library, name: efficient_su2, args: {num_qubits: 2, reps: 1}}
jobs:
  counts: {program_id: sampler, shots: 1000, pubs: [{circuit: bell}]}
  energy:
    program_id: estimator
    precision: 0.05
    pubs:
      - circuit: ansatz
        parameter_values: {"θ": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]}
        observables: {ZZ: 1.0}
    options: {resilience_level: 2}
expect:
  - {kind: probabilities, job: counts, pub: 0, values: {"00": 0.5, "11": 0.5}, tolerance: 0.1}
"""
