"""What circuit kinds are given in place of a repository's input files."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest


@dataclass
class Texts:
    """Files that are only in memory."""

    contents: dict[str, bytes] = field(default_factory=dict)

    def read(self, name):
        return self.contents[name]


@pytest.fixture
def files():
    return Texts()
