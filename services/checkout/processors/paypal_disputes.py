"""PayPal's disputes: their list, page by page, and what each has moved of the seller's money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from pydantic import SecretStr

from chassis.clock import Clock, utc_text
from chassis.texts import said
from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.domain import NO_REASON, DisputeStatus, ExternalDispute
from checkout.processors.paypal_calls import PaypalCalls
from checkout.processors.paypal_objects import disputed_payment, link_of, minor

_PATH: Final = "/v1/customer/disputes"
_PAGE: Final = 50
# How far back PayPal lists.
_REACH: Final = timedelta(days=179)
_FORBIDDEN: Final = 403
_SELLER, _SETTLEMENT, _RESOLVED = "SELLER", "DISPUTE_SETTLEMENT", "RESOLVED"
DEBIT, CREDIT = "DEBIT", "CREDIT"


@dataclass(frozen=True, slots=True)
class DisputesPage:
    """Disputes of one page, and the token of the next one; None at the end. `told`: whether we may see any."""

    disputes: tuple[ExternalDispute, ...]
    next_token: str | None
    told: bool = True


class PaypalDisputes:
    """Raises ProcessorFailure."""

    def __init__(self, calls: PaypalCalls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock

    async def page(self, token: SecretStr, *, since: datetime, next_token: str, deadline: timedelta) -> DisputesPage:
        """Those that changed since a moment. Whoever permitted us before we asked for disputes lets us see none."""
        begin = max(since, self._clock.now() - _REACH)
        query = {"update_time_after": utc_text(begin), "page_size": _PAGE}
        path = f"{_PATH}?{urlencode(query | ({'next_page_token': next_token} if next_token else {}))}"
        try:
            found = await self._calls.read("disputes.list", path, token, _ids, deadline=deadline)
        except ProcessorRefused as refused:
            if refused.status != _FORBIDDEN:
                raise
            return DisputesPage((), None, told=False)
        disputes = [await self.read(token, each, deadline=deadline) for each in _ids(found)]
        return DisputesPage(tuple(disputes), _next_of(found))

    async def about(self, token: SecretStr, payment_id: str, *, deadline: timedelta) -> Sequence[Mapping[str, Any]]:
        """Those of one payment, as PayPal has them; none where we may see none."""
        path = f"{_PATH}?{urlencode({'disputed_transaction_id': payment_id, 'page_size': _PAGE})}"
        try:
            found = await self._calls.read("disputes.list", path, token, _ids, deadline=deadline)
        except ProcessorRefused as refused:
            if refused.status != _FORBIDDEN:
                raise
            return []
        return [await self._get(token, each, deadline) for each in _ids(found)]

    async def read(self, token: SecretStr, dispute_id: str, *, deadline: timedelta) -> ExternalDispute:
        """One with all that it has moved, of which lists say nothing."""
        return read_dispute(await self._get(token, dispute_id, deadline))

    async def _get(self, token: SecretStr, dispute_id: str, deadline: timedelta) -> Mapping[str, Any]:
        path = f"{_PATH}/{quote(dispute_id, safe='')}"
        return await self._calls.read("disputes.get", path, token, read_dispute, deadline=deadline)


def read_dispute(dispute: Mapping[str, Any]) -> ExternalDispute:
    """Its money is what PayPal took of the seller for it and gave back, whatever its buyer asks for."""
    taken, returned = sum(settlements(dispute, DEBIT)), sum(settlements(dispute, CREDIT))
    return ExternalDispute(
        dispute_id=dispute["dispute_id"],
        payment_id=disputed_payment(dispute),
        status=_status(taken, returned, resolved=dispute["status"] == _RESOLVED),
        code=said(dispute.get("reason"), longest=100) or NO_REASON,
        amount=taken or minor(dispute["dispute_amount"]),
        returned=returned,
        currency=dispute["dispute_amount"]["currency_code"],
        opened_at=datetime.fromisoformat(dispute["create_time"]),
        changed_at=datetime.fromisoformat(dispute["update_time"]),
    )


def settlements(dispute: Mapping[str, Any], kind: str) -> list[int]:
    """What PayPal took of the seller for it (DEBIT), or gave back (CREDIT): minor units, one by one."""
    moved = (each for each in dispute.get("money_movements") or () if _is_settlement(each))
    return [minor(each["amount"]) for each in moved if each["type"] == kind]


def _status(taken: int, returned: int, *, resolved: bool) -> DisputeStatus:
    if not taken:
        return DisputeStatus.INQUIRY
    if returned >= taken:
        return DisputeStatus.WON
    return DisputeStatus.LOST if resolved else DisputeStatus.OPEN


def _is_settlement(movement: Mapping[str, Any]) -> bool:
    """The fees of a dispute are no money of its payment."""
    return bool(movement["affected_party"] == _SELLER and movement.get("reason", _SETTLEMENT) == _SETTLEMENT)


def _ids(found: Mapping[str, Any]) -> Sequence[str]:
    return [each["dispute_id"] for each in found.get("items") or ()]


def _next_of(found: Mapping[str, Any]) -> str | None:
    tokens = parse_qs(urlsplit(link_of(found, "next")).query).get("next_page_token")
    return tokens[0] if tokens else None
