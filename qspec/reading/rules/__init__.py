"""What a schema cannot say. Each rule is a function from a spec's data to findings; all of them run.

The data are *sound*: where the structure has a mistake there is `UNSOUND`, and rules pass over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from qspec.reading.rules.backends import check_backend, check_choice
from qspec.reading.rules.circuits import check_circuits
from qspec.reading.rules.distributions import check_distributions
from qspec.reading.rules.execution import check_execution
from qspec.reading.rules.expectations import check_expectations
from qspec.reading.rules.inputs import check_inputs
from qspec.reading.rules.options import check_options
from qspec.reading.rules.pubs import check_facts, check_pubs, shapes_of
from qspec.reading.rules.references import check_references
from qspec.reading.rules.sinks import check_sinks
from qspec.reading.rules.trust import check_trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from qspec.diagnostics import Diagnostic
    from qspec.facts import CircuitFacts
    from qspec.reading.files import InputFiles
    from qspec.reading.nodes import Node
    from qspec.reading.rules.pubs import Shapes

    Rule = Callable[[Mapping[str, Any], "_Known"], Iterable[Diagnostic]]

MOST_FINDINGS = 500


@dataclass(slots=True)
class _Known:
    """What rules need to know beside the data: `facts` are those of the circuits, `points` how many a sweep has.

    `facts` and `shapes` are set by the rules that are asked before those that read them.
    """

    files: InputFiles
    points: int | None
    root: Node | None = None
    facts: Mapping[str, CircuitFacts] | None = None
    shapes: Shapes | None = None


def _check_circuits(data: Mapping[str, Any], known: _Known) -> Iterable[Diagnostic]:
    findings, known.facts = check_circuits(data, known.root, known.files)
    return findings


def _check_pubs(data: Mapping[str, Any], known: _Known) -> Iterable[Diagnostic]:
    known.shapes = shapes_of(data)
    return check_pubs(data)


_RULES: tuple[tuple[Rule, tuple[str, ...]], ...] = (
    (_check_circuits, ("circuits",)),
    (lambda data, _: check_backend(data), ("backend",)),
    (lambda data, _: check_choice(data), ("backend",)),
    (lambda data, _: check_references(data), ("circuits", "jobs", "expect", "sinks")),
    (lambda data, known: check_inputs(data, known.files), ("jobs", "expect")),
    (_check_pubs, ("jobs",)),
    (lambda data, known: check_facts(data, known.facts or {}, known.shapes), ("circuits", "jobs")),
    (lambda data, known: check_expectations(data, known.facts or {}, known.shapes), ("circuits", "jobs", "expect")),
    (lambda data, _: check_distributions(data), ("jobs", "expect")),
    (lambda data, _: check_options(data), ("backend", "jobs")),
    (lambda data, _: check_execution(data), ("backend", "execution")),
    (lambda data, known: check_sinks(data, known.points), ("name", "jobs", "sinks")),
    (lambda data, known: check_trust(data, trust=known.files.trust), ("jobs",)),
)
"""Every rule with the top-level keys that it reads; it is given no others, so that the list cannot be wrong."""


class Rules:
    """The rules, for one spec or for the points of one sweep. None of them imports Qiskit.

    Of a point a rule is asked only where a part that it reads is another object than at the point before. `points` is how
    many the sweep has; None where there is none.
    """

    def __init__(self, files: InputFiles, points: int | None = None) -> None:
        self._known = _Known(files, points)
        self._before: dict[str, Any] = {}
        self._found: list[list[Diagnostic]] = [[] for _ in _RULES]

    def findings(self, data: Mapping[str, Any], root: Node | None) -> list[Diagnostic]:
        """The findings on the sound part of a spec's data, up to the first 500.

        `root` is the tree that the data are from; without it, findings about texts within the spec have no places.
        """
        changed = {key for key in _KEYS if data.get(key, self) is not self._before.get(key, self)}
        self._known.root = root
        for number, (rule, keys) in enumerate(_RULES):
            if not changed.isdisjoint(keys):
                seen = {key: data[key] for key in keys if key in data}
                self._found[number] = list(islice(rule(seen, self._known), MOST_FINDINGS))
        self._before = dict(data)
        return [finding for found in self._found for finding in found][:MOST_FINDINGS]


_KEYS = frozenset(key for _, keys in _RULES for key in keys)
