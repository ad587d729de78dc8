"""The leanest script for the same: Aer's own sampler, no runtime, no transpilation."""

from qiskit import QuantumCircuit
from qiskit_aer.primitives import SamplerV2

circuit = QuantumCircuit(2)
circuit.h(0)
circuit.cx(0, 1)
circuit.measure_all()

result = SamplerV2(default_shots=4096, seed=42).run([circuit]).result()
print(result[0].data.meas.get_counts())
