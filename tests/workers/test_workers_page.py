"""The examples of docs/workers.md, which need clusters that are not here, are at least Python and YAML."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

PAGE = (Path(__file__).parents[2] / "docs" / "workers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(("language", "text"), BLOCKS)
def test_a_shown_block_can_be_read(language, text):
    read = {"python": ast.parse, "yaml": yaml.safe_load}[language]
    assert read(text)
