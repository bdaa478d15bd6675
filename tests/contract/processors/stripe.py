"""Stripe's side of the suite: the sandbox's stand-in, and accounts that are connected to its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

from pydantic import SecretStr

from checkout.processors.accounts import Credentials
from checkout.processors.domain import ExternalPage
from checkout.processors.news import WebhookRequest
from checkout.processors.stripe import StripeConnectProcessor
from sandbox.stripe.account import OWN_KEY
from tests.contract.processors.support import DEADLINE, Counterpart, HurriedClock, PatientClient
from tests.contract.sandbox.support import STRIPE_CLIENT_ID, STRIPE_KEY, Running

_OPERATIONS = {
    "create_payment": "checkout.sessions.create", "read_account": "account.retrieve", "refund": "refunds.create",
}  # fmt: skip
_CARD, _DECLINED = "4242424242424242", "4000000000000002"


class StripeCounterpart(Counterpart):
    """The sandbox is driven by its pages, its control API and the SDK, as people drive Stripe."""

    def __init__(self, processor: StripeConnectProcessor, sandbox: Running) -> None:
        self.processor = processor
        self.hook_url = f"{sandbox.receiver.url}/api/v1/webhooks/stripe/{uuid4()}"
        self._sandbox = sandbox

    async def connect(self, currency: str = "USD") -> Credentials:
        """By permission: with a key that was pasted no commission is taken."""
        permission = await self.permission(currency=currency)
        return await self.processor.exchange(permission, deadline=DEADLINE)

    async def pasted(self, currency: str) -> dict[str, SecretStr]:
        credentials = await self.connect(currency)
        return {"secret_key": SecretStr(credentials.account_id.replace("acct_", OWN_KEY, 1))}

    async def permit(self, url: str, currency: str = "USD") -> str:
        return await asyncio.to_thread(self._permit, url, currency.lower())

    def _permit(self, url: str, currency: str) -> str:
        page = self._sandbox.http.get(url, allow_redirects=True)
        assert page.ok, page.text
        form = {"account": currency, "answer": "allow"}
        return self._sandbox.http.post(page.url, form, allow_redirects=False).headers["location"]

    async def pay(self, page: ExternalPage, *, declined: bool = False) -> None:
        form, path = {"card": _DECLINED if declined else _CARD}, urlsplit(page.url).path
        await asyncio.to_thread(self._sandbox.http.post, self._sandbox.url + path, form, allow_redirects=False)

    async def sell(self, credentials: Credentials, amount: int, *, at: datetime) -> str:
        moment = at.isoformat()
        sale = {
            "at": moment, "email": "jordan.ellis@example.com", "unitAmount": amount,
            "deeds": [{"deed": "pay", "at": moment}],
        }  # fmt: skip
        body = {"account": credentials.account_id, "purchases": [sale]}
        (made,) = (await asyncio.to_thread(self._sandbox.control, "POST", "stripe/history", body))["data"]
        payment_id: str = made["paymentIntent"]
        return payment_id

    async def give_back(self, credentials: Credentials, payment_id: str, amount: int, /) -> str:
        made = await asyncio.to_thread(
            self._sandbox.stripe.v1.refunds.create,
            {"payment_intent": payment_id, "amount": amount},
            {"stripe_account": credentials.account_id},
        )
        return made.id

    async def dispute(self, credentials: Credentials, payment_id: str, /) -> str:
        theirs = {"stripe_account": credentials.account_id}
        retrieve = self._sandbox.stripe.v1.payment_intents.retrieve
        intent = await asyncio.to_thread(retrieve, payment_id, {}, theirs)  # type: ignore[arg-type]
        path = f"stripe/charges/{intent.latest_charge}/dispute"
        made: dict[str, str] = await asyncio.to_thread(self._sandbox.control, "POST", path, {})
        return made["id"]

    async def decide(self, _credentials: Credentials, dispute_id: str, /, *, won: bool) -> None:
        path, body = f"stripe/disputes/{dispute_id}/close", {"outcome": "won" if won else "lost"}
        await asyncio.to_thread(self._sandbox.control, "POST", path, body)

    async def fail(self, method: str, kind: str, *, count: int | None = None) -> None:
        fault = {"vendor": "stripe", "operation": _OPERATIONS[method], "kind": kind, "delayMs": 0, "count": count}
        await asyncio.to_thread(self._sandbox.control, "POST", "faults", fault)

    async def outdate(self, credentials: Credentials) -> None:
        """Nothing ends by itself here."""

    async def hooks(self, count: int) -> Sequence[WebhookRequest]:
        receiver, path = self._sandbox.receiver, urlsplit(self.hook_url).path
        found = await asyncio.to_thread(receiver.wait, count, where=lambda hook: hook.path == path)
        return [WebhookRequest(payload=hook.body, headers=hook.headers, url=self.hook_url) for hook in found]


@asynccontextmanager
async def open_stripe(sandbox: Running) -> AsyncIterator[Counterpart]:
    base_url = f"{sandbox.url}/stripe"
    async with PatientClient("stripe", base_url) as client:
        processor = StripeConnectProcessor(
            client,
            connect=client,
            connect_url=base_url,
            client_id=STRIPE_CLIENT_ID,
            secret_key=SecretStr(STRIPE_KEY),
            clock=HurriedClock(),
        )
        yield StripeCounterpart(processor, sandbox)
