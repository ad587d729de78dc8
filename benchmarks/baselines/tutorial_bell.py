"""What the tutorial teaches: the runtime's sampler in local mode on Aer, counts printed."""

from qiskit import QuantumCircuit
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime import SamplerV2

circuit = QuantumCircuit(2)
circuit.h(0)
circuit.cx(0, 1)
circuit.measure_all()

backend = AerSimulator()
isa_circuit = generate_preset_pass_manager(backend=backend, optimization_level=1).run(circuit)

sampler = SamplerV2(mode=backend)
sampler.options.default_shots = 4096
sampler.options.simulator.seed_simulator = 42
result = sampler.run([isa_circuit]).result()
print(result[0].data.meas.get_counts())
