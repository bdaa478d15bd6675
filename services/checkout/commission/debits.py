"""Stripe's debits of accounts that are connected to ours: money moves from their balance to the platform's (Connect).

A debit belongs to a group of our own naming, by which Stripe lists it at once: whoever asks for one looks there first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote, urlencode

from chassis.texts import said
from checkout.commission.domain import Collection, CollectionWay, Debit, DebitableAccount, DebitStatus
from checkout.commission.lost import LostCollection
from checkout.commission.naming import CollectionName
from checkout.payments.processors.port import Listed, ProcessorFailed, ProcessorRefused, ProcessorUncertain, Stretch
from checkout.payments.processors.stripe_objects import listing_parameters, read_page
from checkout.processors.stripe_calls import StripeConnectCalls

_CHARGES: Final = "/v1/charges"
_PAGE: Final = 100
_STATUSES: Final = MappingProxyType({"succeeded": DebitStatus.SUCCEEDED, "failed": DebitStatus.FAILED})


class StripeDebits:
    """Raises ProcessorFailure."""

    def __init__(self, calls: StripeConnectCalls) -> None:
        self._calls = calls

    async def account(self, account_id: str, *, deadline: timedelta) -> DebitableAccount:
        """A provider's account as it is now."""
        path = f"/v1/accounts/{quote(account_id, safe='')}"
        return await self._calls.get("accounts.retrieve", path, None, _account, deadline=deadline)

    async def find(self, group: str, *, deadline: timedelta) -> Debit | None:
        """The debit of a group that took money, or is on its way; None without any.

        Whoever could not look knows nothing: neither that there is none, nor that a new key does no harm.
        """
        query = urlencode({"transfer_group": group, "limit": _PAGE})
        try:
            return await self._calls.get("charges.list", f"{_CHARGES}?{query}", None, _good_one, deadline=deadline)
        except (ProcessorRefused, ProcessorFailed) as failure:
            raise ProcessorUncertain(str(failure)) from failure

    async def made_in(self, made: Stretch, *, after: str | None, deadline: timedelta) -> Listed[LostCollection]:
        """A page of those of any group that took money, or are on their way."""
        path = f"{_CHARGES}?{listing_parameters(made, after=after)}"
        return await self._calls.get("charges.list", path, None, _lost_ones, deadline=deadline)

    async def take(self, collection: Collection, *, group: str, deadline: timedelta) -> Debit:
        """Debits the account that the collection was started on; the same a second time moves nothing."""
        body = {
            "amount": collection.amount,
            "currency": collection.currency.lower(),
            "source": collection.account_id,
            "description": f"Commission, collection {collection.collection_id}",
            "transfer_group": group,
            "metadata": {"collectionId": str(collection.collection_id), "providerId": str(collection.provider_id)},
        }
        key = f"{group}-{collection.key_number}"
        return await self._calls.send("charges.create", _CHARGES, None, body, _debit, key=key, deadline=deadline)


def _account(found: Mapping[str, Any]) -> DebitableAccount:
    losses = (found.get("controller") or {}).get("losses") or {}
    return DebitableAccount(
        charges_enabled=found["charges_enabled"],
        details_submitted=found["details_submitted"],
        liable=losses.get("payments") == "application",
        currency=found["default_currency"].upper(),
    )


def _debit(charge: Mapping[str, Any]) -> Debit:
    return Debit(
        charge_id=charge["id"],
        status=_STATUSES.get(charge["status"], DebitStatus.PENDING),
        amount=int(charge["amount"]),
        cause=said(charge.get("failure_code"), longest=100),
        reason=said(charge.get("failure_message"), longest=500),
        made_at=datetime.fromtimestamp(int(charge["created"]), UTC),
    )


def _good_one(listed: Mapping[str, Any]) -> Debit | None:
    debits = [_debit(each) for each in listed["data"]]
    return next((each for each in debits if each.status is not DebitStatus.FAILED), None)


def _lost_ones(listed: Mapping[str, Any]) -> Listed[LostCollection]:
    page = read_page(listed, _lost)
    return Listed(items=[each for each in page.items if each is not None], after=page.after)


def _lost(charge: Mapping[str, Any]) -> LostCollection | None:
    name = CollectionName.read(charge.get("transfer_group"))
    if name is None or (debit := _debit(charge)).status is DebitStatus.FAILED:
        return None
    return LostCollection(name=name, way=CollectionWay.DEBIT, amount=debit.amount, asked_at=debit.made_at)
