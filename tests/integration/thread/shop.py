"""A buyer's hands on the whole stack: places, pays, and looks at what came of it, as the outside sees it."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from ipaddress import IPv4Address
from typing import Any

import aiohttp

from chassis.database import Database
from tests.fixtures.stack import WholeStack

CARD = "4242424242424242"
DECLINED = "4000000000000002"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    order_id: str
    session_id: str
    email: str


class Shop:
    """One test's view of the stack; `http` is closed by its owner."""

    def __init__(self, stack: WholeStack, http: aiohttp.ClientSession) -> None:
        self.stack = stack
        self._http = http
        self._admin = {"authorization": f"Bearer {stack.token()}"}

    async def checkout(
        self,
        city: str,
        *,
        tier: str = "GA",
        quantity: int = 1,
        email: str = "jordan.ellis@example.com",
        key: str | None = None,
        address: str | None = None,
        place: str | None = None,
    ) -> tuple[int, Json]:
        """Status and body of `POST /api/create-checkout-session`.

        `key` is the idempotency key; `address` is where the buyer is, if not on this machine; `place` opens a place in
        the waiting list, whose offer is taken.
        """
        customer = {
            "firstName": "Jordan",
            "lastName": "Ellis",
            "email": email,
            "phone": "+1 214 555 0137",
            "businessType": "barber",
        }
        body = {
            "ticketType": tier,
            "quantity": quantity,
            "isSixFBMember": False,
            "customerData": customer,
            "cityId": city,
            "waitlistPlace": place,
        }
        url = f"{self.stack.gateway_url}/api/create-checkout-session"
        headers = {"idempotency-key": key} if key is not None else {}
        if address is not None:
            headers["x-forwarded-for"] = address
        async with self._http.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def checkout_with_key(self, city: str, key: str) -> tuple[int, Json] | None:
        """None when the connection broke before an answer came."""
        try:
            return await self.checkout(city, key=key)
        except (aiohttp.ClientError, ValueError):
            return None

    async def sessions_of(self, purchase: Purchase) -> list[Json]:
        """Stripe's sessions that were made for the order."""
        headers = {"authorization": f"Bearer {self.stack.value('STRIPE_SECRET_KEY')}"}
        url = f"{self.stack.sandbox_url}/stripe/v1/checkout/sessions?limit=100"
        async with self._http.get(url, headers=headers) as answer:
            sessions: list[Json] = (await answer.json())["data"]
        return [one for one in sessions if one["metadata"].get("orderId") == purchase.order_id]

    async def expire(self, purchase: Purchase) -> None:
        """The payment page ends, as if its time were over."""
        headers = {"authorization": f"Bearer {self.stack.value('STRIPE_SECRET_KEY')}"}
        url = f"{self.stack.sandbox_url}/stripe/v1/checkout/sessions/{purchase.session_id}/expire"
        async with self._http.post(url, headers=headers) as answer:
            assert answer.status == HTTPStatus.OK, await answer.text()

    async def page(self, url: str) -> str:
        """A page as a browser gets it."""
        async with self._http.get(url) as answer:
            assert answer.status == HTTPStatus.OK, await answer.text()
            return await answer.text()

    async def place(self, city: str, *, tier: str = "GA", quantity: int = 1, email: str | None = None) -> Purchase:
        address = email or f"{city}.{time.monotonic_ns()}@example.com"
        status, body = await self.checkout(city, tier=tier, quantity=quantity, email=address)
        assert status == 200, body
        return Purchase(order_id=body["orderId"], session_id=body["sessionId"], email=address)

    async def pay(self, purchase: Purchase, card: str = CARD) -> Json:
        return await self.control("POST", f"stripe/sessions/{purchase.session_id}/pay", {"card": card})

    async def control(self, method: str, path: str, body: Json | None = None) -> Json:
        """The sandbox's control API."""
        url = f"{self.stack.sandbox_url}/_sandbox/{path}"
        async with self._http.request(method, url, json=body) as answer:
            content: Json = await answer.json()
            assert answer.status < 300, content
            return content

    async def debit(self, session_id: str) -> bool:
        """Pays by bank debit; False when the page does not offer it."""
        url = f"{self.stack.sandbox_url}/_sandbox/stripe/sessions/{session_id}/pay"
        async with self._http.post(url, json={"card": "debit_succeeds"}) as answer:
            assert answer.status in {HTTPStatus.OK, HTTPStatus.CONFLICT}, await answer.text()
            return answer.status == HTTPStatus.OK

    async def order(self, purchase: Purchase) -> Json:
        return await self._get(f"/api/orders/{purchase.order_id}")

    async def stock(self, city: str) -> Json:
        return await self._get(f"/api/inventory/{city}")

    async def ask(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        """Status and body of a call as an administrator, through the gateway; with a new token when that has ended."""
        url = f"{self.stack.gateway_url}{path}"
        async with self._http.request(method, url, json=body, headers=self._admin) as answer:
            if answer.status != HTTPStatus.UNAUTHORIZED:
                return answer.status, await answer.json(content_type=None)
        self._admin = {"authorization": f"Bearer {await asyncio.to_thread(self.stack.token)}"}
        async with self._http.request(method, url, json=body, headers=self._admin) as answer:
            return answer.status, await answer.json(content_type=None)

    async def status(self, path: str, *, token: str, method: str = "GET", address: str | None = None) -> int:
        """How whoever has the token is answered; `address` is where they are, if not on this machine."""
        headers = {"authorization": f"Bearer {token}", **({"x-forwarded-for": address} if address else {})}
        async with self._http.request(method, f"{self.stack.gateway_url}{path}", headers=headers) as answer:
            return answer.status

    async def _get(self, path: str) -> Json:
        async with self._http.get(f"{self.stack.gateway_url}{path}", headers=self._admin) as answer:
            content: Json = await answer.json()
            assert answer.status == 200, content
            return content

    async def texts(self, purchase: Purchase) -> list[Json]:
        """The owners' SMS of this sale, by the order's short number."""
        number = (await self.order(purchase))["number"]
        shown = f"{number[:4]}-{number[4:]}"
        return [message for message in await self.messages("sms") if shown in message["text"]]

    async def mails(self, purchase: Purchase) -> list[Json]:
        return [message for message in await self.messages("email") if message["to"] == purchase.email]

    async def messages(self, channel: str) -> list[Json]:
        found: list[Json] = (await self.control("GET", f"messages?channel={channel}&limit=500"))["data"]
        return found

    def owners(self) -> int:
        return len(self.stack.value("SMS_TARGET_NUMBERS").split(","))

    async def deliver(self, event: Json) -> int:
        """Posts a Stripe event to the gateway, signed as Stripe signs it; the status of the answer."""
        payload = json.dumps(event).encode()
        stamp = str(int(time.time()))
        secret = self.stack.value("STRIPE_WEBHOOK_SECRET").split(",")[0]
        signature = hmac.new(secret.encode(), f"{stamp}.".encode() + payload, sha256).hexdigest()
        headers = {"stripe-signature": f"t={stamp},v1={signature}", "content-type": "application/json"}
        url = f"{self.stack.gateway_url}/api/webhooks/stripe"
        async with self._http.post(url, data=payload, headers=headers) as answer:
            return answer.status

    async def stripe_events(self, purchase: Purchase) -> list[Json]:
        """The events of the purchase's session, oldest first."""
        headers = {"authorization": f"Bearer {self.stack.value('STRIPE_SECRET_KEY')}"}
        url = f"{self.stack.sandbox_url}/stripe/v1/events?limit=100"
        async with self._http.get(url, headers=headers) as answer:
            events: list[Json] = (await answer.json())["data"]
        return [event for event in reversed(events) if event["data"]["object"].get("id") == purchase.session_id]

    async def advance_clock(self, service: str, hours: float) -> None:
        """Moves the one clock by which the service's leases and deadlines run."""
        await self.run_sql(
            service,
            "INSERT INTO app_clock (shift) VALUES (make_interval(secs => $1)) "
            "ON CONFLICT (only_row) DO UPDATE SET shift = excluded.shift",
            hours * 3600,
        )

    async def run_sql(self, service: str, sql: str, *args: object) -> Any:
        database = await Database.connect(self.stack.database_url(service), application="test", pool_size=1)
        try:
            return await database.fetchval(sql, *args)
        finally:
            await database.close()


def address_of(email: str) -> str:
    """An address of the buyer's own: in a sandbox the gateway believes it."""
    return str(IPv4Address(0x0A000000 | int.from_bytes(sha256(email.encode()).digest()[:3])))


async def eventually(condition: Callable[[], Awaitable[bool]], *, seconds: float = 45) -> None:
    """Waits until it holds; fails loudly otherwise."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.1)


async def steady(condition: Callable[[], Awaitable[bool]], *, seconds: float = 2) -> None:
    """Holds now and for a while: what would come twice has time to come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert await condition()
        await asyncio.sleep(0.2)


async def is_complete(shop: Shop, purchase: Purchase) -> bool:
    """Paid, with a code a seat, every owner told once and the buyer once."""
    order = await shop.order(purchase)
    return (
        order["state"] == "paid"
        and len(order["tickets"]) == len(order["seats"])
        and len(await shop.texts(purchase)) == shop.owners()
        and len(await shop.mails(purchase)) == 1
    )


async def all_complete(shop: Shop, purchases: Sequence[Purchase]) -> bool:
    return all([await is_complete(shop, purchase) for purchase in purchases])
