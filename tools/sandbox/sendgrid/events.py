"""SendGrid's event webhook: batches, signed with ECDSA."""

from __future__ import annotations

from sandbox.core.http import Record, dumps
from sandbox.core.keeping import RECORDS
from sandbox.core.webhooks import Callbacks, Delivery, RetryPlan
from sandbox.sendgrid.keys import EventKey
from sandbox.world import World

WEBHOOK_PATH = "/api/webhooks/sendgrid"
GATHER_SECONDS = 0.05
_MOST_EVENTS = 1000
# SendGrid: again at growing intervals for 24 hours.
_PLAN = RetryPlan(waits=(300.0, 600.0, 1200.0, 2400.0, 4800.0, 9600.0, 19200.0, 38400.0))


class EventWebhook(Callbacks):
    """Gathers events for a moment and posts them together."""

    def __init__(self, world: World, key: EventKey) -> None:
        self._world = world
        self._key = key
        self._waiting: dict[str, Record] = world.keep.shelf("sendgrid.waiting_events", RECORDS)
        world.timers.names(post_events=self._flush)
        world.webhooks.serve("sendgrid", self)

    def add(self, event: Record) -> None:
        self._waiting[event["sg_event_id"]] = event
        if len(self._waiting) == 1:
            self._world.timers.later(GATHER_SECONDS, "post_events")

    async def _flush(self) -> None:
        waiting = list(self._waiting.values())
        self._waiting.clear()
        for start in range(0, len(waiting), _MOST_EVENTS):
            self._post(dumps(waiting[start : start + _MOST_EVENTS]) + b"\r\n")

    def _post(self, body: bytes) -> None:
        settings = self._world.settings
        self._world.webhooks.send(
            Delivery(
                vendor="sendgrid",
                operation="event_webhook",
                url=settings.callback_url("sendgrid", settings.public_url + WEBHOOK_PATH),
                body=body,
                plan=_PLAN,
            )
        )

    def headers(self, delivery: Delivery, *, genuine: bool) -> dict[str, str]:
        timestamp = str(int(self._world.timers.wall()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Signature": self._key.sign(delivery.body, timestamp, genuine=genuine),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }
