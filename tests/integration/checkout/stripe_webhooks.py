"""The processor's events as it sends them, and what became of them."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from stripe import WebhookSignature

from chassis.settings import SANDBOX_STAND_INS
from tests.integration.checkout.world import Answer, World

SECRET = SANDBOX_STAND_INS["STRIPE_WEBHOOK_SECRET"]
PATH = "/api/webhooks/stripe"


async def send(world: World, event: dict[str, Any], *, secret: str = SECRET, age: int = 0, path: str = PATH) -> Answer:
    """An event as Stripe sends it."""
    body = json.dumps(event)
    signature = WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age)
    return await world.ask("POST", path, data=body.encode(), headers={"Stripe-Signature": signature})


async def stripe_events(world: World, kind: str) -> list[dict[str, Any]]:
    """Events of a type that the sandbox has kept."""
    found: list[dict[str, Any]] = (await stripe(world, "GET", f"events?type={kind}&limit=100"))["data"]
    return found


async def stripe(world: World, method: str, path: str, **form: str) -> Any:
    """A call of Stripe's API with the account's own key."""
    headers = {"Authorization": f"Bearer {SANDBOX_STAND_INS['STRIPE_SECRET_KEY']}"}
    answer = await world.ask(method, f"{world.sandbox}/stripe/v1/{path}", headers=headers, data=form)
    assert answer.status == 200, answer
    return answer.body


async def webhook_states(world: World, kind: str) -> list[str]:
    """What became of the events of a type that came in since the test began."""
    sql = "SELECT state FROM webhook_events WHERE type = $1 AND received_at >= $2"
    return [row["state"] for row in await world.database.fetch(sql, kind, world.began)]


def again(event: dict[str, Any]) -> dict[str, Any]:
    """The same news as an event of its own."""
    return {**event, "id": f"evt_again_{secrets.token_hex(8)}"}


def renamed(event: dict[str, Any], event_id: str) -> dict[str, Any]:
    return {**event, "id": event_id}
