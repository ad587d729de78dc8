"""An emulator of the IBM Quantum Platform: the unmodified runtime client works against it, over HTTP, offline."""

from __future__ import annotations

from .accounts import Instance
from .emulator import Emulator
from .faults import Fault, FaultScript, JobScript

__all__ = ["Emulator", "Fault", "FaultScript", "Instance", "JobScript"]
