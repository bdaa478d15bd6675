"""Buying, paying, and watching what follows."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import BasicAuth, ClientSession, ClientTimeout

from cli.demo.trail import Trail
from cli.environment import status_command
from cli.http import Reply, ask, insist
from eventbus import KafkaError, Received, Tail
from events import (
    Channel,
    Event,
    NotificationEvent,
    NotificationSent,
    OrderEvent,
    OrderPaid,
    OrderStockEvent,
    StockSold,
)

CITY: Final = "demo"
SOURCE: Final = "demo"
CARD: Final = "4242424242424242"
_POLL_SECONDS: Final = 0.1
_CALL: Final = ClientTimeout(total=5)

Watch = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Base addresses, a token that may see what came of the sale, and the sandbox's password where it asks for one."""

    gateway: str
    sandbox: str
    token: str = field(repr=False)
    password: str = field(default="", repr=False)

    @property
    def sandbox_auth(self) -> BasicAuth | None:
        return BasicAuth("demo", self.password) if self.password else None


class DemoError(Exception):
    """The sale could not even be begun; a sentence."""


class DemoSale:
    """One seat in the city of demonstrations. The reader of Kafka must be open before `run`."""

    def __init__(self, places: Places, tail: Tail, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.trail = Trail()
        self._places = places
        self._tail = tail
        self._clock = clock
        self._began = clock()
        mark = secrets.token_hex(4)
        self._email = f"demo-{mark}@example.com"
        self._key = f"demo-{secrets.token_hex(12)}"
        self._trace = secrets.token_hex(16)
        self._order_id = ""
        self._traces: dict[str, str | None] = {}

    async def run(self, *, seconds: float) -> Trail:
        """Everything that was seen within the limit."""
        try:
            async with asyncio.timeout(seconds), ClientSession(timeout=_CALL) as session:
                session_id = await self._buy(session)
                await self._pay(session, session_id)
                await self._watch(session)
        except TimeoutError:
            self.trail.problem = f"Not all was seen within {seconds:g} s: {', '.join(self.trail.missing)} missing."
        except DemoError as error:
            self.trail.problem = str(error)
        return self.trail

    async def _buy(self, session: ClientSession) -> str:
        headers = {
            "Idempotency-Key": self._key,
            "X-Fullhouse-Source": SOURCE,
            "traceparent": f"00-{self._trace}-{secrets.token_hex(8)}-01",
        }
        url = f"{self._places.gateway}/api/create-checkout-session"
        reply = await insist(session, url, headers=headers, body=self._wish())
        while reply.status == 202:  # in the line before Stripe
            self._order_id = str(reply.document["orderId"])
            reply = await self._turn(session, str(reply.document["statusUrl"]))
        if reply.status != 200:
            raise DemoError(f"The purchase was refused: {reply.sentence}")
        answer = reply.document
        self._order_id = str(answer["orderId"])
        price = {"amount": answer["amount"], "currency": answer["currency"]}
        self._see("session", {"id": answer["sessionId"], "url": answer["url"], **price})
        return str(answer["sessionId"])

    async def _turn(self, session: ClientSession, status_url: str) -> Reply:
        await asyncio.sleep(_POLL_SECONDS)
        url = status_url if status_url.startswith("http") else f"{self._places.gateway}{status_url}"
        reply = await ask(session, "GET", url)
        return reply or Reply(202, {"orderId": self._order_id, "statusUrl": status_url})

    def _wish(self) -> Mapping[str, Any]:
        return {
            "ticketType": "GA",
            "quantity": 1,
            "isSixFBMember": False,
            "customerData": {
                "firstName": "Jordan",
                "lastName": "Ellis",
                "email": self._email,
                "phone": "+13525550123",
                "businessType": "individual",
            },
            "cityId": CITY,
        }

    async def _pay(self, session: ClientSession, session_id: str) -> None:
        url = f"{self._places.sandbox}/_sandbox/stripe/sessions/{session_id}/pay"
        card = {"card": CARD, "email": self._email}
        reply = await ask(session, "POST", url, json=card, auth=self._places.sandbox_auth)
        if reply is None:
            raise DemoError(f"The sandbox at {self._places.sandbox} does not answer. Look at `{status_command()}`.")
        if reply.status != 200:
            raise DemoError(f"The sandbox refused the payment: {reply.sentence}")

    async def _watch(self, session: ClientSession) -> None:
        looks = {
            "order": lambda: self._look_at_order(session),
            "webhook": lambda: self._look_at_webhook(session),
            "stock": lambda: self._look_at_stock(session),
            "sms": lambda: self._look_at_phone(session),
            "email": lambda: self._look_at_inbox(session),
        }
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read_kafka())
            for look in looks.values():
                group.create_task(_until(look))

    async def _look_at_order(self, session: ClientSession) -> bool:
        reply = await self._admin(session, f"/api/orders/{self._order_id}")
        if reply is None or reply.status != 200 or reply.document["state"] != "paid":
            return False
        order = reply.document
        self._see("order", {"id": order["orderId"], "number": order["number"], "state": order["state"]})
        codes = [ticket for ticket in order["tickets"] if ticket.get("code")]
        if len(codes) < len(order["seats"]):
            return False
        self._see("tickets", {"count": len(codes), "numbers": [ticket["number"] for ticket in codes]})
        return True

    async def _look_at_webhook(self, session: ClientSession) -> bool:
        reply = await self._admin(session, f"/api/admin/webhooks?order={self._order_id}&state=done")
        done = reply.document["data"] if reply is not None and reply.status == 200 else []
        paid = next((event for event in done if event["type"].endswith("checkout.session.completed")), None)
        if paid is not None:
            self._see("webhook", {"id": paid["eventId"], "type": paid["type"], "state": paid["state"]})
        return paid is not None

    async def _look_at_stock(self, session: ClientSession) -> bool:
        path = f"/api/admin/inventory/transactions?orderId={self._order_id}&operation=sell"
        reply = await self._admin(session, path)
        sold = reply.document["data"] if reply is not None and reply.status == 200 else []
        if sold:
            self._see("stock", {"id": sold[0]["id"], "tier": sold[0]["tier"], "quantity": sold[0]["quantity"]})
        return bool(sold)

    async def _look_at_phone(self, session: ClientSession) -> bool:
        """The owners' SMS carries the order's short number (X-8)."""
        order = self.trail.parts.get("order")
        if order is None:
            return False
        number = str(order["number"])
        for message in await self._messages(session, "channel=sms"):
            if number in message["text"].replace("-", ""):
                self._see("sms", {"id": message["id"], "to": message["to"], "status": message["status"]})
                return True
        return False

    async def _look_at_inbox(self, session: ClientSession) -> bool:
        for message in await self._messages(session, f"channel=email&to={self._email}"):
            facts = {"id": message["id"], "subject": message.get("subject"), "status": message["status"]}
            self._see("email", facts | {"attachments": [each["filename"] for each in message["attachments"]]})
            return True
        return False

    async def _read_kafka(self) -> None:
        seen: dict[str, str] = {}
        async for received in self._tail:
            if not self._is_ours(received.event):
                continue
            if isinstance(received.event, OrderPaid | StockSold):
                seen[received.event.short_type()] = str(received.event_id)
                self._traces[received.event.short_type()] = _trace_of(received)
            if isinstance(received.event, NotificationSent) and received.event.channel == Channel.SMS:
                self._traces["sms"] = _trace_of(received)
            if len(seen) == 2:
                self._see("stream", {"id": seen["stock.sold"], "events": seen})
            if len(self._traces) == 3 and "stream" in self.trail.parts:
                break
        if set(self._traces.values()) == {self._trace}:
            self.trail.trace_id = self._trace
        else:
            self.trail.problem = f"The trace was broken: {self._trace} became {self._traces}."

    def _is_ours(self, event: Event) -> bool:
        ours = isinstance(event, OrderEvent | OrderStockEvent | NotificationEvent)
        return ours and str(getattr(event, "order_id", "")) == self._order_id

    async def _admin(self, session: ClientSession, path: str) -> Reply | None:
        headers = {"Authorization": f"Bearer {self._places.token}"}
        return await ask(session, "GET", f"{self._places.gateway}{path}", headers=headers)

    async def _messages(self, session: ClientSession, query: str) -> list[dict[str, Any]]:
        url = f"{self._places.sandbox}/_sandbox/messages?{query}"
        reply = await ask(session, "GET", url, auth=self._places.sandbox_auth)
        return list(reply.document["data"]) if reply is not None and reply.status == 200 else []

    def _see(self, part: str, facts: Mapping[str, Any]) -> None:
        self.trail.see(part, facts, at=self._clock() - self._began)


async def sell(places: Places, tail: Tail, *, seconds: float) -> Trail:
    """Opens the reader of Kafka first, so that it can't miss the sale."""
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(seconds):
                await stack.enter_async_context(tail)
        except (KafkaError, TimeoutError) as error:
            return Trail(problem=f"Kafka does not answer ({type(error).__name__}). Look at `{status_command()}`.")
        return await DemoSale(places, tail).run(seconds=seconds)


async def _until(look: Watch) -> None:
    """The parts are in other processes: there is nothing here to wait for but the time."""
    while not await look():  # noqa: ASYNC110
        await asyncio.sleep(_POLL_SECONDS)


def _trace_of(received: Received[Event]) -> str | None:
    traceparent = received.envelope.traceparent
    return traceparent.split("-")[1] if traceparent else None
