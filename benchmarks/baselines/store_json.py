"""A job's result as the runtime's documentation stores it: JSON by its encoder. Arguments: the number of PUBs."""

import json
import sys
from pathlib import Path

from pub_results import print_cost
from qiskit.primitives import PrimitiveResult
from qiskit_ibm_runtime import RuntimeEncoder


def store(result: PrimitiveResult) -> None:
    """Write the file."""
    with Path("result.json").open("w", encoding="utf-8") as file:
        json.dump(result, file, cls=RuntimeEncoder)


print_cost(store, int(sys.argv[1]))
