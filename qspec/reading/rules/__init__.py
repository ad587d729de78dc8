"""What a schema cannot say. Each rule is a function from a spec's data to findings; all of them run.

The data are *sound*: where the structure has a mistake there is `UNSOUND`, and rules pass over it.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from qspec.reading.rules.backends import check_backend, check_choice
from qspec.reading.rules.circuits import check_circuits
from qspec.reading.rules.execution import check_execution
from qspec.reading.rules.expectations import check_expectations
from qspec.reading.rules.inputs import check_inputs
from qspec.reading.rules.options import check_options
from qspec.reading.rules.pubs import check_facts, check_pubs
from qspec.reading.rules.references import check_references
from qspec.reading.rules.sinks import check_sinks
from qspec.reading.rules.trust import check_trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.diagnostics import Diagnostic
    from qspec.reading.files import InputFiles
    from qspec.reading.nodes import Node


MOST_FINDINGS = 500


def check_rules(
    data: Mapping[str, Any], root: Node, files: InputFiles, *, points: int | None = None
) -> list[Diagnostic]:
    """The findings of the rules on the sound part of a spec's data, up to the first 500. Never imports Qiskit.

    `points` is how many the sweep has that the spec is a point of; None where it is none.
    """
    findings, facts = check_circuits(data, root, files)
    more = chain(
        check_backend(data),
        check_choice(data),
        check_references(data),
        check_inputs(data, files),
        check_pubs(data),
        check_facts(data, facts),
        check_expectations(data, facts),
        check_options(data),
        check_execution(data),
        check_sinks(data, points),
        check_trust(data, trust=files.trust),
    )
    return list(islice(chain(findings, more), MOST_FINDINGS))
