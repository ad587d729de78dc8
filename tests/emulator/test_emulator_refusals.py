from __future__ import annotations

import pytest


def refused(plain, body):
    status, data = plain.ask("POST", "/jobs", body)
    return status, data["errors"][0]["code"]


def test_a_job_for_an_unknown_backend_or_program_is_not_found(plain, learner_body):
    assert refused(plain, learner_body | {"backend": "ibm_mars"}) == (404, 1007)
    assert refused(plain, learner_body | {"program_id": "sampler"}) == (404, 1207)


def test_a_backend_outside_of_the_instance_is_not_found(emulator, plain, learner_body):
    emulator.instance.devices = ("torino",)
    assert refused(plain, learner_body) == (404, 1007)
    assert plain.ask("GET", "/backends")[1]["devices"] == []


def test_a_body_that_does_not_fit_the_schema_is_refused(emulator, plain, learner_body):
    assert refused(plain, {"program_id": "executor"}) == (400, 1211)
    assert refused(plain, learner_body | {"params": {"schema_version": "v9"}}) == (400, 1211)
    assert refused(plain, learner_body | {"params": learner_body["params"] | {"options": {"rep_delay": "x"}}}) == (
        400,
        1211,
    )
    assert refused(plain, learner_body | {"program_id": "executor"}) == (400, 1211)
    assert emulator.ledger.jobs == []


@pytest.mark.parametrize(("tags", "expected"), [(["t"] * 9, 1204), (["t" * 87], 1205), ("text", 1211), ([1], 1211)])
def test_tags_that_the_service_does_not_take_are_refused(tags, expected, plain, learner_body):
    assert refused(plain, learner_body | {"tags": tags}) == (400, expected)


def test_a_body_over_fifty_megabytes_is_too_large(plain, learner_body):
    assert refused(plain, learner_body | {"padding": "x" * 50_000_000}) == (413, 1210)


def test_an_exhausted_instance_takes_no_jobs_but_dry_runs(emulator, plain, learner_body):
    emulator.instance.consumed_seconds = 36_000
    assert refused(plain, learner_body) == (403, 4317)
    assert plain.ask("POST", "/jobs", learner_body | {"backend": "mock_manila"})[0] == 200
    assert plain.ask("GET", "/instances/usage")[1]["usage_limit_reached"]


def test_a_backend_in_maintenance_takes_no_jobs(emulator, plain, learner_body):
    emulator.devices["ibm_manila"].state = "maintenance"
    assert refused(plain, learner_body) == (400, 1004)


def test_submissions_can_be_limited_to_so_many_a_minute(emulator, plain, learner_body):
    emulator.service.submissions_per_minute = 2
    assert [plain.ask("POST", "/jobs", learner_body)[0] for _ in range(3)] == [200, 200, 429]
    assert plain.headers["Retry-After"] == "60"
    emulator.clock.advance(60)
    assert plain.ask("POST", "/jobs", learner_body)[0] == 200


def test_what_is_not_there_is_not_found_and_what_is_not_done_is_not_allowed(plain):
    assert plain.ask("GET", "/jobs/d00000000000000000000")[1]["errors"][0]["code"] == 1291
    assert plain.ask("GET", "/sessions/none")[0] == 404
    assert plain.ask("GET", "/nothing")[0] == 404
    assert plain.ask("PUT", "/backends", {})[0] == 405


def test_jobs_of_another_instance_are_not_found(plain, learner_body):
    from emulator import Emulator, Instance

    with Emulator(instances=[Instance(name="a"), Instance(name="b")]) as emulator:
        plain.emulator = emulator
        first, second = emulator.accounts.instances
        job_id = plain.ask("POST", "/jobs", learner_body)[1]["id"]
        assert plain.ask("GET", f"/jobs/{job_id}", **{"Service-CRN": first.crn})[0] == 200
        assert plain.ask("GET", f"/jobs/{job_id}", **{"Service-CRN": second.crn})[0] == 404
        assert plain.ask("GET", "/jobs", **{"Service-CRN": second.crn})[1]["count"] == 0
