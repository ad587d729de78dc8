"""What came of comparing two runs, or a run with its lock, as cases of a test suite: one for each PUB of the spec, over all points of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from qspec.comparing.runs import WORDS, PubComparison, RunComparison
from qspec.frozen import frozen
from qspec.render.comparison import spoken_causes, spoken_effect, spoken_p_value
from qspec.render.look import plural
from qspec.render.suites import Case, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qspec.comparing.pubs import Word

_MOST_LINES = 20
_Thing = TypeVar("_Thing")


@frozen
class PubVerdict:
    """What came of a PUB of the spec. `number` says at how many points it was compared, 1 without a sweep; `apart` is what
    is not identical there, the worst first.
    """

    job: str
    pub: int
    number: int
    apart: tuple[PubComparison, ...]

    @property
    def word(self) -> Word:
        """The worst word of all points."""
        return self.apart[0].word if self.apart else "identical"

    @property
    def badness(self) -> tuple[int, float]:
        """What verdicts are sorted by, the worst first."""
        return _badness(self.apart[0]) if self.apart else (0, 0.0)


def verdicts_of(found: RunComparison) -> tuple[PubVerdict, ...]:
    """The verdict on each PUB of the spec, in order of the spec."""
    apart: dict[tuple[str, int], list[PubComparison]] = {}
    for pub in found.pubs:
        apart.setdefault((pub.job, pub.pub), []).append(pub)
    return tuple(
        PubVerdict(
            job=tally.job,
            pub=tally.pub,
            number=tally.number,
            apart=tuple(sorted(apart.get((tally.job, tally.pub), ()), key=_badness)),
        )
        for tally in found.tallies
    )


def _badness(pub: PubComparison) -> tuple[int, float]:
    """The worse the word is, and the smaller the p-value; what no test can judge stands before what one did."""
    p_value = pub.compared.p_value
    return -WORDS.index(pub.word), -1.0 if p_value is None else p_value


def spoken_pub(verdict: PubVerdict) -> str:
    """The word; of a sweep's PUB with how many points it is about, and which is the worst."""
    worst = verdict.apart[0] if verdict.apart else None
    if worst is None or worst.point is None:
        return verdict.word if verdict.number == 1 else f"{verdict.word} at all {verdict.number:,} points"
    alike = sum(each.word == verdict.word for each in verdict.apart)
    return f"{verdict.word} at {alike:,} of {plural(verdict.number, 'point')}, most of all at point {worst.point:,}"


def cases_of_comparison(found: RunComparison) -> Iterator[Case]:
    """A case for each PUB, a failure where its word will not do; and one for what could not be compared."""
    causes = [f"{head}: {cause}" for head, cause in spoken_causes(found)]
    for verdict in verdicts_of(found):
        yield _of_pub(verdict, found, causes if verdict.apart else [])
    if found.missing:
        first, *others = found.missing
        more = f"; and {len(others):,} more like this" if others else ""
        lines = (*_some(others, str), *causes)
        trouble = Trouble(word="failure", rule="results-differ", message=f"different: {first}{more}", lines=lines)
        yield Case(name="all results", troubles=(trouble,))


def _of_pub(verdict: PubVerdict, found: RunComparison, causes: list[str]) -> Case:
    name, route = f"results of {verdict.job} PUB {verdict.pub}", ("jobs", verdict.job, "pubs", verdict.pub)
    message, lines = _message(verdict, causes), _lines(verdict, found, causes)
    if found.accepts(verdict.word):
        return Case(name=name, notes=(message, *lines), route=route)
    trouble = Trouble(word="failure", rule="results-differ", message=message, lines=lines)
    return Case(name=name, troubles=(trouble,), route=route)


def _message(verdict: PubVerdict, causes: list[str]) -> str:
    """The word, the test and its p-value, the effect, and the deepest cause, in one line."""
    said = spoken_pub(verdict)
    parts = [f"{said}: {_measured(verdict.apart[0])}" if verdict.apart else said]
    return "; ".join([*parts, *causes[:1]])


def _measured(pub: PubComparison) -> str:
    compared = pub.compared
    p_value = spoken_p_value(compared)
    parts = (f"p-value {p_value}" if p_value else "", spoken_effect(compared), compared.test or compared.message)
    return ", ".join(filter(None, parts))


def _lines(verdict: PubVerdict, found: RunComparison, causes: list[str]) -> tuple[str, ...]:
    """The sentence about the worst, the other points of a sweep, the level, and what else the runs differ in."""
    if not verdict.apart:
        return ()
    worst, *others = verdict.apart
    compared = worst.compared
    where = () if worst.point is None else (f"point {worst.point:,}",)
    said = (compared.message,) if compared.test else ()
    level = (f"level {found.level:g} for all of {plural(found.number, 'PUB')} together",) if compared.test else ()
    wanted = ("only identical results will do",) if worst.word == "consistent" and found.exact else ()
    return (*where, f"circuit {worst.circuit}", *said, *level, *wanted, *_some(others, _of_point), *causes[1:])


def _of_point(pub: PubComparison) -> str:
    return f"{pub.word} at point {pub.point:,}: {_measured(pub)}"


def _some(things: Sequence[_Thing], spoken: Callable[[_Thing], str]) -> Iterator[str]:
    """The first of many in words, and how many there are more."""
    yield from map(spoken, things[:_MOST_LINES])
    if len(things) > _MOST_LINES:
        yield f"and {len(things) - _MOST_LINES:,} more"


def spoken_consistency(found: RunComparison) -> str:
    """What differs, where that will do: how many PUBs are consistent, and the causes; empty where all are identical or some
    are different, or where only identical will do.
    """
    if found.word != "consistent" or found.exact:
        return ""
    head = f"{found.count('consistent'):,} of {plural(found.number, 'PUB')} not identical to {found.before}"
    return "\n".join([f"{head}, but consistent", *(f"{which}: {cause}" for which, cause in spoken_causes(found))])
