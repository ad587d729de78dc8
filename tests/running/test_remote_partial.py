"""What there is of a job is kept and can be looked at when other parts of it have failed."""

from __future__ import annotations

import numpy as np
import pytest

from qspec.records.view import open_run
from qspec.running.conduct import Conduct
from qspec.running.resume import resume
from tests.service.emulated import one_job, rehearsals  # noqa: F401  a fixture

MANY = one_job().replace("[{circuit: bell}]", f"[{', '.join(['{circuit: bell}'] * 5)}]")


@pytest.fixture
def run(rehearse):
    """A batch of three jobs of two, two and one PUBs, the second of which fails."""
    run = rehearse(MANY, mode="batch")
    run.emulator.devices["ibm_manila"].fake.configuration["max_experiments"] = 2
    run.emulator.faults.add_job(nth=(2,), fail_code=9999)
    resume(run.begin().path)
    return run


def test_the_parts_that_did_not_fail_are_in_the_result(run):
    job = run.record.job("counts")
    assert job.status == "ERROR"
    assert job.error.startswith("part 2 of 3: Error code 9999")
    assert "2 of 5 PUBs have no result" in job.notes
    assert [pub.result_hash is None for pub in job.pubs] == [False, False, True, True, False]
    found = open_run(run.path)
    assert found.damage() == ()
    assert [sum(found.counts("counts", index).values()) for index in (0, 1, 4)] == [200, 200, 200]
    assert not list(found.result("counts")[2].data.keys())


def test_the_arrays_are_those_of_their_pubs(run):
    with np.load(run.path / "jobs" / "counts" / "result.npz") as arrays:
        assert {name.split(".")[0] for name in arrays} == {"pub0", "pub1", "pub4"}


def test_what_was_missing_is_there_after_another_try(run):
    run.emulator.faults.clear()
    record = resume(run.path, conduct=Conduct(retry_failed=True))
    assert (record.outcome, run.posts) == ("done", 4)
    found = open_run(run.path)
    assert [sum(found.counts("counts", index).values()) for index in range(5)] == [200] * 5
    assert record.job("counts").notes == ()
    assert found.damage() == ()
