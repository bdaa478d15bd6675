"""Corner's side of the suite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

from pydantic import SecretStr

from checkout.processors.accounts import Application, Credentials
from checkout.processors.domain import ExternalPage
from checkout.processors.news import WebhookRequest
from tests.contract.processors.example.corner import CornerProcessor
from tests.contract.processors.example.service import CornerService
from tests.contract.processors.support import Counterpart, HurriedClock, PatientClient
from tests.contract.sandbox.support import Receiver, Running, receiving

_PATHS = {"create_payment": "/pages", "read_account": "/me", "refund": "/refunds"}


class CornerCounterpart(Counterpart):
    """Corner as the service beside it plays it."""

    def __init__(self, processor: CornerProcessor, service: CornerService, receiver: Receiver) -> None:
        self.processor = processor
        self.hook_url = f"{receiver.url}/api/v1/webhooks/corner/7"
        self._service = service
        self._receiver = receiver

    async def pasted(self, currency: str) -> dict[str, SecretStr]:
        return {"access_token": SecretStr(self._service.open_account(currency))}

    async def permit(self, url: str, currency: str = "USD") -> str:
        query = parse_qs(urlsplit(url).query)
        code = f"code-{uuid4()}"
        self._service.codes[code] = self._service.tokens[self._service.open_account(currency)]
        return f"{query['back'][0]}?{urlencode({'code': code, 'state': query['state'][0]})}"

    async def pay(self, page: ExternalPage, *, declined: bool = False) -> None:
        if not declined:
            await self._service.pay(page.page_id)

    async def sell(self, credentials: Credentials, amount: int, *, at: datetime) -> str:
        payment_id: str = self._service.sell(credentials.account_id, amount, at=at)["id"]
        return payment_id

    async def give_back(self, _credentials: Credentials, payment_id: str, amount: int) -> str:
        return str(self._service.give_back(self._service.payments[payment_id], amount)["id"])

    async def dispute(self, _credentials: Credentials, payment_id: str) -> str:
        return await self._service.dispute(self._service.payments[payment_id])

    async def decide(self, _credentials: Credentials, dispute_id: str, *, won: bool) -> None:
        await self._service.decide(self._service.disputes[dispute_id], "won" if won else "lost")

    async def fail(self, method: str, kind: str, *, count: int | None = None) -> None:
        self._service.faults[_PATHS[method]] = (kind, count)

    async def outdate(self, credentials: Credentials) -> None:
        del self._service.tokens[credentials.access_token.get_secret_value()]

    async def hooks(self, count: int) -> Sequence[WebhookRequest]:
        return [
            WebhookRequest(payload=hook.body, headers=hook.headers, url=self._receiver.url + hook.path)
            for hook in self._receiver.wait(count)
        ]


@asynccontextmanager
async def open_example(_sandbox: Running) -> AsyncIterator[Counterpart]:
    application = Application(client_id="client-1", client_secret=SecretStr("client-secret"))
    async with CornerService().running() as service, PatientClient("corner", service.url) as client:
        processor = CornerProcessor(client, base_url=service.url, application=application, clock=HurriedClock())
        with receiving() as receiver:
            yield CornerCounterpart(processor, service, receiver)
