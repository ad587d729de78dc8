"""A job is cut into jobs of the service by what one of them may hold; the parts follow each other without gaps."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from qspec.planning.parts import draw_tag, excess, parts_of
from qspec.service.backend import MOST_BYTES, MOST_EXECUTIONS, MOST_SECONDS


@dataclass
class Backend:
    most_circuits: int | None = None
    name: str = "ibm_manila"


@dataclass
class Job:
    pubs: list = field(default_factory=list)
    job: object = None


def pub(*, seconds=1.0, size=10, values=0, executions=1, shots=1):
    arrays = {("a",): SimpleNamespace(size=values)} if values else {}
    bindings = SimpleNamespace(data=arrays)
    return SimpleNamespace(
        qpu_seconds=seconds,
        circuit=SimpleNamespace(size=size),
        pub=SimpleNamespace(parameter_values=bindings),
        executions=executions,
        shots=shots,
    )


def cut(job, backend, mode="batch"):
    return [(part.first, part.count) for part in parts_of(job, backend, mode=mode)]


@pytest.mark.parametrize("mode", ["batch", "session"])
def test_as_many_circuits_as_the_backend_takes(mode):
    assert cut(Job([pub()] * 5), Backend(2), mode) == [(0, 2), (2, 2), (4, 1)]
    assert cut(Job([pub()] * 4), Backend(2), mode) == [(0, 2), (2, 2)]
    assert cut(Job([pub()] * 4), Backend(None), mode) == [(0, 4)]


def test_a_job_is_whole_in_job_mode():
    assert cut(Job([pub()] * 5), Backend(2), "job") == [(0, 5)]
    assert excess(Job([pub()] * 5), Backend(2)) == "5 PUBs, and ibm_manila takes 2 in one job"


def test_a_job_that_learns_once_for_all_is_whole_in_a_batch_too():
    assert cut(Job([pub()] * 5, SimpleNamespace(indivisible=True)), Backend(2)) == [(0, 5)]


def test_no_part_is_estimated_at_more_than_half_of_what_a_job_may_last():
    third = pub(seconds=MOST_SECONDS / 3)
    assert cut(Job([third] * 3), Backend()) == [(0, 1), (1, 1), (2, 1)]
    assert "QPU seconds" in excess(Job([third] * 3), Backend())


def test_no_part_is_about_larger_than_half_of_what_a_request_may_be():
    large = pub(values=MOST_BYTES // 60)
    assert cut(Job([large] * 6), Backend()) == [(0, 2), (2, 2), (4, 2)]
    assert "MB" in excess(Job([large] * 6), Backend())


def test_no_part_executes_circuits_more_often_than_a_job_may():
    half = pub(executions=MOST_EXECUTIONS // 2000, shots=1000)
    assert cut(Job([half] * 4), Backend()) == [(0, 2), (2, 2)]
    assert "executions" in excess(Job([half] * 3), Backend())


def test_one_pub_that_is_too_large_by_itself_is_a_part():
    assert cut(Job([pub(seconds=10 * MOST_SECONDS), pub()]), Backend()) == [(0, 1), (1, 1)]


def test_a_pub_without_an_estimate_counts_as_none():
    assert cut(Job([pub(seconds=None)] * 3), Backend()) == [(0, 3)]


def test_parts_follow_each_other_without_gaps(rng):
    for _ in range(200):
        number = rng.randint(1, 40)
        job = Job(
            [pub(seconds=rng.uniform(0, MOST_SECONDS / 2), values=rng.randrange(1, 10**6)) for _ in range(number)]
        )
        parts = parts_of(job, Backend(rng.choice([None, 1, 3, 100])), mode="batch")
        assert [index for part in parts for index in range(part.first, part.first + part.count)] == list(range(number))
        assert all(
            part.count == 1 or not excess(Job(job.pubs[part.first : part.first + part.count]), Backend())
            for part in parts
        )


def test_a_tag_is_drawn_once_and_fits():
    random.seed(1)
    tags = {draw_tag() for _ in range(1000)}
    assert len(tags) == 1000
    assert all(len(tag) <= 86 and tag.startswith("qspec-") for tag in tags)
