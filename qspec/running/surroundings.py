"""What a run's numbers depend on beside the spec: versions of packages, the machine, the BLAS kernels."""

from __future__ import annotations

import os
import platform
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from qspec.installed import version_of
from qspec.records.parts import PlatformRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

PACKAGES = (
    "qiskit",
    "qiskit-aer",
    "qiskit-ibm-runtime",
    "qiskit-mitigation",
    "qiskit-qasm3-import",
    "samplomatic",
    "numpy",
    "scipy",
)
_CORE_NAMES = (
    "scipy_openblas_get_corename64_",
    "scipy_openblas_get_corename",
    "openblas_get_corename64_",
    "openblas_get_corename",
)


def versions(extra: Iterable[str] = ()) -> dict[str, str]:
    """Versions of Python and of the packages that take part, as far as they are installed. Imports none of them."""
    from qspec import __version__

    found = {name: version_of(name) for name in (*PACKAGES, *extra)}
    ours = {"python": platform.python_version(), "qspec-runner": __version__}
    return ours | {name: text for name, text in found.items() if text}


def machine() -> PlatformRecord:
    """The machine that this process runs on, without its name."""
    affinity = getattr(os, "sched_getaffinity", None)
    cpus = os.cpu_count() or 1
    return PlatformRecord(
        system=platform.system(),
        release=platform.release(),
        machine=platform.machine(),
        cpus=cpus,
        usable_cpus=len(affinity(0)) if affinity else cpus,
        blas=blas_kernels(),
    )


def blas_kernels() -> dict[str, str]:
    """The kernel that each OpenBLAS in this process chose for the processor, by library; empty where unknown.

    Ask after the simulators are loaded: numpy, scipy and Aer may each bring their own.
    """
    return _kernels(len(sys.modules)) if sys.platform == "linux" else {}


@lru_cache(maxsize=1)
def _kernels(_modules: int) -> dict[str, str]:
    """The kernels, looked for anew when further modules have been imported: they bring the libraries."""
    with Path("/proc/self/maps").open(encoding="utf-8", errors="replace") as maps:
        paths = {line.split(maxsplit=5)[5].strip() for line in maps if "openblas" in line}
    return {Path(path).name: kernel for path in sorted(paths) if (kernel := _kernel(path))}


def _kernel(path: str) -> str:
    import ctypes

    try:
        library = ctypes.CDLL(path)
    except OSError:
        return ""
    for name in _CORE_NAMES:
        function = getattr(library, name, None)
        if function is not None:
            function.restype = ctypes.c_char_p
            return (function() or b"").decode("ascii", "replace")
    return ""
