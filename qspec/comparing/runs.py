"""Two runs held against each other, PUB by PUB, and what their difference comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from qspec.comparing.causes import Cause, find_causes
from qspec.comparing.made import made_of_run
from qspec.comparing.pubs import IDENTICAL, Word, compare_pubs, verdict
from qspec.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qspec.comparing.found import Compared
    from qspec.records.parts import JobRecord
    from qspec.records.view import FinishedRun

    ComparedPub: TypeAlias = tuple[int | None, str, int, str, Compared]

LEVEL = 0.001
"""The probability with which two runs that differ by sampling alone are called different, over all their PUBs together."""

_MITIGATIONS = ("measure", "zne", "pec")
WORDS: tuple[Word, ...] = ("identical", "consistent", "different")
"""The words for a PUB, the best first."""


@frozen
class PubComparison:
    """What came of one PUB: at which point of a sweep it is, and the word."""

    point: int | None
    job: str
    pub: int
    circuit: str
    word: Word
    compared: Compared


@frozen
class PubTally:
    """A PUB of the spec: at how many points of a sweep it was compared (1 without one), and at how many it is identical."""

    job: str
    pub: int
    number: int
    identical: int


@frozen
class RunComparison:
    """What came of two runs.

    `pubs` are those that are not identical, in order of the spec; `tallies` count all of them, for each PUB of the spec.
    `missing` says in sentences what only one of the runs has. `causes` are the things in which they differ, the deepest
    first. With `exact` nothing but identical results will do. `among` is the number of such comparisons of which this is one,
    where the level is for all of them together.
    """

    before: str
    after: str
    level: float
    exact: bool
    pubs: tuple[PubComparison, ...]
    tallies: tuple[PubTally, ...]
    missing: tuple[str, ...]
    causes: tuple[Cause, ...]
    among: int = 1

    @property
    def p_value(self) -> float | None:
        """The smallest p-value, times the number of comparisons, at most 1; None where results differ without a test."""
        known = [pub.compared.p_value for pub in self.pubs]
        if self.missing or any(value is None for value in known):
            return None
        return min((min(1.0, value * self.number * self.among) for value in known if value is not None), default=1.0)

    @property
    def word(self) -> Word:
        """The worst word of all PUBs; what only one of the runs has makes them different."""
        if self.missing:
            return "different"
        return max((pub.word for pub in self.pubs), key=WORDS.index, default="identical")

    def accepts(self, word: Word) -> bool:
        """Whether a word will do."""
        return word == "identical" or (word == "consistent" and not self.exact)

    @property
    def identical(self) -> int:
        """How many PUBs are identical."""
        return sum(tally.identical for tally in self.tallies)

    @property
    def number(self) -> int:
        """The number of PUBs that were compared."""
        return sum(tally.number for tally in self.tallies)

    def count(self, word: Word) -> int:
        """How many PUBs have a word."""
        return self.identical if word == "identical" else sum(pub.word == word for pub in self.pubs)


def compare_runs(
    before: FinishedRun, after: FinishedRun, *, level: float = LEVEL, exact: bool = False
) -> RunComparison:
    """Compare every PUB of two runs, and find what they differ in.

    `level` is the probability of a false alarm over all PUBs together. Raises `RecordError` for damage.
    """
    missing: list[str] = []
    found = (
        (point, job.id, pub, job.pubs[pub].circuit, compared)
        for point, old, new in _points(before, after, missing)
        for job, other in _jobs(old, new, point, missing)
        for pub, compared in _pubs(old, new, job, other)
    )
    causes = find_causes(made_of_run(before), made_of_run(after))
    return judged(found, missing, causes, names=(before.record.run, after.record.run), level=level, exact=exact)


def judged(
    found: Iterable[ComparedPub],
    missing: Sequence[str],
    causes: Sequence[Cause],
    *,
    names: tuple[str, str],
    level: float,
    exact: bool = False,
    among: int = 1,
) -> RunComparison:
    """The words for all PUBs together, given what came of comparing each: point, job, PUB, circuit, and that."""
    apart, tallies = _counted(found)
    number = sum(tally.number for tally in tallies)
    pubs = tuple(
        PubComparison(
            point=point,
            job=job,
            pub=pub,
            circuit=circuit,
            word=verdict(compared, comparisons=number * among, level=level),
            compared=compared,
        )
        for point, job, pub, circuit, compared in apart
    )
    return RunComparison(
        before=names[0],
        after=names[1],
        level=level,
        exact=exact,
        pubs=pubs,
        tallies=tallies,
        missing=tuple(missing),
        causes=tuple(cause for cause in causes if apart or missing or cause.kind != "sampling only"),
        among=among,
    )


def _counted(found: Iterable[ComparedPub]) -> tuple[list[ComparedPub], tuple[PubTally, ...]]:
    """The PUBs that are not identical, and how many there are of each PUB of the spec."""
    apart: list[ComparedPub] = []
    numbers: dict[tuple[str, int], list[int]] = {}
    for each in found:
        _, job, pub, _, compared = each
        counted = numbers.setdefault((job, pub), [0, 0])
        counted[0] += 1
        counted[1] += compared.identical
        if not compared.identical:
            apart.append(each)
    tallies = (
        PubTally(job=job, pub=pub, number=number, identical=identical)
        for (job, pub), (number, identical) in numbers.items()
    )
    return apart, tuple(tallies)


def _points(
    before: FinishedRun, after: FinishedRun, missing: list[str]
) -> Iterator[tuple[int | None, FinishedRun, FinishedRun]]:
    """The runs that are held against each other: both as they are, or point by point of their sweeps, by their ids."""
    old, new = before.points, after.points
    if old is None or new is None:
        if (old is None) is not (new is None):
            missing.append(f"only the {'second' if old is None else 'first'} run has a sweep")
        else:
            yield None, before, after
        return
    sweeps = old.variants.sweep, new.variants.sweep
    numbers = {sweeps[1].point_id(number): number for number in range(len(new))}
    alone = 0
    for point in old:
        other = numbers.pop(point.id, None)
        if other is None:
            alone += 1
        else:
            yield point.number, point, new.point(other)
    sides = (("first", alone), ("second", len(numbers)))
    missing += [f"points only in the {which} run: {count:,}" for which, count in sides if count]


def _jobs(
    before: FinishedRun, after: FinishedRun, point: int | None, missing: list[str]
) -> Iterator[tuple[JobRecord, JobRecord]]:
    """The jobs that have a result in both runs."""
    others = {job.id: job for job in after.record.jobs}
    known = {job.id for job in before.record.jobs}
    where = "" if point is None else f" at point {point:,}"
    missing += [
        f"job '{name}' is only in the second run" for name in others if name not in known and point in (None, 0)
    ]
    for job in before.record.jobs:
        other = others.get(job.id)
        if other is None:
            missing += [f"job '{job.id}' is only in the first run"] if point in (None, 0) else []
        elif job.result is not None and other.result is not None:
            yield job, other
        else:
            which = [name for name, each in (("first", job), ("second", other)) if each.result is None]
            missing.append(f"job '{job.id}'{where} has no result in the {' and the '.join(which)} run")


def _pubs(before: FinishedRun, after: FinishedRun, job: JobRecord, other: JobRecord) -> Iterable[tuple[int, Compared]]:
    """What came of the PUBs that both jobs have; those with equal hashes are not read."""
    for pub, (old, new) in enumerate(zip(job.pubs, other.pubs, strict=False)):
        same = old.result_hash is not None and old.result_hash == new.result_hash
        yield pub, IDENTICAL if same else _compared(before, after, job, other, pub)


def _compared(before: FinishedRun, after: FinishedRun, job: JobRecord, other: JobRecord, pub: int) -> Compared:
    mitigated = any(is_mitigated(each) for each in (job, other))
    return compare_pubs(before.pub(job.id, pub), after.pub(job.id, pub), mitigated=mitigated)


def is_mitigated(job: JobRecord) -> bool:
    """Whether a job's values were mitigated, by the options in force: on the service by readout mitigation at least, where
    they do not say otherwise.
    """
    said = job.options.get("resilience")
    resilience = said if isinstance(said, Mapping) else {}
    if any(resilience.get(f"{what}_mitigation") for what in _MITIGATIONS):
        return True
    level = job.options.get("resilience_level", 1 if job.submissions and job.program_id == "estimator" else 0)
    return level == 2 or (level == 1 and resilience.get("measure_mitigation") is not False)
