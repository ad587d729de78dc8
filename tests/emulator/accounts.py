"""Accounts: API keys, the tokens given for them, and the instances that they may use."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from .messages import Answer, Refusal, Request, reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .clock import Clock

API_KEY = "emulated-api-key"
PLANS = {"open": "free", "flex": "paid", "premium": "subscription", "pay-as-you-go": "paygo"}


def _crn(number: int, region: str) -> str:
    account, instance = f"{number:032x}", f"00000000-0000-4000-8000-{number:012x}"
    return f"crn:v1:bluemix:public:quantum-computing:{region}:a/{account}:{instance}::"


@dataclass(kw_only=True, slots=True)
class Instance:
    """A service instance. `allocation_seconds` are what its plan gives, `limit_seconds` a tighter limit of its owner.

    `devices` are the names, without prefix, of the devices that it may use; None means all. `consumed_seconds` grows
    with each job.
    """

    name: str = "emulated"
    plan: str = "premium"
    crn: str = ""
    region: str = "us-east"
    allocation_seconds: float | None = 36_000
    limit_seconds: float | None = None
    consumed_seconds: float = 0.0
    devices: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()

    @property
    def ceiling(self) -> float | None:
        """The seconds that may be used in all; None where there is no limit."""
        return min((s for s in (self.limit_seconds, self.allocation_seconds) if s is not None), default=None)

    @property
    def exhausted(self) -> bool:
        """Whether there is no time left."""
        return self.ceiling is not None and self.consumed_seconds >= self.ceiling

    def sees(self, device: str) -> bool:
        """Whether a backend of this name can be used."""
        return self.devices is None or device.partition("_")[2] in self.devices

    def usage(self) -> dict[str, Any]:
        """The usage as the service tells it; keys that do not apply are left out."""
        limits = {"usage_allocation_seconds": self.allocation_seconds, "usage_limit_seconds": self.limit_seconds}
        return {
            "instance_id": self.crn,
            "plan_id": self.plan,
            "usage_consumed_seconds": self.consumed_seconds,
            "usage_limit_reached": self.exhausted,
            **{key: seconds for key, seconds in limits.items() if seconds is not None},
            **(
                {}
                if self.ceiling is None
                else {"usage_remaining_seconds": max(self.ceiling - self.consumed_seconds, 0)}
            ),
        }


@dataclass(kw_only=True, slots=True)
class Accounts:
    """One account: its API key, its instances, and the tokens that are valid now."""

    clock: Clock
    instances: Sequence[Instance]
    api_key: str = API_KEY
    token_seconds: float = 3600.0
    _tokens: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for number, instance in enumerate(self.instances, start=1):
            instance.crn = instance.crn or _crn(number, instance.region)

    def token(self, request: Request) -> Answer:
        """Exchange an API key for a token, as IAM does. Raises `Refusal` for a wrong key."""
        form = parse_qs(request.body.decode())
        if form.get("apikey") != [self.api_key]:
            message = "Provided API key could not be found."
            return reply({"errorCode": "BXNIM0415E", "errorMessage": message}, status=400)
        now = self.clock.now().timestamp()
        token = _token({"iat": int(now), "exp": int(now + self.token_seconds), "jti": secrets.token_hex(8)})
        with self._lock:
            self._tokens[token] = now + self.token_seconds
        return reply(
            {
                "access_token": token,
                "refresh_token": "not_supported",
                "token_type": "Bearer",
                "expires_in": int(self.token_seconds),
                "expiration": int(now + self.token_seconds),
                "scope": "ibm openid",
            }
        )

    def expire(self) -> None:
        """Make every token that was given invalid."""
        with self._lock:
            self._tokens.clear()

    def check_token(self, request: Request) -> None:
        """Raises `Refusal` unless the request carries a token that is valid now."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or self._tokens.get(token, 0.0) <= self.clock.now().timestamp():
            raise Refusal(401, 1201, "Invalid credentials.", "Check your credentials and try again.")

    def find(self, request: Request) -> Instance:
        """The instance that a request names in `Service-CRN`. Raises `Refusal` when it may not be used."""
        crn = request.headers.get("service-crn", "")
        for instance in self.instances:
            if instance.crn == crn:
                return instance
        raise Refusal(403, 1200, "You are not authorized to perform this action.", "Check the instance.")

    def search(self, _request: Request) -> Answer:
        """Global Search: the instances, as resources."""
        items = [
            {
                "crn": instance.crn,
                "name": instance.name,
                "service_plan_unique_id": instance.plan,
                "tags": list(instance.tags),
                "doc": {"extensions": {"allocation": "yes"}},
            }
            for instance in self.instances
        ]
        return reply({"items": items, "limit": 100})

    def catalog(self, _request: Request, plan: str) -> Answer:
        """Global Catalog: a plan and how it is paid for."""
        if plan not in {instance.plan for instance in self.instances}:
            return reply({"errors": [{"message": "not found"}]}, status=404)
        return reply(
            {
                "id": plan,
                "overview_ui": {"en": {"display_name": plan.capitalize()}},
                "metadata": {"pricing": {"type": PLANS.get(plan, "paid")}},
            }
        )


def _token(claims: dict[str, Any]) -> str:
    """A JSON Web Token that nobody signed: the client reads its times and sends it back."""
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, b"unsigned"))
