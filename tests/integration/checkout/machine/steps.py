"""What people, banks and the processor may do, one thing at a time. What is not possible right now does nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from chassis.tokens import Role
from tests.integration.checkout.machine.house import LOST, Bought, House
from tests.integration.checkout.machine.reading import Row, at_processor
from tests.integration.checkout.money import page_of
from tests.integration.checkout.stripe_webhooks import send
from tests.integration.checkout.world import CARD, Answer

GA, VIP, MEMBER, FREE, PASS = "ga", "vip", "member", "free", "pass"
_WISHES: Final[dict[str, dict[str, Any]]] = {
    GA: {},
    VIP: {"ticketType": "VIP"},
    MEMBER: {"isSixFBMember": True},
    FREE: {"discountCode": "GIFT"},
}
_ROBIN: Final = {"firstName": "Robin", "lastName": "Hale", "email": "robin@example.com"}


class Step(Protocol):
    """One thing that happens."""

    async def run(self, house: House, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Buy:
    buyer: int
    kind: str
    quantity: int

    async def run(self, house: House, /) -> None:
        if self.buyer not in house.buyers:
            house.buyers[self.buyer] = self._wish(house)
        await house.buy(self.buyer)

    def _wish(self, house: House) -> Bought:
        world, name = house.world, f"{self.buyer}-{house.world.email}"
        customer = world.wish()["customerData"] | {"email": name}
        headers = {"Idempotency-Key": name, "X-Forwarded-For": f"192.0.2.{self.buyer + 1}"}
        if self.kind == PASS:
            body = {"passId": "ten-classes", "isSixFBMember": False, "customerData": customer}
            return Bought(url="/api/passes/buy", body=body, headers=headers)
        body = world.wish(quantity=self.quantity, customerData=customer, **_WISHES[self.kind])
        return Bought(url="/api/create-checkout-session", body=body, headers=headers)


@dataclass(frozen=True, slots=True)
class Pay:
    """On the order's own page."""

    buyer: int
    card: str = CARD

    async def run(self, house: House, /) -> None:
        order = house.order(self.buyer)
        if order and order["sessionId"]:
            await house.world.pay(order["sessionId"], self.card)


@dataclass(frozen=True, slots=True)
class PayElsewhere:
    """On a second page of the same order: a second charge, or one that comes late."""

    buyer: int

    async def run(self, house: House, /) -> None:
        order = house.order(self.buyer)
        if order and order["amount"]:
            with suppress(AssertionError, *LOST):  # a fault may strike the call
                page = await page_of(house.world, price=order["amount"], quantity=1, order_id=order["orderId"])
                await house.world.pay(page)


@dataclass(frozen=True, slots=True)
class DebitsEnd:
    """The banks have decided."""

    async def run(self, house: House, /) -> None:
        await house.world.advance_sandbox(200)


@dataclass(frozen=True, slots=True)
class PromiseOver:
    """The promised time has passed."""

    buyer: int

    async def run(self, house: House, /) -> None:
        if order := house.order(self.buyer):
            sql = "UPDATE payment_attempts SET due_at = app_now() WHERE order_id = $1 AND state = 'open'"
            await house.world.database.execute(sql, UUID(order["orderId"]))


