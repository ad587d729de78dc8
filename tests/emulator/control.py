"""The emulator's own addresses, under `/emulator/`, for tests and people whose client runs in another process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .faults import parse
from .messages import Answer, Refusal, Request, reply

if TYPE_CHECKING:
    from .service import Service


def control(service: Service, request: Request) -> Answer:
    """Answer a request to the emulator itself; it needs no token and leaves no line in the ledger.

    `GET /emulator/ledger`; `GET`, `PUT` and `DELETE /emulator/faults`, whose data are those of a fault script;
    `POST /emulator/clock` with `{"advance": seconds}`; `POST /emulator/jobs/{id}/release`.
    """
    try:
        return _respond(service, request)
    except (Refusal, TypeError, KeyError) as error:
        return reply({"error": str(error)}, status=400)


def _respond(service: Service, request: Request) -> Answer:
    match (request.method, *request.path.strip("/").split("/")[1:]):
        case ("GET", "ledger"):
            return reply(service.ledger.data())
        case ("GET", "faults"):
            return reply(service.faults.data())
        case ("PUT", "faults"):
            service.faults.replace(parse(request.data()))
            return Answer(status=204)
        case ("DELETE", "faults"):
            service.faults.clear()
            return Answer(status=204)
        case ("POST", "clock"):
            service.clock.advance(float(request.data()["advance"]))
            return Answer(status=204)
        case ("POST", "jobs", job_id, "release"):
            job = service.ledger.find(job_id)
            if job is None:
                return reply({"error": f"no job {job_id}"}, status=404)
            service.queue.release(job)
            return Answer(status=204)
    return reply({"error": "no such address"}, status=404)
