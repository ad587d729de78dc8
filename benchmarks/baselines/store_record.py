"""A job's result as qspec stores it. Arguments: the number of PUBs."""

import sys
from pathlib import Path

from pub_results import print_cost
from qiskit.primitives import PrimitiveResult

from qspec.records.results import save_result


def store(result: PrimitiveResult) -> None:
    """Write the files."""
    save_result(Path("record"), result)


Path("record").mkdir(exist_ok=True)
print_cost(store, int(sys.argv[1]))