@dataclass(frozen=True, slots=True)
class HoldOver:
    """Inventory's own end of the hold has passed as well."""

    buyer: int

    async def run(self, house: House, /) -> None:
        order = house.order(self.buyer)
        if order is None:
            return
        order_id = UUID(order["orderId"])
        house.hold_over.add(order["orderId"])
        sql = "UPDATE orders SET hard_until = app_now() WHERE order_id = $1"
        await house.world.database.execute(sql, order_id)
        sql = "UPDATE holds SET hard_until = app_now() WHERE order_id = $1 AND hard_until IS NOT NULL"
        await house.stock.execute(sql, order_id)


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The buyer wants the seats no more."""

    buyer: int

    async def run(self, house: House, /) -> None:
        if order := house.order(self.buyer):
            cookie = f"fullhouse_order_{UUID(order['orderId']).hex}={order['orderToken']}"
            headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
            await house.ask("POST", "/cancel", data={"order": order["orderId"]}, headers=headers, allow_redirects=False)


@dataclass(frozen=True, slots=True)
class Cancel:
    """Staff wish the order cancelled."""

    buyer: int

    async def run(self, house: House, /) -> None:
        if order := house.order(self.buyer):
            await house.cancel(order["orderId"])


@dataclass(frozen=True, slots=True)
class Refund:
    """Through us: an amount in cents, seats, or with neither all that is left."""

    buyer: int
    amount: int | None
    seats: tuple[int, ...]
    back: bool

    async def run(self, house: House, /) -> None:
        order = house.order(self.buyer)
        if order is None:
            return
        wish = {"seats": list(self.seats)} if self.seats else {"amount": self.amount} if self.amount else {}
        body = {"reason": "a test", "returnSeats": self.back, **wish}
        await house.by_staff(f"orders/{order['orderId']}/refund", body)


@dataclass(frozen=True, slots=True)
class RefundAtProcessor:
    """At its dashboard, where nobody knows what we are about."""

    pick: int
    amount: int | None

    async def run(self, house: House, /) -> None:
        charge = await _one(house, "charges", self.pick)
        if charge is not None:
            body = {"amount": self.amount} if self.amount else {}
            await _control(house, f"charges/{charge['id']}/refund", body)


@dataclass(frozen=True, slots=True)
class RefundFails:
    """A bank sends one back that was done."""

    pick: int

    async def run(self, house: House, /) -> None:
        refund = await _one(house, "refunds", self.pick)
        if refund is not None:
            await _control(house, f"refunds/{refund['id']}/fail", {})


@dataclass(frozen=True, slots=True)
class Dispute:
    """A bank takes money back, or asks; about money that went back before there is nothing to freeze (C-5)."""

    pick: int
    inquiry: bool

    async def run(self, house: House, /) -> None:
        charge = await _one(house, "charges", self.pick)
        if charge is None:
            return
        answer = await _control(house, f"charges/{charge['id']}/dispute", {"inquiry": self.inquiry})
        charge = await _one(house, "charges", self.pick)
        if charge and charge["amountRefunded"] == charge["amount"] and answer.status == 201:
            house.idle_disputes.add(answer.body["id"])


@dataclass(frozen=True, slots=True)
class Decide:
    """The bank has decided about a dispute."""

    pick: int
    won: bool

    async def run(self, house: House, /) -> None:
        dispute = await _one(house, "disputes", self.pick)
        if dispute is not None:
            await _control(house, f"disputes/{dispute['id']}/close", {"outcome": "won" if self.won else "lost"})


@dataclass(frozen=True, slots=True)
class RefundCity:
    back: bool

    async def run(self, house: House, /) -> None:
        path = f"cities/{house.world.city}/refund"
        shown = await house.ask("GET", f"/api/admin/{path}", headers=house.world.token())
        if shown is not None and shown.status == 200:
            body = {"reason": "a test", "returnSeats": self.back, "expectedOrders": shown.body["orders"]}
            await house.by_staff(path, body)


@dataclass(frozen=True, slots=True)
class Transfer:
    """A ticket goes to somebody else."""

    buyer: int
    seat: int

    async def run(self, house: House, /) -> None:
        if order := house.order(self.buyer):
            body = {"seats": [self.seat], "reason": "a test", **_ROBIN}
            await house.by_staff(f"orders/{order['orderId']}/tickets/transfer", body)


@dataclass(frozen=True, slots=True)
class Fault:
    """The processor fails calls, or tells wrongly."""

    kind: str
    operation: str | None
    count: int

    async def run(self, house: House, /) -> None:
        where = {"operation": self.operation} if self.operation else {}
        await house.world.fault(kind=self.kind, count=self.count, delayMs=60, **where)


@dataclass(frozen=True, slots=True)
class ToldAgain:
    """The processor tells of something once more."""

    pick: int

    async def run(self, house: House, /) -> None:
        events = await house.events()
        if events:
            event = events[self.pick % len(events)]
            with suppress(*LOST):
                await send(house.world, event)


@dataclass(frozen=True, slots=True)
class SettlePending:
    """People have what is open asked for."""

    async def run(self, house: House, /) -> None:
        headers = house.world.token(Role.OPERATOR)
        await house.ask("POST", "/api/admin/process-pending", headers=headers)


async def _one(house: House, kind: str, pick: int) -> Row | None:
    rows: Sequence[Row] = (await at_processor(house.world))[kind]
    return rows[pick % len(rows)] if rows else None


async def _control(house: House, path: str, body: dict[str, Any]) -> Answer:
    """What the sandbox refuses is not possible at the processor."""
    return await house.world.ask("POST", f"{house.world.sandbox}/_sandbox/stripe/{path}", json=body)
