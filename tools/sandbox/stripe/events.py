"""Stripe's events: kept for the events list, and delivered to webhook endpoints as snapshots or thin (S-2).

A snapshot is a shallow copy: objects of the state change by having fields replaced, never by changing what is nested.
"""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import hmac
import time
from contextvars import ContextVar
from dataclasses import dataclass

import stripe

from sandbox.core.http import Record, dumps
from sandbox.core.webhooks import Callbacks, Delivery, RetryPlan
from sandbox.stripe.state import StripeState
from sandbox.world import World

# Stripe, live mode: "up to three days with an exponential back off"; the steps are those its dashboard shows.
_HOUR = 3600.0
RETRIES = RetryPlan(waits=(300.0, 1800.0, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, *([12 * _HOUR] * 4)))
KEPT_EVENTS = 200_000
"""A sandbox under load must not keep everything."""
KEPT_SECONDS = 30 * 86_400
"""Stripe keeps 30 days: of a history what is older is not kept."""

URLS = {
    "checkout.session": "/v1/checkout/sessions/", "payment_intent": "/v1/payment_intents/", "charge": "/v1/charges/",
    "refund": "/v1/refunds/", "dispute": "/v1/disputes/", "account": "/v1/accounts/",
    "invoice": "/v1/invoices/", "customer": "/v1/customers/", "credit_note": "/v1/credit_notes/",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """The API call that is being answered."""

    request_id: str | None = None
    idempotency_key: str | None = None


current_cause: ContextVar[Cause] = ContextVar("current_cause", default=Cause())  # noqa: B039 (it is frozen)


def signature(body: bytes, secret: str, timestamp: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 over `timestamp.body`."""
    mac = hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={mac}"


class Events(Callbacks):
    """Makes, keeps and delivers events."""

    def __init__(self, world: World, state: StripeState) -> None:
        self._world = world
        self._state = state
        self._connected: str | None = None
        self._theirs: StripeState | None = None
        self.thin = state.thin_events
        self._thin_of: dict[str, str] = {thin["snapshot_event"]: name for name, thin in self.thin.items()}
        world.webhooks.serve("stripe", self)

    def of(self, account_id: str, theirs: StripeState) -> Events:
        """The same, for what happens to an account that is connected to ours; its own endpoints hear of it, too."""
        events = copy.copy(self)
        events._connected, events._theirs = account_id, theirs  # noqa: SLF001 a copy of this very class
        return events

    def emit(self, kind: str, subject: Record, *, previous: Record | None = None) -> Record:
        """Keep an event of this type about the object as it now is, and send it to whoever asked for it.

        Our endpoints hear either of our own account or of those connected to it.
        """
        cause = current_cause.get()
        event: Record = {
            "id": self._world.ids.base62("evt_1"),
            "object": "event",
            "api_version": stripe.api_version,
            "created": int(self._world.timers.wall()),
            "data": {"object": dict(subject)} | ({"previous_attributes": previous} if previous else {}),
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": cause.request_id, "idempotency_key": cause.idempotency_key},
            "type": kind,
            **({"account": self._connected} if self._connected else {}),
        }
        receivers = [*self._endpoints_for(event), *self._destinations_for(event), *self._their_endpoints_for(event)]
        past = self._world.timers.past
        event["pending_webhooks"] = 0 if past is not None and past.told else len(receivers)
        if past is not None:
            self._keep_of_the_past(event)
            return event
        self._keep(event)
        for url, secret, thin in receivers:
            self._deliver(event, url, secret, thin=thin)
        return event

    def resend(self, event: Record, endpoint_id: str) -> None:
        """What `stripe events resend` and the dashboard's button do."""
        endpoint = self._state.endpoints.get(endpoint_id)
        event["pending_webhooks"] += 1
        self._deliver(event, endpoint["url"], self._state.secrets[endpoint_id], thin=False)

    def _keep_of_the_past(self, event: Record) -> None:
        """Whoever was to hear of it has, or it was tried for days: nothing is sent."""
        if event["created"] > time.time() - KEPT_SECONDS:
            self._keep(event)

    def _keep(self, event: Record) -> None:
        self._state.events.add(event)
        if len(self._state.events) > KEPT_EVENTS:
            self._state.events.remove(next(iter(self._state.events))["id"])

    def _endpoints_for(self, event: Record) -> list[tuple[str, str, bool]]:
        return [
            (endpoint["url"], self._state.secrets[endpoint["id"]], False)
            for endpoint in self._state.endpoints
            if endpoint["status"] == "enabled"
            and (endpoint["id"] in self._state.connect_endpoints) == ("account" in event)
            and not {event["type"], "*"}.isdisjoint(endpoint["enabled_events"])
        ]

    def _their_endpoints_for(self, event: Record) -> list[tuple[str, str, bool]]:
        """Those that a connected account has for itself."""
        theirs = self._theirs
        if theirs is None:
            return []
        return [
            (endpoint["url"], theirs.secrets[endpoint["id"]], False)
            for endpoint in theirs.endpoints
            if endpoint["status"] == "enabled" and not {event["type"], "*"}.isdisjoint(endpoint["enabled_events"])
        ]

    def _destinations_for(self, event: Record) -> list[tuple[str, str, bool]]:
        found, source = [], "@accounts" if "account" in event else "@self"
        for destination in self._state.destinations:
            thin = destination["event_payload"] == "thin"
            name = f"v1.{event['type']}" if thin else event["type"]
            heard = source in destination["events_from"] and not {name, "*"}.isdisjoint(destination["enabled_events"])
            if destination["status"] == "enabled" and heard:
                found.append((destination["webhook_endpoint"]["url"], self._state.secrets[destination["id"]], thin))
        return found

    def _deliver(self, event: Record, url: str, secret: str, *, thin: bool) -> None:
        body = dumps(self.thin_event(event) if thin else event)
        self._world.webhooks.send(
            Delivery(
                vendor="stripe",
                operation=event["type"],
                url=self._world.settings.callback_url("stripe", url),
                body=body,
                plan=RETRIES,
                notes={"event": event["id"], "secret": secret},
            )
        )

    def settled(self, delivery: Delivery, *, arrived: bool) -> None:
        """An event that never arrived keeps its pending webhook: `delivery_success=false` finds it."""
        event = self._state.events.find(delivery.notes["event"])
        if arrived and event is not None:
            event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)

    def headers(self, delivery: Delivery, *, genuine: bool) -> dict[str, str]:
        used = delivery.notes["secret"] + ("" if genuine else "-not")
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(delivery.body, used, int(self._world.timers.wall())),
        }

    def thin_event(self, event: Record) -> Record:
        """The thin event that belongs to a snapshot event: one, however often it is asked for."""
        if event["id"] in self._thin_of:
            return self.thin[self._thin_of[event["id"]]]
        subject = event["data"]["object"]
        thin: Record = {
            "id": self._world.ids.base62("evt_test_65", 40),
            "object": "v2.core.event",
            "context": event.get("account"),
            "created": dt.datetime.fromtimestamp(event["created"], tz=dt.UTC).isoformat().replace("+00:00", ".000Z"),
            "livemode": False,
            "reason": None,
            "related_object": {
                "id": subject["id"],
                "type": subject["object"],
                "url": URLS.get(subject["object"], "/v1/") + subject["id"],
            },
            "snapshot_event": event["id"],
            "type": f"v1.{event['type']}",
        }
        self.thin[thin["id"]], self._thin_of[event["id"]] = thin, thin["id"]
        return thin
