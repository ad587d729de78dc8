"""What the guide to local testing teaches: a Bell pair on a fake backend, with its noise. Arguments: the class's name."""

import sys

import qiskit_ibm_runtime.fake_provider
from qiskit import QuantumCircuit
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_ibm_runtime import SamplerV2

circuit = QuantumCircuit(2)
circuit.h(0)
circuit.cx(0, 1)
circuit.measure_all()

backend = getattr(qiskit_ibm_runtime.fake_provider, sys.argv[1])()
isa_circuit = generate_preset_pass_manager(backend=backend, optimization_level=1, seed_transpiler=1).run(circuit)

sampler = SamplerV2(mode=backend)
sampler.options.default_shots = 4096
sampler.options.simulator.seed_simulator = 42
result = sampler.run([isa_circuit]).result()
print(result[0].data.meas.get_counts())
