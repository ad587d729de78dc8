"""Where the cache is, and how large: defaults and the environment."""

from __future__ import annotations

import pytest

from qspec.caching.settings import DEFAULT_SIZE, cache_folder, is_on, open_store, size_limit
from qspec.errors import UsageError


def test_without_the_environment_it_is_where_the_system_keeps_caches(monkeypatch, tmp_path):
    monkeypatch.delenv("QSPEC_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder().name == "qspec"
    assert cache_folder().is_relative_to(tmp_path)


def test_a_home_that_nobody_knows_is_no_folder(monkeypatch):
    monkeypatch.delenv("QSPEC_CACHE_DIR")
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_, **__: "~/.cache/qspec")
    assert cache_folder() is None
    assert "no folder" in open_store(writes=True).trouble


def test_a_relative_folder_is_that_of_the_current_one(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QSPEC_CACHE_DIR", "here")
    assert cache_folder() == tmp_path / "here"


@pytest.mark.parametrize(
    ("text", "size"),
    [("", DEFAULT_SIZE), ("0", 0), ("1000", 1000), ("2k", 2000), ("500MB", 500_000_000), ("1.5 GiB", 3 << 29)],
)
def test_sizes_are_written_with_units(monkeypatch, text, size):
    monkeypatch.setenv("QSPEC_CACHE_SIZE", text)
    assert size_limit() == size


@pytest.mark.parametrize("text", ["much", "-1", "1 XB", "1e9"])
def test_a_size_that_is_none_is_said(monkeypatch, text):
    monkeypatch.setenv("QSPEC_CACHE_SIZE", text)
    with pytest.raises(UsageError, match=f"QSPEC_CACHE_SIZE is '{text}'"):
        open_store(writes=False)


@pytest.mark.parametrize(("text", "on"), [("", True), ("0", True), ("1", False), ("yes", False)])
def test_the_environment_switches_it_off(monkeypatch, text, on):
    monkeypatch.setenv("QSPEC_NO_CACHE", text)
    assert is_on() == on
    assert (open_store(writes=True) is not None) == on
