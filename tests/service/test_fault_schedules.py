"""P1: whatever goes wrong on the way, the service has as many jobs as the run, and the run knows each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from qspec.errors import QspecError
from qspec.records.status import read_events
from tests.emulator.emulator import Emulator
from tests.emulator.faults import Fault, FaultScript
from tests.service.rehearsal import Rehearsal, VirtualTime
from tests.service.schedules import schedule

MOST_PROCESSES = 40
SAMPLE, ALL = range(30), range(1000)
WAYS = {
    "503 before": Fault(do="status", status=503),
    "500 after": Fault(do="status", status=500, phase="after"),
    "dropped before": Fault(do="drop"),
    "dropped after": Fault(do="drop", phase="after"),
    "cut in the middle": Fault(do="truncate", phase="after"),
    "429": Fault(do="status", status=429, retry_after=1.0),
    "slow": Fault(do="delay", seconds=0.01),
    "the token expires": Fault(do="expire"),
}
"""What may become of a request."""


@dataclass
class Outcome:
    """How a schedule went: processes that it took, faults that struck, answers that were lost, jobs adopted."""

    processes: int
    struck: int
    lost: int
    adopted: int


def outcome_of(script, seed, tmp_path, monkeypatch):
    """Drive a run through a script of faults, with new processes as long as it takes."""
    with Emulator(devices=["manila"]) as emulator:
        time = VirtualTime(emulator, seed)
        mode = ("job", "batch", "session")[seed % 3]
        rehearsal = Rehearsal(emulator=emulator, time=time, folder=tmp_path, mode=mode).install(monkeypatch)
        plan = rehearsal.plan()
        journal = rehearsal.create(plan)
        emulator.faults.replace(script)
        processes = driven_to_its_end(rehearsal, plan, journal)
        journal = rehearsal.reopened(journal)
        sent = [job.id for job in emulator.ledger.jobs]  # a duplicate that was cancelled would be one too many as well
        known = [each.job_id for each in rehearsal.submissions(journal)]
        assert len(sent) == 2, f"lists lag less than is waited for them: seed {seed}, {script}"
        assert sorted(sent) == sorted(known), f"none extra, none missing: seed {seed}, {script}"
        assert [job.status for job in journal.record.jobs] == ["DONE", "DONE"], f"seed {seed}, {script}"
        story = [event.event for event in read_events(journal.folder.path).events]
        return Outcome(
            processes=processes,
            struck=len(emulator.faults.fired),
            lost=story.count("submission-unknown"),
            adopted=story.count("adopted"),
        )


def driven_to_its_end(rehearsal, plan, journal):
    """How many processes it took, each of which knows only what the one before left on disk."""
    for process in range(1, MOST_PROCESSES + 1):
        try:
            rehearsal.drive(plan, journal)
        except QspecError:
            journal = rehearsal.reopened(journal)
        else:
            return process
    raise AssertionError("the run did not come to its end")


@pytest.mark.parametrize(
    "seeds", [SAMPLE, pytest.param(ALL, marks=pytest.mark.slow)], ids=["a sample", "all schedules"]
)
def test_the_ledger_has_the_jobs_of_the_run_and_no_other(seeds, tmp_path):
    outcomes = []
    for seed in seeds:
        (tmp_path / str(seed)).mkdir()
        with pytest.MonkeyPatch.context() as patch:
            outcomes.append(outcome_of(schedule(seed), seed, tmp_path / str(seed), patch))
    lost, adopted = (sum(getattr(each, name) for each in outcomes) for name in ("lost", "adopted"))
    print(
        f"\n{len(outcomes)} fault schedules, {sum(each.struck for each in outcomes)} faults:"
        f" {2 * len(outcomes)} jobs in the runs, as many in the ledgers; {lost} lost answers, {adopted} jobs adopted,"
        f" {sum(each.processes > 1 for each in outcomes)} runs that were resumed"
    )
    assert lost
    assert adopted


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.slow)], ids=["a sample", "all requests"])
def test_any_request_may_go_wrong_in_any_way(way, step, tmp_path):
    struck, number = 1, 1 + list(WAYS).index(way) % step
    first = number
    while struck:
        script = FaultScript(faults=[replace(WAYS[way], path="/**", nth=(number,))])
        (tmp_path / str(number)).mkdir()
        with pytest.MonkeyPatch.context() as patch:
            struck = outcome_of(script, number, tmp_path / str(number), patch).struck
        number += step
    print(f"\n{way}, at {len(range(first, number - step, step))} requests of a run, one at a time: every job once")
    assert number > 15
