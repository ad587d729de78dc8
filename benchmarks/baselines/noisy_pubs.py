"""Many PUBs on a fake backend by the runtime's client-side sampler.

Arguments: the fake backend's class, and the file of the angles, one a PUB.
"""

import json
import sys

import numpy as np
import qiskit_ibm_runtime.fake_provider
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_ibm_runtime.executor_sampler import Sampler

circuit = QuantumCircuit(2)
circuit.h(0)
circuit.cx(0, 1)
circuit.ry(Parameter("theta"), 1)
circuit.measure_all()

backend = getattr(qiskit_ibm_runtime.fake_provider, sys.argv[1])()
isa_circuit = generate_preset_pass_manager(backend=backend, optimization_level=1, seed_transpiler=1).run(circuit)

sampler = Sampler(mode=backend)
sampler.options.default_shots = 4096
result = sampler.run([(isa_circuit, [angle]) for angle in np.load(sys.argv[2])]).result()
print(json.dumps([pub.data.meas.get_counts() for pub in result]))
