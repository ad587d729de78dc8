"""Sinks whose places are taken are found before anything runs, from their paths alone."""

from __future__ import annotations

import pytest

from qspec.records.placing import Collision, collisions


def found(*templates: str, **known) -> list[tuple[int, str, int | None, str]]:
    sinks = [("csv", template) for template in templates]
    return [(hit.sink, hit.path, hit.other, hit.taken) for hit in collisions(sinks, **known)]


def test_paths_of_their_own_are_fine():
    assert found("{job}.csv", "results.json", "tables/{name}/{run}-{point}.npz", "inputs/mine", "jobs/notes") == []
    assert found("results.json", name="bell", jobs=["a", "b"]) == []
    assert found() == []


def test_the_later_of_two_sinks_with_one_path_is_named():
    assert list(collisions([("csv", "a"), ("npz", "b"), ("json", "a"), ("json", "a")])) == [
        Collision(sink=2, kind="json", path="a", other=0, other_kind="csv", taken="a"),
        Collision(sink=3, kind="json", path="a", other=0, other_kind="csv", taken="a"),
    ]
    assert found("{job}.csv", "{job}.csv") == [(1, "{job}.csv", 0, "{job}.csv")]
    assert found("{point}", "0") == [(1, "0", 0, "0")]


def test_names_and_jobs_say_more():
    assert found("{job}.csv", "counts.csv") == []
    assert found("{job}.csv", "counts.csv", jobs=["energy", "counts"]) == [(1, "counts.csv", 0, "counts.csv")]
    assert found("bell", "{name}", name="bell") == [(1, "bell", 0, "bell")]


@pytest.mark.parametrize("path", ["run.json", "status.jsonl", "spec.yaml", "resolved.json", "backend.json"])
def test_qspecs_own_files_are_taken(path):
    assert found(path) == [(0, path, None, path)]
    assert found(f"{path}/a") == [(0, f"{path}/a", None, path)]


def test_qspecs_own_folders_and_results_are_taken():
    assert found("jobs/{job}/result.npz", jobs=["a"]) == [(0, "jobs/a/result.npz", None, "jobs/a/result.npz")]
    for path in ("jobs", "circuits", "inputs", "jobs/{job}"):
        assert found(path) == [(0, path, None, path)]


def test_a_file_cannot_be_another_ones_folder():
    assert found("a", "a/b/c") == [(1, "a/b/c", 0, "a")]
    assert found("a/b/c", "a/b") == [(1, "a/b", 0, "a/b")]


def test_points_of_a_sweep_have_labels_that_sort():
    assert found("{point}.csv", "7.csv", points=8) == [(1, "7.csv", 0, "7.csv")]
    assert found("{point}.csv", "7.csv", points=100) == []
    assert found("{point}.csv", "99.csv", points=100) == [(1, "99.csv", 0, "99.csv")]
    assert found("{point}.csv", "99.csv", points=99) == []
    assert found("{point}.csv", "a07.csv", "x/00.csv", "00.csv", points=99) == [(3, "00.csv", 0, "00.csv")]


def test_the_folder_of_a_sweeps_points_is_qspecs_own():
    assert found("points/{point}.npz", "variants.jsonl", points=3) == [
        (0, "points/0.npz", None, "points"),
        (1, "variants.jsonl", None, "variants.jsonl"),
    ]
    assert found("points/{point}.npz", "variants.jsonl") == []


@pytest.mark.parametrize("name", ["inputs.zip", "circuits.zip"])
def test_the_archives_of_very_many_files_are_taken(name):
    assert found(name) == [(0, name, None, name)]
