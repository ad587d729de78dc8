"""What the routes of jobs answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .clock import read_moment, spelled
from .jobs import start_times
from .messages import Answer, Refusal, Request, reply
from .service import LARGEST_BODY, Service, check_tags
from .storage import read_result, stored_at

if TYPE_CHECKING:
    from .accounts import Instance
    from .jobs import Job

MOST_JOBS = 200


def submit_job(service: Service, request: Request, instance: Instance) -> Answer:
    """POST /jobs."""
    if len(request.body) > LARGEST_BODY:
        raise Refusal(413, 1210, "The payload is too large.", "Split the job.")
    job = service.submit(request.data(), instance)
    return reply({"id": job.id, "backend": job.backend, "session_id": job.session_id, "private": job.private})


def list_jobs(service: Service, request: Request, instance: Instance) -> Answer:
    """GET /jobs: filtered, newest first unless `sort` is ASC, paged."""
    try:
        limit, offset = int(request.word("limit", "10")), int(request.word("offset", "0"))
    except ValueError as error:
        raise Refusal(400, 1211, "limit and offset must be whole numbers") from error
    if not 1 <= limit <= MOST_JOBS or offset < 0:
        raise Refusal(400, 1211, f"limit must be from 1 to {MOST_JOBS}, offset not negative")
    found = [job for job in service.listed(instance) if _wanted(job, service, request)]
    if request.word("sort", "DESC").upper() != "ASC":
        found.reverse()
    page = found[offset : offset + min(limit, service.faults.page_jobs or limit)]
    jobs = [_job(job) for job in page]
    if service.faults.bare_lists:
        jobs = [{key: value for key, value in job.items() if key != "tags"} for job in jobs]
    return reply({"jobs": jobs, "count": len(found), "limit": limit, "offset": offset})


def _wanted(job: Job, service: Service, request: Request) -> bool:
    pending, created = request.word("pending"), job.states[0][1]
    after, before = read_moment(request.word("created_after")), read_moment(request.word("created_before"))
    mocks = request.word("include_mocks").lower() == "true"
    return (
        set(request.query.get("tags", [])) <= set(job.tags)
        and request.word("backend", job.backend) == job.backend
        and request.word("program", job.program_id) == job.program_id
        and request.word("session_id", job.session_id or "") == (job.session_id or "")
        and pending in ("", str(not job.ended).lower())
        and (after is None or created >= after)
        and (before is None or created <= before)
        and (mocks or not service.devices[job.backend].mock)
    )


def show_job(service: Service, request: Request, instance: Instance, job_id: str) -> Answer:
    """GET /jobs/{id}; the parameters too, unless they are excluded or the job is private."""
    job = service.find_job(job_id, instance)
    params = request.word("exclude_params").lower() != "true" and not job.private
    return reply(_job(job) | ({"params": job.body["params"]} if params else {}))


def _job(job: Job) -> dict[str, Any]:
    state: dict[str, Any] = {"status": job.status}
    if job.reason is not None:
        state |= {"reason": job.reason, "reason_code": job.reason_code, "reason_solution": ""}
    return {
        "id": job.id,
        "backend": job.backend,
        "program": {"id": job.program_id},
        "created": spelled(job.states[0][1]),
        "status": job.status,
        "state": state,
        "tags": list(job.tags),
        "private": job.private,
        "runtime": job.body.get("runtime", ""),
        "cost": job.body.get("cost", 10_800),
        "estimated_running_time_seconds": job.work.seconds if job.work else None,
        "usage": {"quantum_seconds": job.charged_seconds, "seconds": job.charged_seconds},
        **({"session_id": job.session_id} if job.session_id else {}),
        **({"calibration_id": job.body["calibration_id"]} if "calibration_id" in job.body else {}),
    }


def show_result(service: Service, request: Request, instance: Instance, job_id: str) -> Answer:
    """GET /jobs/{id}/results: nothing yet, the result, or what went wrong; a private job's can be read once."""
    job = service.find_job(job_id, instance)
    if job.result is None:
        return Answer(status=204) if job.reason is None else Answer(body=job.reason.encode(), content_type="text/plain")
    if job.script.stored:
        return Answer(status=302, headers={"Location": stored_at(request, job)})
    return read_result(job)


def show_metrics(service: Service, _request: Request, instance: Instance, job_id: str) -> Answer:
    """GET /jobs/{id}/metrics."""
    job = service.find_job(job_id, instance)
    waiting = service.queue.waiting(job.backend)
    work = job.work
    return reply(
        {
            "timestamps": {
                "created": spelled(job.states[0][1]),
                "running": spelled(job.time("Running")),
                "finished": spelled(job.time("Completed", "Failed", "Cancelled")),
            },
            "bss": {"seconds": job.charged_seconds},
            "usage": {
                "quantum_seconds": job.charged_seconds,
                "seconds": job.charged_seconds,
                "qpu_charge_time_seconds": job.charged_seconds,
                "status": "final" if job.ended else "pending",
            },
            "executions": work.executions if work else None,
            "num_circuits": work.num_circuits if work else None,
            "num_qubits": list(work.num_qubits) if work else None,
            **(start_times(job, waiting.index(job), service.clock) if job in waiting else {}),
        }
    )


def show_logs(service: Service, _request: Request, instance: Instance, job_id: str) -> Answer:
    """GET /jobs/{id}/logs."""
    job = service.find_job(job_id, instance)
    return Answer(body=(job.reason or "").encode(), content_type="text/plain")


def cancel_job(service: Service, _request: Request, instance: Instance, job_id: str) -> Answer:
    """POST /jobs/{id}/cancel."""
    service.queue.cancel(service.find_job(job_id, instance))
    return Answer(status=204)


def delete_job(service: Service, _request: Request, instance: Instance, job_id: str) -> Answer:
    """DELETE /jobs/{id}: the service forgets it, the ledger does not."""
    job = service.find_job(job_id, instance)
    if not job.ended:
        service.queue.cancel(job)
    job.deleted = True
    return Answer(status=204)


def change_tags(service: Service, request: Request, instance: Instance, job_id: str) -> Answer:
    """PUT /jobs/{id}/tags."""
    job = service.find_job(job_id, instance)
    check_tags(request.data()["tags"])
    job.tags = tuple(request.data()["tags"])
    return Answer(status=204)
