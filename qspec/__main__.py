"""The way in from a shell: `qspec …`, or `python -m qspec …`."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress

_ended_with: list[int] = []
_ROOM = 1 << 16
"""Words of memory for the frames of all functions that `main` calls, which are some two thousand."""


def main() -> None:
    """Run the command line with the arguments of this process, and end the process with its exit code."""
    try:
        prepare()
        from qspec.cli.main import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    _ended_with.append(run(sys.argv[1:], own_process=True))
    if _ended_with[-1] > 128:  # interrupted: Python would wait for the thread of a simulation that nobody waits for
        leave()
    sys.exit(_ended_with[-1])


# CPython keeps frames in pieces of 16 KiB, and gives the last piece back when its first frame ends. Where imports cross
# that depth, each crossing costs two system calls and a page, thousands of times in a short run. A frame that needs more
# gets a larger piece, in which those of all functions that it calls find room too. To be deleted when Python 3.12 is no
# longer supported: later ones keep a piece for the next time (github.com/python/cpython/issues/142183).
main.__code__ = main.__code__.replace(co_stacksize=_ROOM)


@atexit.register
def leave() -> None:
    """End at once when a command has ended, without taking apart what was imported: a tenth of a short run.

    It is registered before anything else is imported, and so called after all that others want done at the end.
    Where the last words cannot be written, Python says so in its own way.
    """
    with suppress(OSError, ValueError, AttributeError):
        if _ended_with:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(_ended_with[-1])


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
