"""What other tools call a file: its path from the root of the checkout, whatever the current folder is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qspec.diagnostics import Span


def place_without_file(span: Span | None) -> str:
    """Where a text stands that is in no file: `at --set seed`, `in standard input, line 3, column 5`; else empty."""
    if span is None:
        return ""
    if span.path.startswith("--set "):
        return f"at {span.path}"
    return f"in standard input, line {span.line}, column {span.column}" if span.path == "-" else ""


def in_workspace(path: str) -> str:
    """The path from the root of the checkout (`GITHUB_WORKSPACE`) where there is one and the file is in it."""
    root = os.environ.get("GITHUB_WORKSPACE")
    if not root or not Path(path).exists():
        return path
    full, top = Path(path).resolve(), Path(root).resolve()
    return full.relative_to(top).as_posix() if full.is_relative_to(top) else path
