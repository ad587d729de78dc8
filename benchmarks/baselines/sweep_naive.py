"""A noisy sweep as a loop: build, transpile and run at each point.

Arguments: the fake backend's class, qubits, shots, the file of all points, and the indices of the points to take.
"""

import json
import sys

import numpy as np
import qiskit_ibm_runtime.fake_provider
from ghz_phase import ghz
from qiskit import transpile
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime import SamplerV2

device, qubits, shots, path, *indices = sys.argv[1:]
points = np.load(path)
backend = AerSimulator.from_backend(getattr(qiskit_ibm_runtime.fake_provider, device)(), method="matrix_product_state")

found = {}
for index in indices:
    circuit = ghz(int(qubits), float(points[int(index)]))
    isa_circuit = transpile(circuit, backend, optimization_level=1, seed_transpiler=1)
    sampler = SamplerV2(mode=backend)
    sampler.options.default_shots = int(shots)
    sampler.options.simulator.seed_simulator = 42 + int(index)
    found[index] = sampler.run([isa_circuit]).result()[0].data.meas.get_counts()
print(json.dumps(found))
