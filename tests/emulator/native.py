"""Qiskit's compiled part, loaded by a thread that stays.

Qiskit 2.6 allocates by mimalloc, which takes the thread that loads the library for the main one. If that thread ends,
threads that start later crash the process now and then (seen with 2.6.2; `mi_thread_init` on the stack). Here threads
come and go with connections, and the first to need Qiskit would be one of these. To be deleted when the test passes
without it.
"""

from __future__ import annotations

import ctypes
import sys
from importlib.util import find_spec
from pathlib import Path


def load_native() -> None:
    """Load the library of Qiskit, and nothing else, from this thread; it takes milliseconds."""
    spec = find_spec("qiskit")
    if "qiskit" in sys.modules or spec is None or not spec.submodule_search_locations:
        return
    for library in Path(next(iter(spec.submodule_search_locations))).glob("_accelerate*.so"):
        ctypes.CDLL(str(library))
