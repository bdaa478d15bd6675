"""PayPal's side of the suite: the sandbox's stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from html import unescape
from re import search
from urllib.parse import urlsplit
from uuid import uuid4

from pydantic import SecretStr

from checkout.processors.accounts import Application, Credentials
from checkout.processors.domain import ChangedPayments, ExternalPage
from checkout.processors.news import WebhookRequest
from checkout.processors.paypal import PaypalProcessor
from checkout.processors.paypal_webhooks import PaypalCertificates
from sandbox.paypal.reporting import LAG
from tests.contract.processors.support import Counterpart, HurriedClock, PatientClient
from tests.contract.sandbox.support import PAYPAL_CLIENT_ID, PAYPAL_SECRET, Running

_OPERATIONS = {"create_payment": "orders.create", "read_account": "userinfo.get", "refund": "captures.refund"}
_LIFE = 9 * 3600


class HurriedProcessor(PaypalProcessor):
    """PayPal's list is hours behind: whoever asks it here has waited for that long, on the sandbox's clock."""

    sandbox: Running

    async def list_changed(
        self, credentials: Credentials, *, since: datetime, after: str | None, deadline: timedelta
    ) -> ChangedPayments:
        if after is None:
            await asyncio.to_thread(self.sandbox.advance, LAG)
        return await super().list_changed(credentials, since=since, after=after, deadline=deadline)


class PaypalCounterpart(Counterpart):
    """The sandbox is driven by its pages and its control API, as people drive it."""

    def __init__(self, processor: HurriedProcessor, sandbox: Running) -> None:
        self.processor = processor
        self.hook_url = f"{sandbox.receiver.url}/api/v1/webhooks/paypal/{uuid4()}"
        self._sandbox = sandbox

    async def pasted(self, currency: str) -> dict[str, SecretStr]:
        made = await self._control("apps", {"name": "Sam's studio", "currency": currency})
        return {"client_id": SecretStr(made["clientId"]), "client_secret": SecretStr(made["clientSecret"])}

    async def permit(self, url: str, currency: str = "USD") -> str:  # noqa: ARG002 a new account takes dollars
        return await asyncio.to_thread(self._permit, url)

    def _permit(self, url: str) -> str:
        page = self._sandbox.http.get(url)
        action = search(r'action="([^"]*)"', page.text)
        assert action is not None, page.text
        form = {"email": f"{uuid4()}@example.com"}
        address = self._sandbox.url + unescape(action[1])
        return self._sandbox.http.post(address, form, allow_redirects=False).headers["location"]

    async def pay(self, page: ExternalPage, *, declined: bool = False) -> None:
        parts, form = urlsplit(page.url), {"outcome": "declined" if declined else "paid"}
        address = f"{self._sandbox.url}{parts.path}?{parts.query}"
        await asyncio.to_thread(self._sandbox.http.post, address, form, allow_redirects=False)

    async def sell(self, credentials: Credentials, amount: int, *, at: datetime) -> str:
        body = {"merchantId": credentials.account_id, "amount": amount, "at": at.isoformat()}
        payment_id: str = (await self._control("payments", body))["id"]
        return payment_id

    async def give_back(self, _credentials: Credentials, payment_id: str, amount: int) -> str:
        return (await self._control(f"captures/{payment_id}/refund", {"amount": amount}))["id"]

    async def dispute(self, _credentials: Credentials, payment_id: str) -> str:
        return (await self._control(f"captures/{payment_id}/dispute", {}))["id"]

    async def decide(self, _credentials: Credentials, dispute_id: str, *, won: bool) -> None:
        await self._control(f"disputes/{dispute_id}/close", {"outcome": "won" if won else "lost"})

    async def fail(self, method: str, kind: str, *, count: int | None = None) -> None:
        fault = {"vendor": "paypal", "operation": _OPERATIONS[method], "kind": kind, "delayMs": 0, "count": count}
        await asyncio.to_thread(self._sandbox.control, "POST", "faults", fault)

    async def outdate(self, _credentials: Credentials) -> None:
        await asyncio.to_thread(self._sandbox.advance, _LIFE)

    async def hooks(self, count: int) -> Sequence[WebhookRequest]:
        """Without those that tell of an approval, which nobody but PayPal has."""
        receiver, path = self._sandbox.receiver, urlsplit(self.hook_url).path
        found = await asyncio.to_thread(
            receiver.wait, count, where=lambda hook: hook.path == path and b"ORDER.APPROVED" not in hook.body
        )
        return [WebhookRequest(payload=hook.body, headers=hook.headers, url=self.hook_url) for hook in found]

    async def _control(self, path: str, body: dict[str, object]) -> dict[str, str]:
        found: dict[str, str] = await asyncio.to_thread(self._sandbox.control, "POST", f"paypal/{path}", body)
        return found


@asynccontextmanager
async def open_paypal(sandbox: Running) -> AsyncIterator[Counterpart]:
    """Certificates are at the address that the sandbox was told it has, which is not where it listens here."""
    application = Application(client_id=PAYPAL_CLIENT_ID, client_secret=SecretStr(PAYPAL_SECRET))
    async with PatientClient("paypal", f"{sandbox.url}/paypal") as client:
        processor = HurriedProcessor(
            client,
            certificates=PaypalCertificates(client, "http://127.0.0.1:8090/paypal"),
            pages_url=sandbox.url,
            application=application,
            clock=HurriedClock(),
        )
        processor.sandbox = sandbox
        yield PaypalCounterpart(processor, sandbox)
