"""The results of an earlier run, or those in a lock, by the tests of `qspec diff`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from qspec.errors import UsageError
from qspec.frozen import frozen

if TYPE_CHECKING:
    from qspec.comparing.runs import RunComparison
    from qspec.records.locks import LockRecord
    from qspec.records.parts import Verdict
    from qspec.records.view import FinishedRun


@frozen
class SameAs:
    """Holds when no PUB differs from that of the reference by more than sampling explains; with `exact`, when all are
    identical.

    PUBs with the same hash are identical; others are held against the summary of the reference, with tests suited to
    the data. The p-values are multiplied by the number of tests, PUBs and points. The margin is by how much the smallest is
    above `level`; with `exact` there is none.
    """

    kind: ClassVar[str] = "same_as"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "description": "Results are those of an earlier run or of a lock: identical, or apart by no more than sampling explains.",
        "properties": {
            "reference": {
                "type": "string",
                "minLength": 1,
                "description": "A lock, such as bell.lock.json, or the folder of an earlier run inside the repository."
                " Relative to the file that says it.",
            },
            "level": {
                "type": "number",
                "exclusiveMinimum": 0,
                "exclusiveMaximum": 1,
                "description": "How probable it may be, over all results together, that sampling alone is called different."
                " Default 0.001.",
            },
            "exact": {
                "type": "boolean",
                "description": "Hold only where all results are the same bit for bit. Default false.",
            },
        },
        "required": ["reference"],
    }
    EXAMPLE: ClassVar[str] = """\
kind: same_as
reference: bell.lock.json
"""
    MISUSE: ClassVar[str] = """\
kind: same_as
reference: bell.lock.json
level: 1
"""

    reference: str
    level: float = 0.001
    exact: bool = False

    def check(self, run: FinishedRun) -> Verdict:
        """The verdict about a run, or a point of a sweep. Raises `RecordError` where the reference is not in its folder."""
        from qspec.comparing.locked import compare_with_lock
        from qspec.records.parts import Verdict

        found = compare_with_lock(self._lock(run), run, level=self.level, exact=self.exact, name=self.reference)
        return Verdict(
            passed=found.accepts(found.word),
            message=f"{_sentence(found)}, compared with {self.reference}",
            margin=None if self.exact else (found.p_value or 0.0) - self.level,
            details={
                "verdict": found.word,
                "p_value": found.p_value,
                "identical": found.identical,
                "causes": [f"{cause.kind}: {cause.message}" for cause in found.causes if found.word != "identical"],
            },
        )

    def _lock(self, run: FinishedRun) -> LockRecord:
        from qspec.records.bundles import RecordedFiles
        from qspec.records.names import LOCK_SUFFIX

        name = self.reference if self.reference.endswith(LOCK_SUFFIX) else self.reference + LOCK_SUFFIX
        stored = next((file for file in run.record.references if file.path == name), None)
        if stored is None:
            raise UsageError(f"there is no '{name}' yet", advice="qspec lock writes it beside its spec")
        return _parsed(RecordedFiles(run.folder, run.record.files).read(stored.stored, stored.sha256), name)


@lru_cache(maxsize=2)  # every point of a sweep asks for it
def _parsed(content: bytes, name: str) -> LockRecord:
    from qspec.records.locks import parse_lock

    return parse_lock(content, name)


def _sentence(found: RunComparison) -> str:
    """The word, and what decided it."""
    if found.missing:
        return f"different: {found.missing[0]}"
    if not found.pubs:
        return "identical"
    worst = min(found.pubs, key=lambda pub: -1.0 if pub.compared.p_value is None else pub.compared.p_value)
    return f"{found.word}: PUB {worst.pub} of job '{worst.job}': {worst.compared.message}"
