"""How many workers there is room for."""

from __future__ import annotations

import math

import pytest

from qspec.workers.cores import environment, quota, threads_for, usable_cores, worthwhile_workers


def write(top, **texts):
    for name, text in texts.items():
        path = top / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_without_control_groups_there_is_no_quota(tmp_path):
    assert quota(tmp_path) == math.inf


@pytest.mark.parametrize(("limit", "cores"), [("max 100000", math.inf), ("150000 100000", 1.5), ("nonsense", math.inf)])
def test_the_quota_of_a_control_group_counts(tmp_path, limit, cores):
    write(tmp_path, proc__self__cgroup="0::/a/b\n", sys__fs__cgroup__a__b__cpu_dot_max=limit)
    assert quota(tmp_path) == cores


def test_the_quota_of_a_group_above_counts_too(tmp_path):
    groups = {"sys__fs__cgroup__a__cpu_dot_max": "200000 100000", "sys__fs__cgroup__a__b__cpu_dot_max": "max 100000"}
    write(tmp_path, proc__self__cgroup="0::/a/b\n", **groups)
    assert quota(tmp_path) == 2


@pytest.mark.parametrize(("allowed", "cores"), [("-1", math.inf), ("50000", 0.5)])
def test_control_groups_of_the_old_kind_count(tmp_path, allowed, cores):
    at = "sys__fs__cgroup__cpu,cpuacct__a__"
    write(tmp_path, proc__self__cgroup="3:memory:/\n4:cpu,cpuacct:/a\n")
    write(tmp_path, **{f"{at}cpu_dot_cfs_quota_us": allowed, f"{at}cpu_dot_cfs_period_us": "100000"})
    assert quota(tmp_path) == cores


def test_there_is_a_core_in_any_case(monkeypatch):
    monkeypatch.setattr("qspec.workers.cores.quota", lambda _: 0.3)
    assert usable_cores() == 1


@pytest.mark.parametrize(
    ("seconds", "items", "workers"),
    [(0.2, 1000, 1), (3, 1000, 2), (4.4, 1000, 2), (1e6, 1000, 8), (1e6, 3, 3), (0, 0, 1)],
)
def test_processes_are_started_where_the_work_is_worth_it(monkeypatch, seconds, items, workers):
    monkeypatch.setattr("qspec.workers.cores.usable_cores", lambda: 8)
    assert worthwhile_workers(seconds, items) == workers


def test_workers_and_threads_make_the_cores(monkeypatch):
    monkeypatch.setattr("qspec.workers.cores.usable_cores", lambda: 8)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert [threads_for(workers) for workers in (1, 2, 3, 8, 20)] == [8, 4, 2, 1, 1]
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads_for(2) == 3


def test_who_sets_threads_of_blas_has_them(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    said = environment(4)
    assert [said[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")] == ["4", "2", "1"]
