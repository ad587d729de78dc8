"""Quantum programs on Aer: the posted parameters in, a result of the same schema out.

The runtime's own converters decode the parameters. The device is simulated with its noise, cut down to the qubits
in use; parts of a circuit that nothing ties together are simulated one by one, since the runtime's estimator drives
every qubit of a device.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .jobs import Work, WorkFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from qiskit.transpiler import Target

    from .parts import Simulator

    Arrays = dict[str, NDArray[Any]]

VERSION = "v2.0"
PASSING = frozenset({"circuits", "samplex_json", "job_tags"})
"""What differs between equal jobs: names and UUIDs in circuits, and tags, which are there to tell jobs apart."""

OVERHEAD_SECONDS = 2.0
REP_DELAY = 250e-6


def check_params(params: Any) -> str:
    """What is wrong with the parameters of an executor job, by the published schema; empty if nothing is."""
    from ibm_quantum_schemas.executor.version_2_0 import ParamsModel
    from pydantic import ValidationError

    if params.get("schema_version") != VERSION:
        return f"schema_version must be {VERSION}"
    try:
        ParamsModel.model_validate(params)
    except ValidationError as error:
        return str(error)
    return ""


def run_program(params: Mapping[str, Any], simulator: Simulator, *, seed: str, mock: bool = False) -> Work:
    """Run a quantum program. On a mock device the bits are random ones.

    The shots follow from `seed` and from what the job asks for, so that equal jobs give equal ones, in whatever process
    and under whatever tags they were made. Raises `WorkFailed` for circuits that the device cannot run.
    """
    import numpy as np
    from qiskit_ibm_runtime.quantum_program.params_converters import QUANTUM_PROGRAM_PARAMS_CONVERTERS

    converter = QUANTUM_PROGRAM_PARAMS_CONVERTERS[VERSION]
    program, options = converter.decoder(converter.model.model_validate(params))
    if program.meas_level != "classified":
        raise WorkFailed(1519, f"the emulator has no measurements of level '{program.meas_level}'")
    for item in program.items:
        check_isa(item.circuit, simulator.backend.target)
    start = datetime.now(UTC)
    rng = np.random.default_rng(int(digest(seed, _asked(params, program))[:32], 16))
    results = [_run_item(item, program.shots, simulator, rng, mock=mock) for item in program.items]
    executions = sum(item.size() for item in program.items)
    delay = REP_DELAY if options.execution.rep_delay is None else options.execution.rep_delay
    return Work(
        result=_encode(params["quantum_program"], program, results, start),
        seconds=0.0 if mock else float(np.ceil(OVERHEAD_SECONDS + executions * program.shots * delay)),
        executions=executions,
        num_circuits=len(program.items),
        num_qubits=tuple(item.circuit.num_qubits for item in program.items),
    )


def _asked(params: Mapping[str, Any], program: Any) -> Any:
    """What a job asks for, with circuits by their meaning."""
    from qspec.planning.fingerprint import fingerprint

    return [_lasting(params), [fingerprint(item.circuit) for item in program.items]]


def _lasting(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _lasting(value) for key, value in data.items() if key not in PASSING}
    return [_lasting(value) for value in data] if isinstance(data, list) else data


def check_isa(circuit: Any, target: Target) -> None:
    """Raises `WorkFailed` with the service's code where an instruction is not one of the device."""
    from qiskit_ibm_runtime.utils.utils import is_isa_circuit

    if words := is_isa_circuit(circuit, target):
        raise WorkFailed(1517, f"{words} Transpile your circuits for the target before submitting a primitive query.")


def _run_item(item: Any, shots: int, simulator: Simulator, rng: np.random.Generator, *, mock: bool) -> Arrays:
    """The arrays of an item: bits as `(*shape, shots, bits)`, and what its samplex says beside the angles."""
    from qiskit_ibm_runtime.fake_provider.executor.broadcast_sample import broadcast_sample
    from samplomatic.quantum_program import SamplexItem

    extra: Arrays = {}
    if isinstance(item, SamplexItem):
        item.samplex.finalize()
        extra = broadcast_sample(item.samplex, item.samplex_arguments, item.shape, rng)
        values = extra.pop("parameter_values")
    else:
        values = item.circuit_arguments
    if not mock:
        return {**extra, **simulator.sample(item.circuit, values, shots, rng)}
    shape = (*values.shape[:-1], shots)
    return {
        **extra,
        **{entry.name: rng.integers(0, 2, (*shape, entry.size)).astype(bool) for entry in item.circuit.cregs},
    }


def _encode(posted: Mapping[str, Any], program: Any, results: list[Arrays], start: datetime) -> bytes:
    """The result in its schema; what the client passed through stands in it as it came."""
    from ibm_quantum_schemas.common import CompressedTensorModel

    data = [
        {
            "results": {
                name: CompressedTensorModel.from_numpy(array).model_dump(mode="json") for name, array in arrays.items()
            },
            "metadata": {},
        }
        for arrays in results
    ]
    span = {
        "start": start.isoformat(),
        "stop": datetime.now(UTC).isoformat(),
        "parts": [_part(index, item) for index, item in enumerate(program.items)],
    }
    result = {
        "schema_version": VERSION,
        "data": data,
        "metadata": {"chunk_timing": [span]},
        "passthrough_data": posted.get("passthrough_data"),
        "semantic_role": posted.get("semantic_role"),
    }
    return json.dumps(result).encode()


def _part(index: int, item: Any) -> dict[str, Any]:
    size = item.size()
    permutation = list(range(len(item.shape)))
    return {"idx_item": index, "size": size, "permutation": permutation, "element_range": (0, size, 1)}


def digest(*data: Any) -> str:
    """A fingerprint of JSON data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
