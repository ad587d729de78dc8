"""P16: what qspec relies on in the runtime's client beyond its documentation. Each failure says what to change."""

from __future__ import annotations

import inspect
import re
import warnings

import pytest
from requests import Session
from requests.adapters import HTTPAdapter

from tests.service.emulated import bell_pub
from tests.service.test_submission import send


@pytest.fixture
def run(opened):
    return opened()


def test_the_clients_of_a_service_have_sessions_of_requests(run):
    client = run.service.client
    change = "mend `sessions_of` in qspec/service/login.py"
    assert hasattr(client, "_active_api_client"), change
    assert isinstance(client._api_clients, dict), change
    assert callable(client._active_api_client.close_session), "mend `close_session` in qspec/service/sessions.py"
    for each in (client._active_api_client, *client._api_clients.values()):
        assert isinstance(each._session, Session), change


def test_a_fresh_service_resends_a_post_by_itself(run):
    from qiskit_ibm_runtime import QiskitRuntimeService

    client = QiskitRuntimeService()
    adapter = client._active_api_client._session.adapters["https://"]
    assert isinstance(adapter, HTTPAdapter)
    assert adapter.max_retries.is_retry("POST", 504), (
        "the client does not resend POST any more: Transport may become smaller"
    )


def test_every_session_travels_by_our_transport(run):
    client, transport = run.service.client, run.service.transport
    for each in (client._active_api_client, *client._api_clients.values()):
        assert {each._session.adapters[scheme] for scheme in ("http://", "https://")} == {transport}


def test_an_access_token_is_fetched_by_a_token_manager(run):
    from qiskit_ibm_runtime import QiskitRuntimeService
    from qiskit_ibm_runtime.api.auth import CloudAuth

    cloud = QiskitRuntimeService()._active_api_client._session.auth
    change = "mend `Login` in qspec/service/login.py"
    assert isinstance(cloud, CloudAuth), change
    assert cloud.crn == run.emulator.instance.crn, change
    for name in ("get_token", "request_time", "access_token", "expire_time"):
        assert hasattr(cloud.tm, name), f"{change}: the token manager has no '{name}'"


def test_a_token_that_was_forgotten_is_fetched_again(run):
    cloud = next(iter(run.service.transport.logins.values())).cloud
    first = cloud.tm.get_token()
    run.service.transport.forget_tokens()
    assert cloud.tm.get_token() != first, "mend `Login.forget` in qspec/service/login.py"


def test_a_request_for_a_token_does_not_wait_for_ever(run):
    from ibm_cloud_sdk_core.token_managers.token_manager import TokenManager

    assert '"timeout": 60' in inspect.getsource(TokenManager._request), "token requests need a time limit of their own"


def test_the_key_is_sent_after_a_warning_that_we_stop(run):
    from qiskit_ibm_runtime.api.auth import CloudAuth

    from qspec.service.account import _KEY_WOULD_BE_SENT

    source = inspect.getsource(CloudAuth.get_headers)
    assert _KEY_WOULD_BE_SENT in source, "mend `_KEY_WOULD_BE_SENT` in qspec/service/account.py"
    assert source.index("warnings.warn") < source.index("apikey"), "the warning comes too late: the key would be sent"


def test_the_account_file_is_where_we_look_for_it():
    from pathlib import Path

    from qiskit_ibm_runtime.accounts import management

    from qspec.service.saved import account_file

    there = Path(management._DEFAULT_ACCOUNT_CONFIG_JSON_FILE)
    assert there.parts[-2:] == account_file().parts[-2:], "mend `account_file` in qspec/service/saved.py"


def test_log_in_errors_are_those_that_we_word():
    from qiskit_ibm_runtime.accounts.exceptions import AccountNotFoundError
    from qiskit_ibm_runtime.exceptions import IBMInputValueError

    assert issubclass(AccountNotFoundError, Exception)
    assert issubclass(IBMInputValueError, Exception)


def test_a_job_is_one_post_to_jobs_whose_answer_has_its_id(run):
    assert send(run).fate == "accepted"
    assert run.posts == 1, "mend `Transport.send` in qspec/service/transport.py: jobs go out by another request"


@pytest.mark.parametrize("program", ["sampler", "estimator"])
def test_programs_that_the_client_carries_out_become_executor_jobs(program, run):
    from qiskit.primitives.containers.estimator_pub import EstimatorPub

    from qspec.service.primitives import submit

    circuit = bell_pub().circuit.remove_final_measurements(inplace=False)
    pubs = [bell_pub()] if program == "sampler" else [EstimatorPub.coerce((circuit, "IIIZZ", None, 0.1))]
    submit(program, run.backend.runtime, pubs, options={}, tags=["mine"], dry_run=False)
    [job] = run.emulator.ledger.jobs
    assert job.program_id == "executor", "mend `runtime_program` of the programs: results come from another program"
    assert job.tags == ("mine",)


