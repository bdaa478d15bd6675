"""Refunds of a seller's payments at Square, and what of our commission went back with them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from pydantic import SecretStr

from checkout.processors.domain import ExternalPayment, ExternalRefund, RefundStatus, RefundWish
from checkout.processors.square_calls import SquareCalls, bearer
from checkout.processors.square_objects import SquarePayment, minor, money, read_refund

_AT_ONCE: Final = 8
# How a reason ends that we have given.
_REFERENCE: Final = re.compile(r" \(Ref\. ([A-Za-z0-9-]{1,45})\)")
_LONGEST_REASON: Final = 192


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareRefund:
    """A refund, and what of it we pay.

    refund: it
    commission: what of our commission goes back with it, minor units; 0 when it has failed
    key: the wish that it was made for; None for one that somebody else made
    """

    refund: ExternalRefund
    commission: int
    key: str | None


class SquareRefunds:
    """Raises ProcessorFailure."""

    def __init__(self, calls: SquareCalls) -> None:
        self._calls = calls

    async def give(self, token: SecretStr, wish: RefundWish, *, deadline: timedelta) -> ExternalRefund:
        """The same wish again gives nothing more back."""
        made = await self._calls.send(
            "refunds.create", "POST", "/v2/refunds", bearer(token), refund_body(wish), read_refund_answer,
            deadline=deadline,
        )  # fmt: skip
        return made.refund

    async def read(self, token: SecretStr, refund_id: str, *, deadline: timedelta) -> SquareRefund:
        """A refund as Square has it now."""
        path = f"/v2/refunds/{quote(refund_id, safe='')}"
        return await self._calls.get("refunds.get", path, token, read_refund_answer, deadline=deadline)

    async def every(self, token: SecretStr, refund_ids: Sequence[str], *, deadline: timedelta) -> list[SquareRefund]:
        """Those of a payment."""
        limit = asyncio.Semaphore(_AT_ONCE)

        async def read(refund_id: str) -> SquareRefund:
            async with limit:
                return await self.read(token, refund_id, deadline=deadline)

        return await asyncio.gather(*map(read, refund_ids))

    async def less(self, token: SecretStr, paid: SquarePayment, *, deadline: timedelta) -> ExternalPayment:
        """A payment with what is left of our commission: only its refunds say what went back of that."""
        if not paid.commission_is_less:
            return paid.payment
        back = await self.every(token, paid.refund_ids, deadline=deadline)
        return replace(paid.payment, commission=paid.payment.commission - sum(each.commission for each in back))


def refund_body(wish: RefundWish) -> Mapping[str, object]:
    """The call for a refund. Of our commission Square takes the share of the payment where none is named."""
    reference = f" (Ref. {wish.key})"
    body: dict[str, object] = {
        "idempotency_key": wish.key,
        "payment_id": wish.payment_id,
        "amount_money": money(wish.amount, wish.currency),
        "reason": wish.reason[: _LONGEST_REASON - len(reference)] + reference,
    }
    return body | ({"app_fee_money": money(wish.commission, wish.currency)} if wish.commission else {})


def read_refund_answer(answer: Mapping[str, Any]) -> SquareRefund:
    """What Square says of a refund, or when it has made one."""
    found = read_refund(answer["refund"])
    reference = _REFERENCE.search(answer["refund"].get("reason") or "")
    fee = 0 if found.status is RefundStatus.FAILED else minor(answer["refund"].get("app_fee_money"))
    return SquareRefund(refund=found, commission=fee, key=reference[1] if reference else None)
