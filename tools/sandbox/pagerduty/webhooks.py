"""PagerDuty's webhooks v3: one event each, signed with the subscription's secret."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass

from sandbox.core.http import Record, dumps
from sandbox.core.keeping import Facts
from sandbox.core.messages import iso
from sandbox.core.webhooks import Callbacks, Delivery, RetryPlan
from sandbox.world import World

WEBHOOK_PATH = "/api/webhooks/pagerduty"
OPERATIONS = ("incident.acknowledged", "incident.resolved", "incident.triggered")
# Five tries in about 20 minutes; a refusal that isn't 429 ends them.
_PLAN = RetryPlan(waits=(60.0, 120.0, 300.0, 720.0), timeout=5.0, on_refusal=False)
_API = "https://api.pagerduty.com"
_PAGES = "https://sandbox.pagerduty.com"


@dataclass(frozen=True, slots=True)
class Agent:
    """Who or what moved an incident."""

    id: str
    name: str
    kind: str

    @classmethod
    def person(cls, user_id: str) -> Agent:
        return cls(user_id, user_id, "user")

    @classmethod
    def integration(cls) -> Agent:
        return cls("PSANDBX", "Events API v2", "events_api_v2_inbound_integration")

    def reference(self) -> Record:
        folder = "users" if self.kind == "user" else "services/PSANDBX/integrations"
        return _reference(self.id, self.name, self.kind, folder)


class IncidentWebhooks(Callbacks):
    """One subscription to all incidents; without a secret there is none."""

    def __init__(self, world: World) -> None:
        self._world = world
        facts = Facts(world.keep, "pagerduty.facts")
        self._subscription = facts.get("subscription", lambda: f"P{world.ids.hexadecimal('', 6).upper()}")
        world.webhooks.serve("pagerduty", self)

    def send(self, kind: str, incident: Record, agent: Agent) -> None:
        """`kind` is the event's type, `incident` the facts that differ."""
        settings = self._world.settings
        if not settings.pagerduty_webhook_secret:
            return
        body = dumps({"event": self._event(kind, incident, agent)})
        self._world.webhooks.send(
            Delivery(
                vendor="pagerduty",
                operation=kind,
                url=settings.callback_url("pagerduty", settings.public_url + WEBHOOK_PATH),
                body=body,
                plan=_PLAN,
                notes={"webhook": str(uuid.uuid4())},
            )
        )

    def _event(self, kind: str, incident: Record, agent: Agent) -> Record:
        service = _reference("PSANDBX", self._world.settings.business_name, "service", "services")
        policy = _reference("PPOLICY", "Default", "escalation_policy", "escalation_policies")
        own = {"self": f"{_API}/incidents/{incident['id']}", "html_url": f"{_PAGES}/incidents/{incident['id']}"}
        return {
            "id": self._world.ids.base62("01", 24).upper(), "event_type": kind, "resource_type": "incident",
            "occurred_at": iso(self._world.timers.wall()), "agent": agent.reference(),
            "client": {"name": "PagerDuty"} if agent.kind == "user" else None,
            "data": {
                **incident, **own, "type": "incident", "service": service,
                "assignees": [_reference("PONCALL", "On call", "user", "users")], "escalation_policy": policy,
                "teams": [], "priority": None, "conference_bridge": None, "resolve_reason": None,
            },
        }  # fmt: skip

    def headers(self, delivery: Delivery, *, genuine: bool) -> dict[str, str]:
        secret = self._world.settings.pagerduty_webhook_secret + ("" if genuine else "-not")
        return {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-PagerDuty-Signature": signature(secret, delivery.body),
            "X-Webhook-Id": delivery.notes["webhook"],
            "X-Webhook-Subscription": self._subscription,
        }


def signature(secret: str, body: bytes) -> str:
    """PagerDuty's v1: HMAC-SHA256 over the body."""
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _reference(own_id: str, summary: str, kind: str, folder: str) -> Record:
    return {
        "id": own_id, "type": f"{kind}_reference", "summary": summary, "self": f"{_API}/{folder}/{own_id}",
        "html_url": f"{_PAGES}/{folder}/{own_id}",
    }  # fmt: skip
