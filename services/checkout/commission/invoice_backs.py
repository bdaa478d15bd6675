"""What Stripe lists of an invoice that was paid: its payments, and its credit notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from checkout.commission.backs import BackKind, BackStatus, CollectionBack
from checkout.processors.stripe_backs import all_of
from checkout.processors.stripe_calls import StripeConnectCalls


class StripeInvoiceBacks:
    """Raises ProcessorFailure."""

    def __init__(self, calls: StripeConnectCalls) -> None:
        self._calls = calls

    async def payments(self, invoice_id: str, *, deadline: timedelta) -> list[str]:
        """The ids of those that brought money through Stripe."""
        about = {"invoice": invoice_id, "status": "paid"}
        found = await all_of(self._calls, "invoice_payments", about, _payment, deadline=deadline)
        return [each for each in found if each is not None]

    async def credit_notes(self, invoice_id: str, *, deadline: timedelta) -> list[CollectionBack]:
        """Who wrote one has decided that so much is not owed any more."""
        return await all_of(self._calls, "credit_notes", {"invoice": invoice_id}, _note, deadline=deadline)


def _payment(found: Mapping[str, Any]) -> str | None:
    """None for money that came otherwise."""
    payment = found["payment"]
    payment_id = payment.get("payment_intent") or payment.get("charge")
    return None if payment_id is None else str(payment_id)


def _note(found: Mapping[str, Any]) -> CollectionBack:
    return CollectionBack(
        kind=BackKind.CREDIT_NOTE,
        source_id=found["id"],
        status=BackStatus.VOID if found["status"] == "void" else BackStatus.ISSUED,
        amount=int(found["total"]),
        outside=int(found["out_of_band_amount"] or 0),
        at=datetime.fromtimestamp(int(found["created"]), UTC),
    )
