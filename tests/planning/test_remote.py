"""What a plan for the service is held against before anything is sent."""

from __future__ import annotations

import pytest

from qspec.errors import RefusedError, SpecError
from tests.emulator.accounts import Instance
from tests.service.emulated import break_qubit, one_job, rehearsals  # noqa: F401  a fixture


def findings(run):
    with pytest.raises(SpecError) as caught:
        run.plan()
    return [(finding.code, finding.severity) for finding in caught.value.findings]


def nothing_was_sent(run):
    return not [
        entry
        for entry in run.emulator.ledger.requests
        if entry.method == "POST" and entry.path in ("/jobs", "/sessions")
    ]


def limited(run, **limits):
    run.emulator.devices["ibm_manila"].fake.configuration.update(limits)
    return run


def test_more_pubs_than_a_job_takes_are_an_error_in_job_mode(rehearse):
    spec = one_job().replace("[{circuit: bell}]", "[{circuit: bell}, {circuit: bell}]")
    run = limited(rehearse(spec), max_experiments=1)
    assert findings(run) == [("too-large-job", "error")]
    assert nothing_was_sent(run)


def test_the_same_in_batch_mode_is_none(rehearse):
    spec = one_job().replace("[{circuit: bell}]", "[{circuit: bell}, {circuit: bell}]")
    assert not limited(rehearse(spec, mode="batch"), max_experiments=1).plan().findings


def test_more_shots_than_the_device_takes_are_an_error(rehearse):
    run = limited(rehearse(one_job()), max_shots=100)
    assert findings(run) == [("too-many-shots", "error")]
    assert nothing_was_sent(run)


@pytest.mark.parametrize(("layout", "codes"), [([0, 1], ["faulty-qubit"]), ([3, 4], [])])
def test_a_layout_on_a_faulty_qubit_is_an_error(layout, codes, rehearse):
    run = rehearse(one_job() + f"transpile: {{initial_layout: {layout}}}\n")
    break_qubit(run.emulator, "ibm_manila", 0)
    assert [code for code, _ in (findings(run) if codes else [])] == codes
    if not codes:
        assert not run.plan().findings


def test_an_exhausted_instance_is_refused_before_anything_is_sent(rehearse):
    run = rehearse(one_job(), mode="session", instances=[Instance(allocation_seconds=100.0, consumed_seconds=100.0)])
    assert findings(run) == [("instance-usage", "error")]
    assert nothing_was_sent(run)


def test_an_instance_that_has_less_than_the_plan_takes_is_warned_of(rehearse):
    spec = one_job().replace("shots: 200", "shots: 20000")
    run = rehearse(spec, instances=[Instance(allocation_seconds=100.0, consumed_seconds=99.5)])
    plan = run.plan()
    assert [(finding.code, finding.severity) for finding in plan.findings] == [("instance-usage", "warning")]
    assert plan.remaining == 0.5


def test_limits_are_refused_before_anything_is_sent(rehearse):
    run = rehearse(one_job() + "limits: {qpu_seconds: 0.001}\n", mode="session")
    with pytest.raises(RefusedError, match="estimated QPU seconds"):
        run.plan()
    assert nothing_was_sent(run)


def test_the_plan_says_what_the_instance_has_left(rehearse):
    plan = rehearse(one_job(), instances=[Instance(allocation_seconds=100.0)]).plan()
    assert plan.data()["estimate"]["remaining_seconds_of_the_instance"] == 100.0


def test_a_usage_that_cannot_be_read_does_not_stop_the_plan(rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("body", method="GET", path="/instances/usage", text="<garbage>")
    assert run.plan().remaining is None


@pytest.mark.parametrize("text", ["{}", '{"usage_limit_reached": null}'])
def test_a_usage_that_says_nothing_is_no_limit(text, rehearse):
    run = rehearse(one_job())
    run.emulator.faults.add("body", method="GET", path="/instances/usage", text=text)
    assert run.plan().remaining is None
