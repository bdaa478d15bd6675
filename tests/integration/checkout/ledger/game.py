"""What providers, buyers, banks, operators and machines do, drawn from a seed, and what plain numbers foresee."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import aiohttp

from chassis.clock import SystemClock
from chassis.settings import SANDBOX_STAND_INS
from tests.integration.checkout.ledger.house import LedgerHouse
from tests.integration.checkout.ledger.sellers import PROCESSORS, LedgerProvider, card_form
from tests.integration.checkout.ways import OPERATIONS

COLLECTIONS: Final = "/api/v1/platform-collections"
CONNECTIONS: Final = "/api/v1/external-payments/connections"
POINTS: Final = (
    "checkout.before_collection", "checkout.after_collection", "checkout.after_way_attempt", "checkout.after_way_page",
    "relay.after_ack", "relay.after_move", "consumer.after_commit",
)  # fmt: skip
LISTS: Final = {
    "paypal": ("transactions.search", "captures.get", "disputes.list", "disputes.get"),
    "square": ("payments.list", "payments.get", "disputes.list"),
    "stripe": ("balance_transactions.list", "payment_intents.retrieve", "charges.create", "charges.list"),
}
# What is meant for checkout may meet the provider.
_MOST_FAULTS: Final = 100
FAULTS: Final = ("timeout_before", "timeout_after", "error", "rate_limit")
LOST: Final = ("drop_webhook", "drop_webhook", "duplicate_webhook", "reorder_webhooks", "late_webhook")


@dataclass(slots=True, kw_only=True)
class Sale:
    """A payment that a provider took elsewhere.

    left: what of it did not go back
    charge: Stripe's id of it
    dispute: one that is open
    disputed: what a bank has, or keeps for good
    """

    provider: LedgerProvider
    processor: str
    payment_id: str
    amount: int
    left: int
    charge: str = ""
    dispute: str = ""
    disputed: int = 0
    was_disputed: bool = False


@dataclass(slots=True, kw_only=True)
class LedgerGame:
    """One run."""

    house: LedgerHouse
    providers: list[LedgerProvider]
    rng: Random
    sales: list[Sale] = field(default_factory=list)
    pages: int = 0

    async def play(self, steps: int) -> None:
        often = [self.sell] * 8 + [self.give_back] * 3 + [self.dispute] * 2 + [self.decide] * 2 + [self.collect] * 3
        seldom = [self.book, self.book, self.read, self.read, self.fail, self.lose, self.calm, self.collect_at_once]
        moves = [*often, *seldom, self.kill, self.crash, self.back_up, self.go_back]
        certain = {steps // 3: self.back_up, steps * 2 // 3: self.go_back}
        for number in range(steps):
            await self.house.up()
            await certain.get(number, self.rng.choice(moves))()

    async def sell(self) -> None:
        await self._sell(self.rng.choice(self.providers), self.rng.choice(PROCESSORS), self.rng.randint(1, 80_000))

    async def much(self, provider: LedgerProvider) -> None:
        """A payment that outweighs whatever has gone back."""
        await self._sell(provider, "stripe", 900_000)

    async def _sell(self, provider: LedgerProvider, processor: str, amount: int) -> None:
        at = (SystemClock().now() - timedelta(minutes=self.rng.randint(300, 3_600))).isoformat()
        account = provider.accounts[processor].account_id
        if processor == "square":
            made = await self.house.control("POST", "square/payments", seller=account, amount=amount, at=at)
            sale = Sale(provider=provider, processor=processor, payment_id=made["id"], amount=amount, left=amount)
        elif processor == "paypal":
            wanted = {"merchantId": account, "amount": amount, "currency": provider.currency, "at": at}
            made = await self.house.control("POST", "paypal/payments", **wanted)
            sale = Sale(provider=provider, processor=processor, payment_id=made["id"], amount=amount, left=amount)
        else:
            purchase = {"at": at, "email": "jordan@example.com", "unitAmount": amount,
                        "currency": provider.currency.lower(), "deeds": [{"deed": "pay", "at": at}]}  # fmt: skip
            made = await self.house.control("POST", "stripe/history", account=account, purchases=[purchase])
            (bought,) = made["data"]
            sale = Sale(
                provider=provider, processor=processor, payment_id=bought["paymentIntent"], amount=amount, left=amount
            )
            sale.charge = await self._charge(sale)
        self.sales.append(sale)

    async def give_back(self) -> None:
        """A part of a payment, in the processor's own desk."""
        found = [each for each in self.sales if each.left and not each.was_disputed]
        if not found:
            return
        sale = self.rng.choice(found)
        part = self.rng.randint(1, sale.left)
        sale.left -= part
        if sale.processor == "square":
            await self.house.control("POST", f"square/payments/{sale.payment_id}/refund", amount=part)
        elif sale.processor == "paypal":
            await self.house.control("POST", f"paypal/captures/{sale.payment_id}/refund", amount=part)
        else:
            await self._stripe("POST", "refunds", sale, payment_intent=sale.payment_id, amount=str(part))

    async def dispute(self) -> None:
        """A bank takes all of a payment of which nothing went back."""
        found = [each for each in self.sales if each.left == each.amount and not each.was_disputed]
        if not found:
            return
        sale = self.rng.choice(found)
        path = {
            "square": f"square/payments/{sale.payment_id}/dispute",
            "paypal": f"paypal/captures/{sale.payment_id}/dispute",
            "stripe": f"stripe/charges/{sale.charge}/dispute",
        }[sale.processor]
        sale.dispute = (await self.house.control("POST", path))["id"]
        sale.disputed, sale.was_disputed = sale.left, True

    async def decide(self) -> None:
        found = [each for each in self.sales if each.dispute]
        if not found:
            return
        sale, won = self.rng.choice(found), self.rng.random() < 0.5
        outcome = "won" if won else "lost"
        await self.house.control("POST", f"{sale.processor}/disputes/{sale.dispute}/close", outcome=outcome)
        sale.dispute, sale.disputed = "", 0 if won else sale.disputed

    async def book(self) -> None:
        """A buyer pays an appointment on the page that checkout opens, and may come back."""
        provider, price = self.rng.choice(self.providers), self.rng.randint(5_000, 40_000)
        major = f"{price / 100:.2f}" if provider.currency == "USD" else str(price)
        starts = (SystemClock().now() + timedelta(days=30, minutes=self.pages)).isoformat()
        self.pages += 1
        body = {"provider": provider.provider_id, "customer_email": "jordan@example.com", "price": major,
                "currency": provider.currency, "starts": starts}  # fmt: skip
        booked = await self.house.ask("POST", "/api/v1/appointments", json=body)
        if booked is None or booked.status != 200:
            return
        wish = {"processor": self.rng.choice(PROCESSORS)}
        opened = await self.house.ask("POST", f"/api/v1/appointments/{booked.body['id']}/pay", json=wish)
        if opened is None or opened.status != 200:
            return
        url = opened.body["url"]
        async with self.house.world.http.post(url, data=card_form(url), allow_redirects=False) as answer:
            await answer.read()
        if self.rng.random() < 0.5:
            await self.house.ask("POST", f"/api/v1/appointments/{booked.body['id']}/pay", json={})

    async def collect(self) -> None:
        await self.house.ask("POST", COLLECTIONS, json={})

    async def collect_at_once(self) -> None:
        await asyncio.gather(*(self.collect() for _ in range(3)))

    async def read(self) -> None:
        provider = self.rng.choice(self.providers)
        await self.house.ask("POST", f"{CONNECTIONS}/{provider.connections[self.rng.choice(PROCESSORS)]}/sync")

    async def fail(self) -> None:
        vendor = self.rng.choice(PROCESSORS)
        operation = self.rng.choice([*OPERATIONS[vendor], *LISTS[vendor]])
        fault = {"kind": self.rng.choice(FAULTS), "count": self.rng.choice([1, 1, 3, 20]), "delayMs": 0}
        await self.house.control("POST", "faults", vendor=vendor, operation=operation, **fault)

    async def lose(self) -> None:
        fault = {"kind": self.rng.choice(LOST), "count": self.rng.randint(1, 5)}
        await self.house.control("POST", "faults", vendor=self.rng.choice(PROCESSORS), **fault)

    async def calm(self) -> None:
        """All processors answer again, and whoever is on call tries again what has failed."""
        await self.house.control("DELETE", "faults")
        failed = await self.house.ask("GET", f"{COLLECTIONS}?status=failed")
        for each in failed.body["data"] if failed is not None and failed.status == 200 else ():
            await self.house.ask("POST", f"{COLLECTIONS}/{each['id']}/retry")

    async def kill(self) -> None:
        """In the middle of a few things, wherever it is."""
        asked: list[Callable[[], Awaitable[None]]] = [self.collect, self.read, self.book, self.sell, self.give_back]
        together = asyncio.gather(*(self.rng.choice(asked)() for _ in range(3)))
        await asyncio.sleep(self.rng.random() * 0.4)
        await self.house.kill()
        await together

    async def crash(self) -> None:
        """From now on it dies at a point, when it comes to it."""
        await self.house.kill()
        await self.house.start(self.rng.choice(POINTS))

    async def back_up(self) -> None:
        if self.house.kept is None:
            await self.house.back_up()

    async def go_back(self) -> None:
        if self.house.kept is not None:
            await self.house.restore()

    async def _charge(self, sale: Sale) -> str:
        return str((await self._stripe("GET", f"payment_intents/{sale.payment_id}", sale))["latest_charge"])

    async def _stripe(self, method: str, path: str, sale: Sale, **form: str) -> Any:
        key = SANDBOX_STAND_INS["STRIPE_SECRET_KEY"]
        theirs = {"Authorization": f"Bearer {key}", "Stripe-Account": sale.provider.accounts["stripe"].account_id}
        url = f"{self.house.world.sandbox}/stripe/v1/{path}"
        for _ in range(_MOST_FAULTS):
            with suppress(aiohttp.ClientError):
                answer = await self.house.world.ask(method, url, headers=theirs, data=form or None)
                if answer.status == 200:
                    return answer.body
        raise AssertionError(url)
