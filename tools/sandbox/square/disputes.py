"""Disputes at Square: a bank asks for a payment, and decides."""

from __future__ import annotations

import base64
import binascii
import datetime as dt

from sandbox.core.http import Record
from sandbox.square.errors import SquareRefusedError
from sandbox.square.payments import seller_of
from sandbox.square.state import Seller, SquareState
from sandbox.square.webhooks import SquareWebhooks

_PAGE = 50
_DECIDED = ("WON", "LOST")


class SquareDisputes:
    """Raises SquareRefusedError."""

    def __init__(self, state: SquareState, webhooks: SquareWebhooks) -> None:
        self._state = state
        self._webhooks = webhooks

    def open(self, payment: Record, reason: str) -> Record:
        """The bank of whoever paid takes all of it."""
        if payment["status"] != "COMPLETED":
            raise SquareRefusedError(400, "BAD_REQUEST", "The payment is not completed.")
        now = self._state.now
        due = dt.datetime.fromisoformat(now) + dt.timedelta(days=7)
        dispute = {
            "id": self._state.new_id(), "amount_money": payment["total_money"], "reason": reason, "version": 1,
            "state": "EVIDENCE_REQUIRED", "due_at": due.isoformat().replace("+00:00", "Z"), "card_brand": "VISA",
            "disputed_payment": {"payment_id": payment["id"]}, "created_at": now, "updated_at": now,
            "location_id": payment["location_id"],
        }  # fmt: skip
        self._state.disputes[dispute["id"]] = dispute
        self._webhooks.tell("dispute.created", seller_of(payment), "dispute", dispute)
        return dispute

    def close(self, dispute: Record, *, won: bool) -> Record:
        """The bank has decided; what is won comes back."""
        if dispute["state"] in _DECIDED:
            raise SquareRefusedError(400, "BAD_REQUEST", f"The dispute is {dispute['state']}.")
        dispute |= {"state": "WON" if won else "LOST", "updated_at": self._state.now, "version": dispute["version"] + 1}
        seller = seller_of(dispute)
        self._webhooks.tell("dispute.state.updated", seller, "dispute", dispute)
        return dispute

    def page(self, seller: Seller, query: Record) -> tuple[list[Record], str | None]:
        """Some of all there are, and the cursor of the next ones."""
        states = [each for each in (query.get("states") or "").split(",") if each]
        rows = [
            row for row in self._state.disputes.values()
            if row["location_id"] == seller.location_id == (query.get("location_id") or seller.location_id)
            and (not states or row["state"] in states)
        ]  # fmt: skip
        start = _place(query["cursor"]) if query.get("cursor") else 0
        end = start + _PAGE
        return rows[start:end], base64.urlsafe_b64encode(str(end).encode()).decode() if len(rows) > end else None


def _place(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor))
    except (ValueError, binascii.Error) as error:
        raise SquareRefusedError(400, "INVALID_CURSOR", "The pagination cursor is invalid.", field="cursor") from error
