"""What the routes of backends, instances and sessions answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .clock import read_moment
from .messages import Answer, Refusal, Request, reply

if TYPE_CHECKING:
    from .accounts import Instance
    from .devices import Device
    from .service import Service


def list_backends(service: Service, request: Request, instance: Instance) -> Answer:
    """GET /backends."""
    mocks = request.word("include_mocks").lower() == "true"
    shown = [device for device in service.devices if instance.sees(device.name) and (mocks or not device.mock)]
    return reply({"devices": [device.listing(service.queue.pending(device.name)) for device in shown]})


def _device(service: Service, instance: Instance, name: str) -> Device:
    if not instance.sees(name):
        raise Refusal(404, 1007, f"Backend not found: {name}.")
    return service.devices[name]


def show_configuration(service: Service, request: Request, instance: Instance, name: str) -> Answer:
    """GET /backends/{name}/configuration."""
    device = _device(service, instance, name)
    device.calibration(id=request.word("calibration_id") or None)
    return reply(device.configuration())


def show_properties(service: Service, request: Request, instance: Instance, name: str) -> Answer:
    """GET /backends/{name}/properties: those of a calibration ID, or the last before a moment; an empty object if none."""
    device = _device(service, instance, name)
    before = read_moment(request.word("updated_before")) or service.clock.now()
    found = device.calibration(before=before, id=request.word("calibration_id") or None)
    return reply({} if found is None else dict(found.properties))


def show_status(service: Service, _request: Request, instance: Instance, name: str) -> Answer:
    """GET /backends/{name}/status."""
    device = _device(service, instance, name)
    return reply(device.status(service.queue.pending(device.name)))


def show_usage(_service: Service, _request: Request, instance: Instance) -> Answer:
    """GET /instances/usage."""
    return reply(instance.usage())


def create_session(service: Service, request: Request, instance: Instance) -> Answer:
    """POST /sessions."""
    return reply(service.open_session(request.data(), instance).data(service.clock.now()))


def show_session(service: Service, _request: Request, instance: Instance, session_id: str) -> Answer:
    """GET /sessions/{id}."""
    return reply(service.find_session(session_id, instance).data(service.clock.now()))


def change_session(service: Service, request: Request, instance: Instance, session_id: str) -> Answer:
    """PATCH /sessions/{id}: take no more jobs."""
    session = service.find_session(session_id, instance)
    if request.data() != {"accepting_jobs": False}:
        raise Refusal(400, 1211, "a session can only be told not to accept jobs")
    service.close_session(session)
    return Answer(status=204)


def cancel_session(service: Service, _request: Request, instance: Instance, session_id: str) -> Answer:
    """DELETE /sessions/{id}/close: cancel what has not ended."""
    service.cancel_session(service.find_session(session_id, instance))
    return Answer(status=204)
