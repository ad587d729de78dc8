"""Many circuits as a loop: a pass manager, a sampler and a job for each. Arguments: the QPY file, how many to take."""

import json
import sys
from pathlib import Path

from qiskit import qpy
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime import SamplerV2

with Path(sys.argv[1]).open("rb") as file:
    circuits = qpy.load(file)
backend = AerSimulator()

found = []
for number, circuit in enumerate(circuits[: int(sys.argv[2])]):
    isa_circuit = generate_preset_pass_manager(backend=backend, optimization_level=1, seed_transpiler=1).run(circuit)
    sampler = SamplerV2(mode=backend)
    sampler.options.default_shots = 1024
    sampler.options.simulator.seed_simulator = 42 + number
    found.append(sampler.run([isa_circuit]).result()[0].data.meas.get_counts())
print(json.dumps(found))
