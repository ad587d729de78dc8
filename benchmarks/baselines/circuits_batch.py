"""Many circuits by a good hand: one pass manager, one job with a PUB for each. Arguments: the QPY file."""

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
isa_circuits = generate_preset_pass_manager(backend=backend, optimization_level=1, seed_transpiler=1).run(circuits)

sampler = SamplerV2(mode=backend)
sampler.options.default_shots = 1024
sampler.options.simulator.seed_simulator = 42
result = sampler.run(isa_circuits).result()
print(json.dumps([pub.data.meas.get_counts() for pub in result]))