def test_a_mode_and_options_are_what_primitives_take():
    from qiskit_ibm_runtime import Executor, NoiseLearnerV3
    from qiskit_ibm_runtime.executor_estimator import Estimator
    from qiskit_ibm_runtime.executor_sampler import Sampler

    for kind in (Sampler, Estimator, Executor, NoiseLearnerV3):
        change = f"mend `submit` in qspec/service/primitives.py for {kind.__name__}"
        assert {"mode", "options"} <= set(inspect.signature(kind.__init__).parameters), change
        assert "dry_run" in inspect.signature(kind.run).parameters, change


def test_the_mock_device_is_named_like_the_device(run):
    from qspec.service.primitives import submit

    submit("sampler", run.backend.runtime, [bell_pub()], options={}, tags=[], dry_run=True)
    assert run.emulator.ledger.jobs[0].backend == "mock_manila"
    assert re.sub(r"^[^_]+", "mock", "ibm_manila") == "mock_manila"


def test_there_are_default_decoders_of_the_programs():
    from qiskit_ibm_runtime.decoders.defaults import DEFAULT_DECODERS

    for program in ("executor", "noise-learner"):
        assert DEFAULT_DECODERS[program], "mend `_decoders` in qspec/service/decoding.py"


def test_a_failed_jobs_message_has_the_words_of_the_service_behind_a_head(run):
    from qspec.service.observation import RemoteJob

    run.emulator.faults.add_job(fail_code=8006, fail_reason="Rep delay.")
    job_id = str(send(run).job_id)
    while not run.emulator.ledger.jobs[0].ended:
        run.time.sleep(1)
    message = run.service.client.job(job_id).error_message()
    change = "mend `RemoteJob._words` and `_CODE` in qspec/service/observation.py"
    assert "has failed:\n" in message, change
    assert "Error code 8006" in message, change
    seen = RemoteJob(run.service, job_id).see()
    assert (seen.error, seen.error_code) == ("Error code 8006; Rep delay.", 8006), change


def test_status_words_are_texts_and_unknown_ones_are_passed_on(run):
    job_id = str(send(run).job_id)
    run.emulator.faults.add("word", text="Paused", method="GET", path="/jobs/*")
    assert run.service.client.job(job_id).status() == "PAUSED", "mend `RemoteJob.see` in qspec/service/observation.py"


def test_a_result_is_asked_for_once_and_given_undecoded(run):
    from qspec.service.observation import RemoteJob

    job_id = str(send(run).job_id)
    while not run.emulator.ledger.jobs[0].ended:
        run.time.sleep(1)
    assert RemoteJob(run.service, job_id).fetch() == run.emulator.ledger.jobs[0].result
    assert run.emulator.ledger.count("GET", f"/jobs/{job_id}/results") == 1


def test_jobs_are_looked_up_by_all_their_tags_and_without_a_limit(run):
    parameters = inspect.signature(run.service.client.jobs).parameters
    change = "mend `look_up` in qspec/service/submission.py"
    assert {"limit", "job_tags", "instance"} <= set(parameters), change
    assert parameters["limit"].default == 10, "the client's own limit of jobs has changed"


def test_faulty_qubits_are_a_value_error_of_the_backend(run):
    assert callable(run.backend.runtime.check_faulty), "mend `_check_faults` in qspec/planning/remote.py"


def test_sessions_say_whether_they_take_jobs(run):
    from qiskit_ibm_runtime import Session

    session = Session(backend=run.backend.runtime)
    details = Session.from_id(session.session_id, run.service.client).details()
    change = "mend `find_session` in qspec/service/sessions.py"
    assert details["accepting_jobs"] is True, change
    assert details["state"] == "open", change
    session.close()


def test_the_usage_has_the_names_that_we_read(run):
    said = run.service.client.usage()
    for name in ("usage_remaining_seconds", "usage_limit_reached"):
        assert name in said, "mend `RemoteBackend.usage` in qspec/service/backend.py"


def test_the_warning_that_we_keep_silent_is_still_given():
    from qiskit_ibm_runtime.options_models import SamplerOptions

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        SamplerOptions(max_execution_time=10)
    texts = [str(warning.message) for warning in caught]
    assert not texts or any("max_execution_time" in text for text in texts), "mend `_without_deprecations`"
