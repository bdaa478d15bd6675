"""Stripe's invoices: our own account asks providers for commission that can't be debited, by Stripe's mail.

An invoice's metadata has the collection's group. Stripe lists a customer's invoices at once, while its search is late:
whoever makes one looks through those of the provider first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from checkout.commission.domain import Collection
from checkout.commission.invoice import Invoice, InvoiceStatus
from checkout.commission.lost import LostInvoice
from checkout.commission.naming import CollectionName
from checkout.payments.processors.port import Listed, ProcessorFailed, ProcessorRefused, ProcessorUncertain, Stretch
from checkout.payments.processors.stripe_objects import listing_parameters, read_page
from checkout.processors.stripe_calls import StripeConnectCalls

_INVOICES: Final = "/v1/invoices"
_CUSTOMERS: Final = "/v1/customers"
_PAGE: Final = 100
# What metadata call the group, and the provider whose customer it is.
GROUP: Final = "collection"
_PROVIDER: Final = "provider"


class StripeInvoices:
    """Raises ProcessorFailure. `days`: how many a provider has to pay."""

    def __init__(self, calls: StripeConnectCalls, *, days: int) -> None:
        self._calls = calls
        self._days = days

    async def find_customer(self, whose: str, email: str, *, deadline: timedelta) -> str | None:
        """The customer of a provider who has this address. `whose`: the provider, as `make_customer` was told."""

        def read(listed: Mapping[str, Any]) -> str | None:
            of_provider = (each for each in listed["data"] if (each.get("metadata") or {}).get(_PROVIDER) == whose)
            return next((each["id"] for each in of_provider), None)

        path = f"{_CUSTOMERS}?{urlencode({'email': email, 'limit': _PAGE})}"
        return await self._calls.get("customers.list", path, None, read, deadline=deadline)

    async def make_customer(self, whose: str, email: str, name: str, *, key: str, deadline: timedelta) -> str:
        """Stripe's id of whoever is sent invoices from now on; the same key makes one."""
        body = {"email": email, "name": name, "metadata": {_PROVIDER: whose}}
        return await self._calls.send("customers.create", _CUSTOMERS, None, body, _id, key=key, deadline=deadline)

    async def move_customer(self, customer_id: str, email: str, *, deadline: timedelta) -> None:
        """They have another address."""
        path = f"{_CUSTOMERS}/{quote(customer_id, safe='')}"
        await self._calls.send("customers.update", path, None, {"email": email}, _id, deadline=deadline)

    async def find(self, customer_id: str, group: str, *, deadline: timedelta) -> Invoice | None:
        """The newest invoice of a group that is not void, or brought money before; None without any.

        Whoever could not look knows nothing: not that there is none.
        """

        def read(listed: Mapping[str, Any]) -> tuple[Invoice | None, str | None]:
            of_group = (each for each in listed["data"] if (each.get("metadata") or {}).get(GROUP) == group)
            live = (each for each in map(read_invoice, of_group) if each.counts)
            return next(live, None), listed["data"][-1]["id"] if listed["has_more"] else None

        after: str | None = ""
        while after is not None:
            query = {"customer": customer_id, "limit": _PAGE, **({"starting_after": after} if after else {})}
            try:
                found, after = await self._calls.get(
                    "invoices.list", f"{_INVOICES}?{urlencode(query)}", None, read, deadline=deadline
                )
            except (ProcessorRefused, ProcessorFailed) as failure:
                raise ProcessorUncertain(str(failure)) from failure
            if found is not None:
                return found
        return None

    async def made_in(self, made: Stretch, *, after: str | None, deadline: timedelta) -> Listed[LostInvoice]:
        """A page of those of any group."""
        path = f"{_INVOICES}?{listing_parameters(made, after=after)}"
        return await self._calls.get("invoices.list", path, None, _lost_ones, deadline=deadline)

    async def read(self, invoice_id: str, *, deadline: timedelta) -> Invoice:
        """One as it is now."""
        try:
            return await self._calls.get("invoices.retrieve", _path(invoice_id), None, read_invoice, deadline=deadline)
        except ProcessorRefused as refused:
            raise ProcessorUncertain(str(refused)) from refused

    async def draft(self, collection: Collection, customer_id: str, *, group: str, deadline: timedelta) -> Invoice:
        """An invoice that asks for nothing yet, and does not go out by itself."""
        body = {
            "customer": customer_id,
            "collection_method": "send_invoice",
            "days_until_due": self._days,
            "currency": collection.currency.lower(),
            "auto_advance": False,
            "pending_invoice_items_behavior": "exclude",
            "metadata": {
                GROUP: group,
                "collectionId": str(collection.collection_id),
                "providerId": str(collection.provider_id),
            },
        }
        key = f"{group}-{collection.key_number}-invoice"
        return await self._calls.send(
            "invoices.create", _INVOICES, None, body, read_invoice, key=key, deadline=deadline
        )

    async def add_amount(
        self, collection: Collection, customer_id: str, draft: Invoice, *, deadline: timedelta
    ) -> None:
        """Writes on a draft what is asked for."""
        body = {
            "customer": customer_id,
            "invoice": draft.invoice_id,
            "amount": collection.amount,
            "currency": collection.currency.lower(),
            "description": f"Commission, collection {collection.collection_id}",
        }
        key = f"{draft.invoice_id}-{collection.key_number}-item"
        await self._calls.send("invoiceitems.create", "/v1/invoiceitems", None, body, _id, key=key, deadline=deadline)

    async def open(self, collection: Collection, draft: Invoice, *, deadline: timedelta) -> Invoice:
        """A draft can be paid from now on; Stripe reminds of it."""
        return await self._do(collection, draft, "finalize", {"auto_advance": True}, deadline)

    async def send(self, collection: Collection, invoice: Invoice, *, deadline: timedelta) -> Invoice:
        """Stripe mails it to the provider."""
        return await self._do(collection, invoice, "send", {}, deadline)

    async def end(self, invoice: Invoice, *, deadline: timedelta) -> None:
        """Nobody can pay it any more. Raises ProcessorUncertain where that may not be so: it was paid just now."""
        path = _path(invoice.invoice_id)
        try:
            if invoice.status is InvoiceStatus.DRAFT:
                await self._calls.end("invoices.delete", path, None, deadline=deadline)
            else:
                await self._calls.send("invoices.void", f"{path}/void", None, {}, read_invoice, deadline=deadline)
        except ProcessorRefused as refused:
            raise ProcessorUncertain(str(refused)) from refused

    async def _do(
        self, collection: Collection, invoice: Invoice, deed: str, body: Mapping[str, Any], deadline: timedelta
    ) -> Invoice:
        path, key = f"{_path(invoice.invoice_id)}/{deed}", f"{invoice.invoice_id}-{collection.key_number}-{deed}"
        return await self._calls.send(f"invoices.{deed}", path, None, body, read_invoice, key=key, deadline=deadline)


