"""What Aer says when a simulation fails, in plain words."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qspec.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The only place where every version of Aer says that a simulation failed: some of its primitives go on without its
# results, and end in an unrelated error (0.17) or in that one's words (0.18).
_LOGGER = "qiskit_aer.backends.aerbackend"
_FAILED = "Simulation failed"

_MEMORY = re.compile(r"using the (\w+) simulator\. Required memory: (\d+)M, max memory: (\d+)M")
_OUT_OF_MEMORY = ("requires more memory than max_memory_mb", "std::bad_alloc")  # of noisy circuits; of many shots
_INVALID = re.compile(r"invalid instructions \{(.*?)\} for \"(\w+)\" method")
_NAMES = re.compile(r"\{([^{}]*)\}")
_LARGEST_MIB = 2**40


class _Complaints(logging.Handler):
    """Keeps the words of failed simulations, passes the rest on."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if text.startswith(_FAILED):
            self.words.append(text)
        return not text.startswith(_FAILED)


@contextmanager
def simulating() -> Iterator[None]:
    """Around a simulation, up to its `result()`: raises `JobError` in plain words if Aer says that it failed.

    Aer's own line on stderr does not appear. Errors that are not a failed simulation pass through.
    """
    complaints = _Complaints()
    logger = logging.getLogger(_LOGGER)
    logger.addFilter(complaints.filter)
    try:
        yield
    except Exception as error:
        if not complaints.words:
            raise
        raise explain(complaints.words[0]) from error
    finally:
        logger.removeFilter(complaints.filter)
    if complaints.words:
        raise explain(complaints.words[0])


def explain(words: str) -> JobError:
    """The failure that Aer's words stand for."""
    if memory := _MEMORY.search(words):
        return _too_wide(memory[1], needed=int(memory[2]), present=int(memory[3]))
    if any(text in words for text in _OUT_OF_MEMORY):
        return JobError(
            "the simulation needs more memory than is there",
            advice="use fewer qubits or fewer shots, or a method that fits the circuit: matrix_product_state, stabilizer",
        )
    if invalid := _INVALID.search(words):
        names = ", ".join(sorted(part.strip() for found in _NAMES.findall(invalid[1]) for part in found.split(",")))
        why = " (it takes Clifford gates only)" if invalid[2] == "stabilizer" else ""
        return JobError(
            f"the method '{invalid[2]}' cannot simulate: {names}{why}", advice="method: automatic chooses one that can"
        )
    return JobError(f"the simulation failed: {_aer_words(words)}")


def _too_wide(method: str, *, needed: int, present: int) -> JobError:
    amount = f"{needed / 1024:,.0f} GiB" if needed < _LARGEST_MIB else "more memory than any machine has"
    return JobError(
        f"a circuit is too wide to simulate here: the method '{method}' needs {amount}, and {present / 1024:,.0f} GiB are there",
        advice="use fewer qubits, or a method that fits the circuit: stabilizer for Clifford circuits, "
        "matrix_product_state for little entanglement (kind: aer, with noise_from for a fake backend's noise)",
    )


def _aer_words(words: str) -> str:
    """What Aer says of the first circuit that failed, without its frame."""
    said = re.sub(r"^.*?ERROR:\s*(\[Experiment \d+\]\s*)?", "", words, count=1, flags=re.DOTALL)
    return said.partition("[Experiment")[0].strip(" ,.\n") or words
