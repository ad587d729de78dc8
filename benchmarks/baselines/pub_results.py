"""The results that both storing scripts store, and how they take the time of it."""

import json
import time
from collections.abc import Callable

import numpy as np
from qiskit.primitives import BitArray, DataBin, PrimitiveResult, SamplerPubResult

SHOTS, BITS = 1024, 5


def pub_results(number: int) -> PrimitiveResult:
    """The result of a job of so many PUBs, at random."""
    samples = np.random.default_rng(7).integers(0, 1 << BITS, (number, SHOTS, 1), dtype=np.uint8)
    return PrimitiveResult(
        [
            SamplerPubResult(DataBin(meas=BitArray(bits, BITS)), metadata={"circuit_metadata": {}, "shots": SHOTS})
            for bits in samples
        ],
        metadata={"version": 2},
    )


def print_cost(store: Callable[[PrimitiveResult], object], number: int) -> None:
    """Store a small result first, so that no import counts, then the whole; print what that took."""
    store(pub_results(1))
    result = pub_results(number)
    start, cpu = time.monotonic(), time.process_time()
    store(result)
    print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.monotonic() - start}))
