"""Energies as the first tutorials compute them: a job for each set of parameters. Arguments: the file of the sets."""

import json
import sys

from ising import PRECISION, ansatz, hamiltonian, parameter_sets
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime import EstimatorV2

circuit, observable = ansatz(), hamiltonian()
backend = AerSimulator()
estimator = EstimatorV2(mode=backend)
estimator.options.default_precision = PRECISION

energies, errors = [], []
for number, values in enumerate(parameter_sets(sys.argv[1])):
    estimator.options.simulator.seed_simulator = 42 + number
    isa_circuit = generate_preset_pass_manager(backend=backend, optimization_level=1).run(circuit)
    pub = (isa_circuit, observable.apply_layout(isa_circuit.layout), values)
    data = estimator.run([pub]).result()[0].data
    energies.append(float(data.evs))
    errors.append(float(data.stds))
print(json.dumps({"evs": energies, "stds": errors}))