def read_invoice(found: Mapping[str, Any]) -> Invoice:
    """An invoice from Stripe's JSON; raises KeyError, TypeError or ValueError when it isn't one that is sent."""
    moments = found["status_transitions"]
    ended_at = moments["paid_at"] or moments["voided_at"]
    return Invoice(
        invoice_id=found["id"],
        number=found["number"],
        url=found["hosted_invoice_url"],
        status=InvoiceStatus(found["status"]),
        total=int(found["total"]),
        paid=int(found["amount_paid"]),
        due_at=_moment(found["due_date"]),
        ended_at=None if ended_at is None else _moment(ended_at),
    )


def _lost_ones(listed: Mapping[str, Any]) -> Listed[LostInvoice]:
    page = read_page(listed, _lost)
    return Listed(items=[each for each in page.items if each is not None], after=page.after)


def _lost(found: Mapping[str, Any]) -> LostInvoice | None:
    name = CollectionName.read((found.get("metadata") or {}).get(GROUP))
    if name is None:
        return None
    return LostInvoice(
        name=name,
        customer_id=found["customer"],
        email=found["customer_email"] or "",
        asked_at=_moment(found["created"]),
        invoice=read_invoice(found),
    )


def _id(found: Mapping[str, Any]) -> str:
    return str(found["id"])


def _path(invoice_id: str) -> str:
    return f"{_INVOICES}/{quote(invoice_id, safe='')}"


def _moment(seconds: object) -> datetime:
    return datetime.fromtimestamp(int(str(seconds)), UTC)
