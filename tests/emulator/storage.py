"""Results, under the address of their job or in a storage for objects to which that redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .messages import JSON, Answer, Refusal, Request

if TYPE_CHECKING:
    from .jobs import Job
    from .service import Service

STORAGE = "/storage/"


def stored_at(request: Request, job: Job) -> str:
    """Where a result is stored: a signed address, which is all that it takes, with or without another name of this host."""
    port = request.headers.get("host", "").rpartition(":")[2]
    host = f"http://localhost:{port}" if job.script.stored == "host" else ""
    return f"{host}{STORAGE}{job.id}?signature={job.signature}"


def fetch_stored(service: Service, request: Request) -> Answer:
    """GET /storage/{id}: bytes, whatever they are.

    A storage on another host refuses who brings a second sort of credentials beside the signature.
    """
    job = service.ledger.find(request.path.removeprefix(STORAGE))
    if job is None or job.result is None or request.word("signature") != job.signature:
        return _refused(403, "SignatureDoesNotMatch")
    if job.script.stored == "host" and "authorization" in request.headers:
        return _refused(400, "InvalidArgument")
    try:
        return read_result(job, "application/octet-stream")
    except Refusal:
        return _refused(404, "NoSuchKey")


def read_result(job: Job, content_type: str = JSON) -> Answer:
    """The result, read once more. Raises `Refusal` where it can be read only once, and was."""
    job.reads += 1
    if job.reads > 1 and (job.private or job.script.once):
        raise Refusal(410, 1293, f"The result of job {job.id} was read before and is gone.")
    return Answer(body=_damaged(job.result or b"", job.script.result), content_type=content_type)


def _damaged(result: bytes, how: str) -> bytes:
    return {"empty": b"", "truncated": result[: len(result) // 2], "garbage": b"\x00\x01<html>bad gateway"}.get(
        how, result
    )


def _refused(status: int, code: str) -> Answer:
    return Answer(status=status, body=f"<Error><Code>{code}</Code></Error>".encode(), content_type="application/xml")
