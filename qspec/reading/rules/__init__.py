"""What a schema cannot say. Each rule is a function from a spec's data to findings; all of them run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qspec.diagnostics import Diagnostic
    from qspec.reading.files import InputFiles
    from qspec.reading.nodes import Node


def check_rules(data: Mapping[str, Any], root: Node, files: InputFiles) -> list[Diagnostic]:
    """Every finding of every rule on data that the schema accepts. Never imports Qiskit."""
    return []
