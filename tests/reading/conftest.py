"""A folder that is a repository, specs in it, and what reading says about them."""

from __future__ import annotations

import pytest

from qspec.reading.document import read_document


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """An empty repository, which is also the current folder."""
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def read():
    """Reads a YAML text (or bytes) as a document."""

    def read(text):
        return read_document(text if isinstance(text, bytes) else text.encode(), "spec.yaml")

    return read


@pytest.fixture
def values(read):
    """The plain data of a YAML text without findings."""

    def values(text):
        document = read(text)
        assert not document.findings
        return document.root.plain()

    return values


@pytest.fixture
def only(read):
    """The one finding about a YAML text, as (code, line, column)."""

    def only(text):
        (finding,) = read(text).findings
        return finding.code, finding.span.line, finding.span.column

    return only
