"""qspec: run quantum jobs that are written down as YAML.

The whole Python API is here; it is loaded when it is first used, so that `import qspec` costs nothing.

    run = qspec.run("specs/bell.yaml")
    run.counts("counts")                # {'00': 2051, '11': 2045}
    run.result("counts")                # Qiskit's PrimitiveResult
    qspec.open_run(run.folder)          # the same again, from disk, at any later time
    qspec.compare(run, qspec.rerun(run.folder)).word     # 'identical'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qspec.api import check, compare, load, lock, open_run, plan, rerun, resume, run
    from qspec.errors import QspecError

__version__ = "0.1.0"
__all__ = [
    "QspecError",
    "__version__",
    "check",
    "compare",
    "load",
    "lock",
    "open_run",
    "plan",
    "rerun",
    "resume",
    "run",
]


def __getattr__(name: str) -> Any:
    if name == "QspecError":
        from qspec.errors import QspecError

        return QspecError
    if name in __all__:
        from qspec import api

        return getattr(api, name)
    raise AttributeError(f"module 'qspec' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
