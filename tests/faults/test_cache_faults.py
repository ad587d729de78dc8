"""The cache fails, or its writer is killed: runs go on, and what is found later is whole or nothing."""

from __future__ import annotations

import os
import shutil

import pytest
from aftermath import the_run

from qspec.caching.entry import unseal
from qspec.caching.files import entries

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
OF_THE_FIRST_ENTRY = 8
"""Boundaries: three folders and a file are made, written and renamed, and growth is noted in a file."""


def cached(folder) -> dict[str, str]:
    return {"QSPEC_NO_CACHE": "", "QSPEC_CACHE_DIR": str(folder)}


def assert_sound(folder) -> None:
    assert all(unseal(entry.path.read_bytes(), entry.kind, entry.key) for entry in entries(folder))


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO", "EROFS", "EACCES"])
@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)], ids=["a sample", "all"])
def test_a_cache_that_cannot_be_written_costs_nothing(laboratory, spec, whole, tmp_path, fault, step):
    for at in range(1, OF_THE_FIRST_ENTRY + 1, step):
        cache = tmp_path / f"cache-{at}"
        runs_dir = tmp_path / f"runs-{at}"
        ended = laboratory.run(
            "run", "-v", spec, "--runs-dir", runs_dir, at=at, fault=fault, disk=True, **cached(cache)
        )
        assert ended.code == 0, ended.err
        assert ended.err.count("planned without the cache: ") == 1
        assert the_run(runs_dir).record.content_hash == whole.record.content_hash
        assert_sound(cache)


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)], ids=["a sample", "all"])
def test_who_is_killed_while_writing_the_cache_leaves_one_that_can_be_used(laboratory, spec, whole, tmp_path, step):
    cache = tmp_path / "cache"
    for at in range(1, 4 * OF_THE_FIRST_ENTRY, step):
        runs_dir = tmp_path / str(at)
        assert laboratory.run("run", spec, "--runs-dir", runs_dir, at=at, disk=True, **cached(cache)).code == -9
        assert_sound(cache)
        shutil.rmtree(runs_dir, ignore_errors=True)
        ended = laboratory.run("run", "-v", spec, "--runs-dir", runs_dir, **cached(cache))
        assert (ended.code, "without the cache" in ended.err) == (0, False), ended.err
        assert the_run(runs_dir).record.content_hash == whole.record.content_hash
        shutil.rmtree(cache)
