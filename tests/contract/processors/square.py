"""Square's side of the suite: the sandbox's stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

from pydantic import SecretStr

from checkout.processors.accounts import Application, Credentials
from checkout.processors.domain import ExternalPage
from checkout.processors.news import WebhookRequest
from checkout.processors.square import SquareProcessor
from sandbox.square.refunds import SETTLED_AFTER
from sandbox.square.state import PERSONAL, SELLERS, Seller
from tests.contract.processors.support import DEADLINE, Counterpart, HurriedClock, PatientClient
from tests.contract.sandbox.support import (
    SQUARE_APPLICATION,
    SQUARE_SECRET,
    SQUARE_TOKEN,
    Running,
)

_OPERATIONS = {"create_payment": "payment_links.create", "read_account": "locations.list", "refund": "refunds.create"}
_LIFE = 31 * 86_400


class SquareCounterpart(Counterpart):
    """The sandbox is driven by its pages and its control API, as people drive it."""

    def __init__(self, processor: SquareProcessor, sandbox: Running) -> None:
        self.processor = processor
        self.hook_url = f"{sandbox.receiver.url}/api/v1/webhooks/square/{uuid4()}"
        self._sandbox = sandbox

    async def connect(self, currency: str = "USD") -> Credentials:
        """By permission: a token that was pasted takes no commission."""
        permission = await self.permission(currency=currency)
        return await self.processor.exchange(permission, deadline=DEADLINE)

    async def pasted(self, currency: str) -> dict[str, SecretStr]:
        return {"access_token": SecretStr(PERSONAL + _seller(currency).short)}

    async def permit(self, url: str, currency: str = "USD") -> str:
        return await asyncio.to_thread(self._permit, url, _seller(currency).id)

    def _permit(self, url: str, seller_id: str) -> str:
        page = self._sandbox.http.get(url, allow_redirects=True)
        assert page.ok, page.text
        return self._sandbox.http.post(
            page.url, {"seller": seller_id, "answer": "allow"}, allow_redirects=False
        ).headers["location"]

    async def pay(self, page: ExternalPage, *, declined: bool = False) -> None:
        form, path = {"card": "CARD_DECLINED" if declined else "ok"}, urlsplit(page.url).path
        await asyncio.to_thread(self._sandbox.http.post, self._sandbox.url + path, form, allow_redirects=False)

    async def sell(self, credentials: Credentials, amount: int, *, at: datetime) -> str:
        body = {"seller": credentials.account_id, "amount": amount, "at": at.isoformat()}
        sold = await asyncio.to_thread(self._sandbox.control, "POST", "square/payments", body)
        payment_id: str = sold["id"]
        return payment_id

    async def give_back(self, _credentials: Credentials, payment_id: str, amount: int) -> str:
        path = f"square/payments/{payment_id}/refund"
        made: dict[str, str] = await asyncio.to_thread(self._sandbox.control, "POST", path, {"amount": amount})
        return made["id"]

    async def dispute(self, _credentials: Credentials, payment_id: str) -> str:
        path = f"square/payments/{payment_id}/dispute"
        made: dict[str, str] = await asyncio.to_thread(self._sandbox.control, "POST", path, {})
        return made["id"]

    async def decide(self, _credentials: Credentials, dispute_id: str, *, won: bool) -> None:
        path, body = f"square/disputes/{dispute_id}/close", {"outcome": "won" if won else "lost"}
        await asyncio.to_thread(self._sandbox.control, "POST", path, body)

    async def fail(self, method: str, kind: str, *, count: int | None = None) -> None:
        fault = {"vendor": "square", "operation": _OPERATIONS[method], "kind": kind, "delayMs": 0, "count": count}
        await asyncio.to_thread(self._sandbox.control, "POST", "faults", fault)

    async def outdate(self, _credentials: Credentials) -> None:
        await asyncio.to_thread(self._sandbox.advance, _LIFE)

    async def hooks(self, count: int) -> Sequence[WebhookRequest]:
        receiver, path = self._sandbox.receiver, urlsplit(self.hook_url).path
        found = await asyncio.to_thread(receiver.wait, count, where=lambda hook: hook.path == path)
        return [WebhookRequest(payload=hook.body, headers=hook.headers, url=self.hook_url) for hook in found]


@asynccontextmanager
async def open_square(sandbox: Running) -> AsyncIterator[Counterpart]:
    application = Application(
        client_id=SQUARE_APPLICATION, client_secret=SecretStr(SQUARE_SECRET), access_token=SecretStr(SQUARE_TOKEN)
    )
    # What earlier refunds still have to tell is told before anybody listens here.
    await asyncio.to_thread(sandbox.advance, 2 * SETTLED_AFTER)
    base_url = f"{sandbox.url}/square"
    async with PatientClient("square", base_url) as client:
        processor = SquareProcessor(client, base_url=base_url, application=application, clock=HurriedClock())
        yield SquareCounterpart(processor, sandbox)


def _seller(currency: str) -> Seller:
    return next(seller for seller in SELLERS.values() if seller.currency == currency)
