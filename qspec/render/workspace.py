"""What other tools call a file: its path from the root of the checkout, whatever the current folder is."""

from __future__ import annotations

import os
from pathlib import Path


def in_workspace(path: str) -> str:
    """The path from the root of the checkout (`GITHUB_WORKSPACE`) where there is one and the file is in it."""
    root = os.environ.get("GITHUB_WORKSPACE")
    if not root or not Path(path).exists():
        return path
    full, top = Path(path).resolve(), Path(root).resolve()
    return full.relative_to(top).as_posix() if full.is_relative_to(top) else path
