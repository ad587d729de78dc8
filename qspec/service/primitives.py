"""Jobs go to the service through the runtime's public client-side classes, each with one request that creates it."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qiskit_ibm_runtime import Batch, IBMBackend, RuntimeJobV2, Session

    Mode: TypeAlias = IBMBackend | Session | Batch


def submit(
    program: str, mode: Mode, inputs: Any, *, options: Mapping[str, Any], tags: Sequence[str], dry_run: bool
) -> RuntimeJobV2:
    """Submit one job of a program on a backend, or in a session or batch. Raises what the runtime raises.

    `inputs` are what the program's class takes: PUBs, which say their shots or precision themselves; for the executor
    a `QuantumProgram`; for the noise learner instructions that are boxes. `tags` stand behind those of the options.
    """
    primitive = _primitive(program)
    with _without_deprecations():
        job: RuntimeJobV2 = primitive(mode=mode, options=tagged(options, tags)).run(inputs, dry_run=dry_run)
    return job


def _primitive(program: str) -> Any:
    if program == "sampler":
        from qiskit_ibm_runtime.executor_sampler import Sampler

        return Sampler
    if program == "estimator":
        from qiskit_ibm_runtime.executor_estimator import Estimator

        return Estimator
    from qiskit_ibm_runtime import Executor, NoiseLearnerV3

    return {"executor": Executor, "noise-learner": NoiseLearnerV3}[program]


def tagged(options: Mapping[str, Any], tags: Sequence[str]) -> dict[str, Any]:
    """The options with `tags` behind those of `environment.job_tags`, each tag once."""
    environment = options.get("environment", {})
    job_tags = list(dict.fromkeys([*environment.get("job_tags", ()), *tags]))
    return {**options, "environment": {**environment, "job_tags": job_tags}}


@contextmanager
def _without_deprecations() -> Iterator[None]:
    """Keeps the runtime from warning of an option that it will take from another place one day: it is in force."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, message="Setting `max_execution_time` via")
        yield
