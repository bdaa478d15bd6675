"""Stripe's list of events, which takes fewer types at once than we handle (C-4)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from chassis.clock import SystemClock
from chassis.http_client import VendorClient
from checkout.endpoints.replay_api import Word
from checkout.payments.processors import stripe_objects
from checkout.payments.processors.port import Stretch
from checkout.payments.processors.stripe import StripeProcessor
from checkout.payments.processors.stripe_types import HANDLED, LISTED
from tests.contract.processors.support import DEADLINE, HurriedClock
from tests.contract.sandbox.support import STRIPE_KEY, Running
from tests.contract.sandbox.test_stripe_invoices import sent_invoice

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("C-4", "P-7")]


async def test_all_parts_are_read_to_their_end_page_by_page(
    shared_sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_objects, "PAGE", 2)
    await asyncio.to_thread(_happen, shared_sandbox)
    stretch = Stretch(since=SystemClock().now() - timedelta(hours=1), until=SystemClock().now() + timedelta(hours=1))
    found, after, pages = list[str](), None, 0
    async with VendorClient("stripe", f"{shared_sandbox.url}/stripe") as client:
        stripe = StripeProcessor(client, secret_key=STRIPE_KEY, webhook_secrets=[], rate=1_000, clock=HurriedClock())
        while pages == 0 or after is not None:
            page = await stripe.list_webhooks(stretch, missed=False, after=after, deadline=DEADLINE)
            TypeAdapter(Word | None).validate_python(page.after)
            found, after, pages = [*found, *(each.event_id for each in page.items)], page.after, pages + 1
    listed = await asyncio.to_thread(_handled, shared_sandbox)
    assert sorted(found) == sorted(listed), "each once"
    assert {listed[each] for each in found} >= {"credit_note.created", "invoice.paid", "charge.refunded"}
    assert pages > len(LISTED)


def _happen(sandbox: Running) -> None:
    for _ in range(3):
        invoice = sent_invoice(sandbox)
        sandbox.control("POST", f"stripe/invoices/{invoice.id}/pay", {})
        sandbox.stripe.v1.credit_notes.create({"invoice": invoice.id, "amount": 100, "refund_amount": 100})


def _handled(sandbox: Running) -> dict[str, str]:
    """The types of all events that we handle, by id."""
    events = sandbox.stripe.v1.events.list({"limit": 100}).auto_paging_iter()
    return {each.id: each.type for each in events if each.type in HANDLED}
