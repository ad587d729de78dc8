"""The routes: which request does what, in the words of the platform's REST API."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from . import job_views, views
from .messages import Answer, Refusal, Request
from .storage import STORAGE, fetch_stored

if TYPE_CHECKING:
    from .service import Service

View = Callable[..., Answer]

_JOB = "/jobs/(?P<job_id>[^/]+)"
_SESSION = "/sessions/(?P<session_id>[^/]+)"
_BACKEND = "/backends/(?P<name>[^/]+)"
ROUTES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/backends", views.list_backends),
    ("GET", f"{_BACKEND}/configuration", views.show_configuration),
    ("GET", f"{_BACKEND}/properties", views.show_properties),
    ("GET", f"{_BACKEND}/status", views.show_status),
    ("GET", "/instances/usage", views.show_usage),
    ("POST", "/jobs", job_views.submit_job),
    ("GET", "/jobs", job_views.list_jobs),
    ("GET", _JOB, job_views.show_job),
    ("DELETE", _JOB, job_views.delete_job),
    ("GET", f"{_JOB}/results", job_views.show_result),
    ("GET", f"{_JOB}/metrics", job_views.show_metrics),
    ("GET", f"{_JOB}/logs", job_views.show_logs),
    ("POST", f"{_JOB}/cancel", job_views.cancel_job),
    ("PUT", f"{_JOB}/tags", job_views.change_tags),
    ("POST", "/sessions", views.create_session),
    ("GET", _SESSION, views.show_session),
    ("PATCH", _SESSION, views.change_session),
    ("DELETE", f"{_SESSION}/close", views.cancel_session),
)


def find_route(method: str, path: str) -> tuple[View, Mapping[str, str]]:
    """The route of a request and what its path names. Raises `Refusal` when there is none."""
    matches = [(verb, view, found) for verb, form, view in ROUTES if (found := re.fullmatch(form, path))]
    for verb, view, found in matches:
        if verb == method:
            return view, found.groupdict()
    if matches:
        raise Refusal(405, 1211, f"{method} is not allowed here")
    raise Refusal(404, 1290, f"there is nothing at {path}")


def respond(service: Service, request: Request) -> Answer:
    """Answer a request, refusals included."""
    try:
        if request.method == "POST" and request.path == "/iam/identity/token":
            return service.accounts.token(request)
        if request.method == "GET" and request.path.startswith(STORAGE):
            return fetch_stored(service, request)
        service.accounts.check_token(request)
        if request.method == "POST" and request.path == "/search/v3/resources/search":
            return service.accounts.search(request)
        if request.method == "GET" and request.path.startswith("/catalog/"):
            return service.accounts.catalog(request, request.path.rpartition("/")[2])
        view, named = find_route(request.method, request.path)
        return view(service, request, service.accounts.find(request), **named)
    except Refusal as refusal:
        return refusal.answer(**({"Retry-After": "60"} if refusal.status == 429 else {}))
