"""Deeds about orders, and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from chassis.ids import short_number
from chassis.tickets import TicketClaims, TicketSigner
from checkout.catalogue.api import CatalogueDeps
from checkout.orders import store as orders_store
from checkout.orders.domain import Cause
from checkout.passes import store as passes_store
from checkout.passes.domain import Use
from events import OrderId, OrderState, SeatState, TicketCode
from tests.integration.audit.house import TICKETS, House
from tests.integration.audit.prepared.stock import a_pool
from tests.integration.audit.prepared.wishes import Prepare, Wish, nothing
from tests.integration.checkout.world import city_entry, load, terms
from tests.unit.checkout.samples import a_pass, order

_CHARGE = """
INSERT INTO payment_charges (processor, payment_intent, order_id, session_id, amount, currency, paid_at, surplus)
VALUES ('stripe', $1, $2, $1, $3, $4, now(), false)
"""


async def a_paid_order(house: House, service: str) -> Wish:
    paid = order(OrderState.PAID, order_id=OrderId(uuid4()), number=short_number())
    signer = TicketSigner(TICKETS)
    claims = [TicketClaims.of(paid.order_id, seat=seat.seat, city_id=seat.city_id) for seat in paid.seats]
    codes = tuple(TicketCode(seat=each.seat, code=signer.sign(each)) for each in claims)
    seats = tuple(seat.model_copy(update={"state": SeatState.SOLD}) for seat in paid.seats)
    sold, cause = replace(paid, seats=seats, tickets=codes), Cause(who="customer", why="placed")
    async with house.database(service).transaction() as tx:
        await orders_store.insert(tx, sold, cause)
        await orders_store.update(tx, sold, previous=sold.state, cause=cause, at=sold.placed_at)
        await tx.execute(_CHARGE, str(uuid4()), sold.order_id, sold.amount, sold.currency)
    form = {"reason": "it was a test", "back": "sale", "key": str(uuid4())}
    return Wish(parts={"order_id": str(sold.order_id)}, body={"reason": form["reason"], "returnSeats": True}, form=form)


async def a_free_order(house: House, service: str) -> Wish:
    wish = await a_paid_order(house, service)
    free = "UPDATE orders SET amount = 0 WHERE order_id = $1::text::uuid"
    await house.database(service).execute(free, (wish.parts or {})["order_id"])
    body = {"reason": "it was a test"}
    return replace(wish, body=body, form=body)


async def to_give_a_pass(house: House, service: str) -> Wish:
    await _on_sale(house, service, "any-city")
    return Wish(body={"email": "jordan@example.com", "pass": "ten-classes", "reason": "it was a test"})


async def to_give_tickets(house: House, service: str) -> Wish:
    city_id = str(((await a_pool(house, "inventory")).body or {})["cityId"])
    await _on_sale(house, service, city_id)
    body = {"email": "jordan@example.com", "cityId": city_id, "tier": "ga", "quantity": 1, "reason": "a test"}
    return Wish(body=body)


async def _on_sale(house: House, service: str, city_id: str) -> None:
    await load(house.database(service), [city_entry(city_id)], terms())
    deps: CatalogueDeps = house.apps[service].state.deps[CatalogueDeps]
    await deps.memory.refresh()


async def a_pass_to_use(house: House, service: str) -> Wish:
    held = a_pass(pass_id=uuid4(), order_id=OrderId(uuid4()), valid_until=datetime.now(UTC) + timedelta(days=1))
    async with house.database(service).transaction() as tx:
        await passes_store.insert(tx, held)
    form = {"place": "Studio two", "key": str(uuid4())}
    return Wish(parts={"pass_id": str(held.pass_id)}, body={"place": "Studio two"}, form=form)


async def a_used_pass(house: House, service: str) -> Wish:
    wish = await a_pass_to_use(house, service)
    pass_id = UUID((wish.parts or {})["pass_id"])
    use = Use(use_id="door-1", number=1, place="Studio two", used_by="door", used_at=datetime.now(UTC))
    async with house.database(service).transaction() as tx:
        await tx.execute("UPDATE passes SET used = 1 WHERE pass_id = $1", pass_id)
        await passes_store.add_use(tx, pass_id, use)
    reason = "it was a test"
    return Wish(
        parts=wish.parts, body={"useId": use.use_id, "reason": reason}, form={"use_id": use.use_id, "reason": reason}
    )


async def a_city_to_refund(house: House, service: str) -> Wish:
    """One order is paid in a city of its own."""
    wish, city = await a_paid_order(house, service), f"dallas-{uuid4().hex[:8]}"
    moved = "UPDATE orders SET city_ids = ARRAY[$2] WHERE order_id = $1::text::uuid"
    await house.database(service).execute(moved, (wish.parts or {})["order_id"], city)
    body = {"reason": "it was a test", "returnSeats": False, "expectedOrders": 1}
    return replace(wish, parts={"city_id": city}, body=body)


async def to_void(house: House, service: str) -> Wish:
    form = {"seats": "1", "reason": "a test", "key": str(uuid4())}
    return replace(await a_paid_order(house, service), body={"seats": [1], "reason": "a test"}, form=form)


async def to_transfer(house: House, service: str) -> Wish:
    whom = {"email": "robin@example.com", "reason": "a test"}
    form = {"seats": "1", "first_name": "Robin", "last_name": "Hale", **whom}
    body = {"seats": [1], "firstName": "Robin", "lastName": "Hale", **whom}
    return replace(await a_paid_order(house, service), body=body, form=form)


async def to_send(house: House, service: str) -> Wish:
    paid = await a_paid_order(house, service)
    return replace(paid, body={"reason": "a test"}, form={"reason": "a test", "key": str(uuid4())})


async def to_rename(house: House, service: str) -> Wish:
    form = {"first_name": "Robin", "last_name": "Hale", "email": "robin@example.com", "reason": "a test"}
    return replace(await a_paid_order(house, service), body={"firstName": "Robin", "reason": "a test"}, form=form)


async def to_move(house: House, service: str) -> Wish:
    """A paid order, and a pool in another city that has seats."""
    there = str(((await a_pool(house, "inventory")).body or {})["cityId"])
    await _on_sale(house, service, there)
    paid = await a_paid_order(house, service)
    form = {"place": f"{there}/ga", "reason": "a test"}
    return replace(paid, body={"cityId": there, "tier": "ga", "reason": "a test"}, form=form)


DEEDS: Final[Mapping[str, Prepare]] = {
    "refund_requested": a_paid_order,
    "order_cancelled": a_free_order,
    "pending_processed": nothing,
    "city_refund_started": a_city_to_refund,
    "order_seats_moved": to_move,
    "tickets_voided": to_void,
    "tickets_transferred": to_transfer,
    "tickets_requested": to_send,
    "order_customer_changed": to_rename,
    "pass_granted": to_give_a_pass,
    "tickets_granted": to_give_tickets,
    "pass_used": a_pass_to_use,
    "pass_use_undone": a_used_pass,
}
