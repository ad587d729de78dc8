"""A noisy sweep by a good hand: one transpiled circuit with a parameter, one PUB with all points.

Arguments: the fake backend's class, qubits, shots, and the file of the points.
"""

import json
import sys

import numpy as np
import qiskit_ibm_runtime.fake_provider
from ghz_phase import ghz
from qiskit import transpile
from qiskit.circuit import Parameter
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime import SamplerV2

device, qubits, shots, path = sys.argv[1:]
points = np.load(path)
backend = AerSimulator.from_backend(getattr(qiskit_ibm_runtime.fake_provider, device)(), method="matrix_product_state")
isa_circuit = transpile(ghz(int(qubits), Parameter("phi")), backend, optimization_level=1, seed_transpiler=1)

sampler = SamplerV2(mode=backend)
sampler.options.default_shots = int(shots)
sampler.options.simulator.seed_simulator = 42
bits = sampler.run([(isa_circuit, points.reshape(-1, 1))]).result()[0].data.meas
print(json.dumps({index: bits.get_counts(index) for index in range(len(points))}))
