"""The way in from a shell: `qspec …`, or `python -m qspec …`."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line with the arguments of this process, and end with its exit code."""
    try:
        prepare()
        from qspec.cli.main import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(sys.argv[1:], own_process=True))


def prepare() -> None:
    """Make a short-lived process cheap, before anything is imported.

    Importing Qiskit makes objects by the hundred thousand and no garbage: looking for it takes a twentieth of a
    short run. `qspec.cli.loading` turns it on again before jobs run. BLAS threads cost as much to start, and make
    sums depend on their number; who wants them sets the variable.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


if __name__ == "__main__":
    main()
