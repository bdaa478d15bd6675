"""What Stripe lists of refunds and disputes of a payment of our own account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from chassis.texts import said
from checkout.payments.processors.port import Listed
from checkout.payments.processors.stripe_objects import PAGE
from checkout.payments.processors.stripe_objects import read_page as read_list
from checkout.processors.backs import FoundRefund, WentBack
from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.processors.stripe_objects import key_of, read_dispute, read_refund

Item = TypeVar("Item")
_INTENT: Final = "pi_"


class StripeBacks:
    """Raises ProcessorFailure."""

    def __init__(self, calls: StripeConnectCalls) -> None:
        self._calls = calls

    async def of_payment(self, payment_id: str, *, deadline: timedelta) -> WentBack:
        """`payment_id`: of a payment intent, or of a charge that has none. Each call may take as long as `deadline`."""
        about = {"payment_intent" if payment_id.startswith(_INTENT) else "charge": payment_id}
        refunds = await all_of(self._calls, "refunds", about, _refund, deadline=deadline)
        disputes = await all_of(self._calls, "disputes", about, read_dispute, deadline=deadline)
        return WentBack(refunds=tuple(reversed(refunds)), disputes=tuple(disputes))


async def all_of(
    calls: StripeConnectCalls,
    kind: str,
    about: Mapping[str, str],
    read: Callable[[Mapping[str, Any]], Item],
    *,
    deadline: timedelta,
) -> list[Item]:
    """What our own account has of a kind, the newest first, page by page. Raises ProcessorFailure."""

    def read_page(found: Mapping[str, Any]) -> Listed[Item]:
        return read_list(found, read)

    items: list[Item] = []
    after: str | None = ""
    while after is not None:
        query = urlencode({**about, "limit": PAGE, **({"starting_after": after} if after else {})})
        page = await calls.get(f"{kind}.list", f"/v1/{kind}?{query}", None, read_page, deadline=deadline)
        items += page.items
        after = page.after
    return items


def _refund(found: Mapping[str, Any]) -> FoundRefund:
    return FoundRefund(
        refund=read_refund(found),
        key=key_of(found),
        reason=said(found["metadata"].get("reason"), longest=500),
        made_at=datetime.fromtimestamp(int(found["created"]), UTC),
    )
