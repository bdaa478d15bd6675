"""What moved the money of a connected account: its balance, page by page, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from checkout.payments.processors.port import Listed
from checkout.payments.processors.stripe_movements import read_movement
from checkout.payments.processors.stripe_objects import PAGE, encode, read_page
from checkout.processors.accounts import Credentials
from checkout.processors.domain import ExternalDispute
from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.processors.stripe_objects import payment_of, read_dispute


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPayments:
    """What the account's movements on a page are about.

    payment_ids: payments, each once, those that moved first at the beginning
    disputes: disputes, as they stand now
    after: where the next page begins; None: there is none
    """

    payment_ids: Sequence[str]
    disputes: Sequence[ExternalDispute]
    after: str | None


class MovementList:
    """Raises ProcessorFailure. A payment that moved no money is not in it, nor one of Stripe's older API."""

    def __init__(self, calls: StripeConnectCalls) -> None:
        self._calls = calls

    async def page(
        self, credentials: Credentials, *, since: datetime, after: str | None, deadline: timedelta
    ) -> MovedPayments:
        """Movements since a moment. What moves while pages are read is before the first one, and in none of them."""
        query = {"limit": PAGE, "created": {"gte": int(since.timestamp())}, "expand": ["data.source"]}
        path = f"/v1/balance_transactions?{encode(query | ({'starting_after': after} if after else {}))}"
        page = await self._calls.get("movements.list", path, credentials, _read, deadline=deadline)
        payments = dict.fromkeys(payment for payment, _ in reversed(page.items) if payment is not None)
        disputes = {dispute.dispute_id: dispute for _, dispute in page.items if dispute is not None}
        return MovedPayments(payment_ids=list(payments), disputes=list(disputes.values()), after=page.after)


def _about(found: Mapping[str, Any]) -> tuple[str | None, ExternalDispute | None]:
    """The payment that a movement is about, and the dispute."""
    payment, source = payment_of(read_movement(found)), found.get("source")
    disputed = payment is not None and isinstance(source, Mapping) and source.get("object") == "dispute"
    return payment, read_dispute(source) if disputed and isinstance(source, Mapping) else None


_read: Final[partial[Listed[tuple[str | None, ExternalDispute | None]]]] = partial(read_page, read=_about)
