"""Energies with one PUB that holds all sets of parameters. Arguments: the file of the sets."""

import json
import sys

from ising import PRECISION, ansatz, hamiltonian, parameter_sets
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime import EstimatorV2

backend = AerSimulator()
isa_circuit = generate_preset_pass_manager(backend=backend, optimization_level=1).run(ansatz())
observable = hamiltonian().apply_layout(isa_circuit.layout)

estimator = EstimatorV2(mode=backend)
estimator.options.default_precision = PRECISION
estimator.options.simulator.seed_simulator = 42
data = estimator.run([(isa_circuit, observable, parameter_sets(sys.argv[1]))]).result()[0].data
print(json.dumps({"evs": data.evs.tolist(), "stds": data.stds.tolist()}))
