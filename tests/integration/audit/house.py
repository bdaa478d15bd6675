"""The four services in this process, each on a database of its own, and people who do things there by HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from chassis.audit.refused import RefusedDeeds
from chassis.database import Database, Row
from chassis.encryption import new_encryption_key
from chassis.http.deeds import DeedGuard
from chassis.http.guards import PersonGuard, guards_of
from chassis.ids import short_number
from chassis.keys import SigningKey
from chassis.process import ProcessRole
from chassis.tickets import TicketClaims, TicketSigner
from chassis.tokens import Role, TokenSigner
from checkout.catalogue.api import CatalogueDeps
from checkout.orders import store as orders_store
from checkout.orders.domain import Cause
from checkout.passes import store as passes_store
from checkout.passes.domain import Use
from events import OrderId, OrderState, SeatState, TicketCode
from stack.layout import SERVICES
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.serving import serving
from tests.integration.checkout.world import city_entry, load, terms
from tests.integration.notifier import harness
from tests.unit.chassis.asgi import Answer, call
from tests.unit.checkout.samples import a_pass, order

SIGN_IN = SigningKey.generate("s1")
TICKETS = SigningKey.generate("t1")
# Nobody listens there: what is told to Kafka or sent to vendors waits or fails, which is nothing to the audit.
NOWHERE = 9
ADDRESS = "203.0.113.77"
# Each connects something once.
_PROVIDERS: Final = count(1)
READING: Final = frozenset({"GET", "HEAD"})
# In the place of the parts of a path that are nothing's.
NOBODYS_ID: Final = "0190b3a0-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Door:
    """An operation of a service by which a person does something."""

    service: str
    method: str
    path: str
    guards: tuple[PersonGuard, ...]

    @property
    def deed(self) -> DeedGuard:
        (guard,) = self.guards
        assert isinstance(guard, DeedGuard), f"{self} does something, and says not what (chassis.http.deeds)"
        return guard

    @property
    def on_a_page(self) -> bool:
        return self.path.startswith("/staff/")

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class House:
    apps: Mapping[str, FastAPI]

    def database(self, service: str) -> Database:
        found: Database = self.apps[service].state.bus.database
        return found

    def database_url(self, service: str) -> str:
        url: str = self.apps[service].state.settings.database_url.get_secret_value()
        return url

    def refused(self, service: str) -> RefusedDeeds:
        found: RefusedDeeds = self.apps[service].state.refused_deeds
        return found

    def doors(self) -> Iterator[Door]:
        for service, app in self.apps.items():
            for context in iter_route_contexts(app.routes):
                if not isinstance(context.original_route, APIRoute):
                    continue
                assert context.original_route.path == context.path, "logs and figures name a route by its own path"
                guards = [each for each in guards_of(context.original_route.dependant) if isinstance(each, PersonGuard)]
                for method in (context.methods or set()) - READING if guards else ():
                    yield Door(service, method, context.path or "", tuple(guards))

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        *,
        role: Role | None = None,
        provider: str | None = None,
        query: str = "",
        body: Any = None,
        text: str = "",
    ) -> Answer:
        """`provider`: whose the token is, for the role of providers; `text`: a body that is no JSON."""
        sent = json.dumps(body) if body is not None else text
        return await self._send(service, method, path, "application/json", sent, role, query, provider=provider)

    async def send(
        self, service: str, path: str, form: Mapping[str, str], *, role: Role, provider: str | None = None
    ) -> Answer:
        """As a page's form does."""
        kind = "application/x-www-form-urlencoded"
        return await self._send(service, "POST", path, kind, urlencode(form), role, "", provider=provider)

    async def _send(
        self,
        service: str,
        method: str,
        path: str,
        kind: str,
        body: str,
        role: Role | None,
        query: str,
        *,
        provider: str | None = None,
    ) -> Answer:
        headers = {"X-Forwarded-For": ADDRESS, "Content-Type": kind, **(bearer(role, provider) if role else {})}
        return await call(self.apps[service], method, path, headers=headers, query=query, body=body.encode())

    async def log(self, service: str, **filters: Any) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        path = f"/api/admin/{service}/audit-log"
        answer = await self.ask(service, "GET", path, role=Role.ADMIN, query=query)
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.json["data"]
        return found


def path_of(path: str, parts: Mapping[str, str] | None = None) -> str:
    """The address of a route, with these parts of its path."""
    return re.sub(r"{(\w+)}", lambda found: (parts or {}).get(found[1], NOBODYS_ID), path)


def email_of(role: Role) -> str:
    return f"{role}@example.com"


def bearer(role: Role, provider: str | None = None) -> dict[str, str]:
    """`provider`: whose the token is, for the role of providers; each has an address of its own."""
    email = email_of(role) if provider is None else f"p{provider}@example.com"
    signed = TokenSigner(SIGN_IN).issue(provider or role, email=email, role=role, provider=provider)
    return {"Authorization": f"Bearer {signed}"}


@asynccontextmanager
async def open_house(
    make_database: MakeDatabase, *, services: Sequence[str] = SERVICES, vendors: int = NOWHERE
) -> AsyncIterator[House]:
    """`vendors`: the port at which all of them are asked."""
    inventory = free_port()
    async with AsyncExitStack() as stack:
        apps = {}
        for service in services:
            values = {
                **harness.environment(
                    database=make_database(service),
                    kafka=f"127.0.0.1:{NOWHERE}",
                    prefix="",
                    notifier=NOWHERE,
                    sandbox=vendors,
                ),
                "AUTH_SIGNING_KEY": SIGN_IN.export(),
                "AUTH_PUBLIC_KEYS": SIGN_IN.public_keys().export(),
                "TICKET_SIGNING_KEY": TICKETS.export(),
                "ENCRYPTION_KEY": new_encryption_key(),
                "TICKET_PUBLIC_KEYS": TICKETS.public_keys().export(),
                "INVENTORY_URL": f"http://127.0.0.1:{inventory}",
                "AUTHORIZED_DOMAIN": "example.com",
            }
            apps[service] = app = import_module(f"{service}.app").create(values, role=ProcessRole.API)
            await stack.enter_async_context(app.router.lifespan_context(app))
        if "inventory" in apps:
            await stack.enter_async_context(serving(apps["inventory"], inventory, lifespan="off"))
        yield House(apps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person must ask for, so that a deed is done: the parts of its path, and its body; a page's form has that
    of its own.
    """

    body: Mapping[str, Any] | None = None
    parts: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = None


Prepare = Callable[[House, str], Awaitable[Wish]]

_LETTER = """
INSERT INTO dead_letters (group_name, event_id, day, topic, partition, "offset", header_names, header_values, reason,
                          attempts, died_at, event_type)
VALUES ('sample', $1, current_date, 'orders', 0, 7, '{}', '{}', 'broken', 8, now(), 'fullhouse.order.paid.v1')
RETURNING id
"""
_TICKET = """
INSERT INTO tickets (order_id, seat, city_id, tier, code, valid, place, issued_at, order_number)
VALUES ($1, 1, 'dallas-jan-2026', 'ga', $2, true, 'public', now(), $2)
"""
_STOPPED = "INSERT INTO subscription_stops VALUES ('sample', '20 events in a row died', now()) ON CONFLICT DO NOTHING"
_STANDS = "INSERT INTO consumer_offsets VALUES ('sample', 'orders', 0, 5, 'cluster') ON CONFLICT DO NOTHING"
_UNREADABLE = "INSERT INTO partition_stops VALUES ('sample', 'orders', 0, 5, 6, 'compressed', now())"
_WEBHOOK = """
INSERT INTO webhook_events (processor, event_id, occasion, type, thin, live_mode, payload, state, created_at,
                            received_at)
VALUES ('stripe', $1, $1, 'charge.refunded', false, false, '{}', 'failed', now(), now())
"""
_COLLECTION = """
INSERT INTO commission_collections (provider_id, currency, number, period_from, period_to, commission, amount,
    created_at)
VALUES ($1, 'USD', 1, app_now(), app_now(), 500, 500, app_now()) RETURNING collection_id
"""
_OPEN_PAGE: Final = """
INSERT INTO way_attempts (attempt_id, decision_id, appointment_id, provider_id, place, decision, processor, amount,
    currency, commission, wish, state, page_id, page_url, created_at, changed_at)
VALUES ($1, $2, $3, 7, 0, 'platform', 'stripe', 8000, 'USD', 0, '{"key": "k", "amount": 8000, "currency": "USD",
    "title": "", "email": "", "success_url": "", "cancel_url": ""}', 'open', 'cs_1', 'https://pay.example.com',
    app_now(), app_now())
"""
_PAID_PAGE: Final = """
UPDATE way_attempts SET state = 'paid', payment_id = 'pi_' || appointment_id, paid_at = app_now()
WHERE appointment_id = $1
"""
_CHARGE_OF_APPOINTMENT: Final = """
INSERT INTO charge_entries (processor, source_id, appointment_id, kind, amount, currency, fee, at)
VALUES ('stripe', concat('pi_', $1::integer), $1::integer, 'payment', 8000, 'USD', 0, app_now())
"""
_RUN = """
INSERT INTO reconciliation_runs (run_id, scope, since, until, dry_run, started_by, by_person, state, started_at)
VALUES ($1, 'period', now() - interval '1 day', now(), false, 'ann@example.com', true, $2, now())
"""
_DIFFERENCE = """
INSERT INTO reconciliation_differences (run_id, difference_id, account, kind, subject, evidence, state, known, found_at,
                                     looked_at, open)
VALUES ($1, $2, 'stripe', 'amount_differs', 'cs_test_1', '{}', 'person', false, now(), now(), true)
"""
_JOB = """
INSERT INTO jobs (name, purpose, reminder, schedule, at_most, due_at, declared_at)
VALUES ($1, 'A test.', $2, '0 9 * * * UTC', interval '1 minute', now() + interval '1 day', now())
ON CONFLICT (name) DO NOTHING
"""
BECAUSE = {"because": "it was a test"}
TIMES = {"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}


async def letter(house: House, service: str, body: Mapping[str, Any] = MappingProxyType({})) -> Wish:
    number: Row = await house.database(service).fetchval(_LETTER, uuid4())
    return Wish(parts={"letterId": str(number)}, body=dict(body))


async def letter_with_reason(house: House, service: str) -> Wish:
    return await letter(house, service, BECAUSE)


async def stopped(house: House, service: str) -> Wish:
    await house.database(service).execute(_STOPPED)
    return Wish(parts={"group": "sample"}, body=BECAUSE)


async def unreadable(house: House, service: str) -> Wish:
    await house.database(service).execute(_STANDS)
    await house.database(service).execute(_UNREADABLE)
    return Wish(parts={"group": "sample"}, body={**BECAUSE, "topic": "orders", "partition": 0, "offset": 5})


async def reading(house: House, service: str) -> Wish:
    await house.database(service).execute(_STANDS)
    return Wish(parts={"group": "sample"}, body={**BECAUSE, "topic": "orders"})


async def because(_house: House, _service: str) -> Wish:
    return Wish(body=BECAUSE)


async def some_time(_house: House, _service: str) -> Wish:
    return Wish(body=TIMES)


async def failed_webhook(house: House, service: str) -> Wish:
    event_id = f"evt_{uuid4().hex}"
    await house.database(service).execute(_WEBHOOK, event_id)
    return Wish(parts={"processor": "stripe", "event_id": event_id}, body={"reason": "a test"})


async def a_moment(_house: House, _service: str) -> Wish:
    """Of which nothing can have been told yet."""
    return Wish(body={"since": (datetime.now(UTC) + timedelta(hours=1)).isoformat()})


async def pause(_house: House, _service: str) -> Wish:
    return Wish(body={"enabled": True, "reason": "We mend something"})


async def trouble(_house: House, _service: str) -> Wish:
    return Wish(body={"severity": "low", "category": "venue", "summary": f"The door {uuid4()} sticks"})


async def raised(house: House, service: str) -> Wish:
    wish = await trouble(house, service)
    answer = await house.ask(service, "POST", "/api/alerts", role=Role.OPERATOR, body=wish.body)
    return Wish(parts={"alert_id": answer.json["id"]})


async def a_job(house: House, service: str, *, reminder: bool = False) -> Wish:
    await house.database(service).execute(_JOB, name := f"job-{uuid4()}", reminder)
    return Wish(parts={"name": name})


async def a_job_or_backup(house: House, service: str) -> Wish:
    """The monitor's job `backup` begins at an address of its own, too."""
    await house.database(service).execute(_JOB, "backup", False)
    return await a_job(house, service)


async def a_reminder(house: House, service: str) -> Wish:
    return replace(await a_job(house, service, reminder=True), body={"note": "it was a test"})


async def a_look(_house: House, _service: str) -> Wish:
    return Wish(parts={"kind": "tasks"}, body={})


async def some_reason(_house: House, _service: str) -> Wish:
    return Wish(body={"reason": "it was a test"})


_CITY = "INSERT INTO cities VALUES ($1, 0, 1, true, false, now(), now() + interval '1 day')"
_POOL = """
INSERT INTO pools (city_id, tier, public_limit, actual_limit, starting_public_limit, starting_actual_limit)
VALUES ($1, 'ga', 5, 9, 4, 8)
"""


_LEDGER = """
INSERT INTO ledger (city_id, tier, operation, quantity, actor, reason, before, after, recorded_at)
VALUES ($1, 'ga', 'expand', 9, 'checkout', 'opened', '{}', $2, now())
"""
_CHARGE = """
INSERT INTO payment_charges (processor, payment_intent, order_id, session_id, amount, currency, paid_at, surplus)
VALUES ('stripe', $1, $2, $1, $3, $4, now(), false)
"""
_NONE = ("held", "sold", "spareSold", "oversold")


async def a_pool(house: House, service: str, **body: Any) -> Wish:
    city = f"city-{uuid4()}"
    await house.database(service).execute(_CITY, city)
    await house.database(service).execute(_POOL, city)
    asked = {"tier": "ga", "reason": "it was a test"}
    return Wish(body={"cityId": city, **asked, **body}, parts={"city_id": city}, form={**asked, "key": str(uuid4())})


async def to_expand(house: House, service: str) -> Wish:
    wish = await a_pool(house, service, additionalSpots=3, authorizedBy=email_of(Role.ADMIN))
    return replace(wish, form={**(wish.form or {}), "spots": "3"})


async def to_shrink(house: House, service: str) -> Wish:
    wish = await a_pool(house, service, spots=3)
    return replace(wish, form={**(wish.form or {}), "spots": "3"})


async def a_ticket(house: House, service: str) -> Wish:
    number = short_number()
    await house.database(service).execute(_TICKET, uuid4(), number)
    return Wish(body={"orderNumber": number, "seat": 1, "door": "Door A"})


async def a_used_ticket(house: House, service: str) -> Wish:
    wish = await a_ticket(house, service)
    used = await house.ask(service, "POST", "/api/admin/checkin", role=Role.OPERATOR, body=wish.body)
    return Wish(body={"orderNumber": used.json["orderNumber"], "seat": 1, "reason": "it was a test"})


async def a_wrong_pool(house: House, service: str) -> Wish:
    wish = await a_pool(house, service)
    city = (wish.body or {})["cityId"]
    await house.database(service).execute(
        _LEDGER, city, {"publicLimit": 5, "actualLimit": 9, **dict.fromkeys(_NONE, 0)}
    )
    await house.database(service).execute("UPDATE pools SET sold = 1 WHERE city_id = $1", city)
    return wish


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


async def a_buyer(_house: House, _service: str) -> Wish:
    return Wish(body={"address": ADDRESS, "reason": "it was a test"})


async def a_block(house: House, service: str) -> Wish:
    made = await house.ask(
        service, "POST", "/api/admin/blocks", role=Role.ADMIN, body=(await a_buyer(house, service)).body
    )
    return Wish(parts={"block_id": made.json["blockId"]}, body={"reason": "it was a test"})


async def a_provider(_house: House, _service: str) -> Wish:
    return Wish(parts={"provider": "7"}, body={"name": "Pat", "email": "pat@example.com"})


async def provider_settings(house: House, service: str) -> Wish:
    known = await a_provider(house, service)
    await house.ask(service, "PUT", "/api/admin/providers/7", role=Role.ADMIN, body=known.body)
    form = {"payment_mode": "hybrid", "min_external_amount": "20", "max_platform_amount": f"{100 + next(_PROVIDERS)}"}
    return Wish(parts=known.parts, body={"payment_mode": "hybrid"}, form=form)


async def an_emergency(house: House, service: str) -> Wish:
    await provider_settings(house, service)
    path, body = "/api/v1/hybrid-payments/settings/7", {"payment_mode": "decentralized"}
    await house.ask(service, "PATCH", path, role=Role.ADMIN, body=body)
    return Wish(body={"action": "centralize"})


async def to_book(house: House, service: str) -> Wish:
    await provider_settings(house, service)
    starts = f"2027-03-01T09:00:00.{uuid4().int % 1_000_000:06}Z"
    return Wish(body={"provider": 7, "customer_email": "jordan@example.com", "price": "80.00", "starts": starts})


async def an_appointment(house: House, service: str) -> Wish:
    asked = await to_book(house, service)
    booked = await house.ask(service, "POST", "/api/v1/appointments", role=Role.ADMIN, body=asked.body)
    return Wish(parts={"appointment_id": str(booked.json["id"])}, body={"state": "cancelled"})


async def to_pay(house: House, service: str) -> Wish:
    """An appointment whose payment page is open: no processor has to be there."""
    routed = await to_route(house, service)
    number = (routed.body or {})["appointment_id"]
    decided = await house.ask(service, "POST", "/api/v1/hybrid-payments/route", role=Role.ADMIN, body=routed.body)
    await house.database(service).execute(_OPEN_PAGE, uuid4(), UUID(decided.json["decision_id"]), number)
    return Wish(parts={"appointment_id": str(number)}, body={})


async def to_give_back(house: House, service: str) -> Wish:
    """An appointment that was paid; the processor has not to be there: the refund is due then."""
    paid = await to_pay(house, service)
    number = int((paid.parts or {})["appointment_id"])
    await house.database(service).execute(_PAID_PAGE, number)
    await house.database(service).execute(_CHARGE_OF_APPOINTMENT, number)
    return Wish(parts=paid.parts, body={"reason": "it was a test"})


async def to_route(house: House, service: str) -> Wish:
    booked = await an_appointment(house, service)
    return Wish(body={"appointment_id": int((booked.parts or {})["appointment_id"]), "amount": "80.00"})


async def a_call_for_help(house: House, service: str) -> Wish:
    asked = {"kind": "other", "email": "jordan@example.com", "text": f"Please help, {uuid4()}"}
    taken = await house.ask(service, "POST", "/api/support", body=asked)
    return Wish(parts={"request_id": taken.json["requestId"]}, body={"reason": "it was a test"})


async def a_held_run(house: House, service: str) -> Wish:
    await house.database(service).execute(_RUN, run_id := uuid4(), "held")
    return Wish(parts={"run_id": str(run_id)})


async def a_difference(house: House, service: str) -> Wish:
    database, difference_id = house.database(service), uuid4()
    await database.execute(_RUN, run_id := uuid4(), "done")
    await database.execute(_DIFFERENCE, run_id, difference_id)
    return Wish(parts={"difference_id": str(difference_id)}, body={"reason": "it was a test"})


async def to_connect(_house: House, _service: str) -> Wish:
    provider = next(_PROVIDERS)
    return Wish(body={"provider": provider, "processor": "square", "credentials": {"access_token": f"tok-{uuid4()}"}})


async def to_be_permitted(_house: House, _service: str) -> Wish:
    return Wish(body={"provider": next(_PROVIDERS), "processor": "square"})


async def a_connection(house: House, service: str) -> Wish:
    wish = await to_connect(house, service)
    path = "/api/v1/external-payments/connections"
    made = await house.ask(service, "POST", path, role=Role.ADMIN, body=wish.body)
    return Wish(parts={"connection_id": str(made.json["id"])}, body={"account_name": "Studio North"})


async def a_plain_connection(house: House, service: str) -> Wish:
    return replace(await a_connection(house, service), body=None)


async def a_connected_account(house: House, service: str) -> Wish:
    wish = await a_plain_connection(house, service)
    assert wish.parts is not None
    await house.database(service).execute(
        "UPDATE processor_connections SET status = 'connected' WHERE connection_id = $1",
        int(wish.parts["connection_id"]),
    )
    return wish


async def a_connection_without_webhooks(house: House, service: str) -> Wish:
    return replace(await a_connection(house, service), body={"repair": True})


async def a_collection(house: House, service: str) -> Wish:
    return Wish(parts={"collection_id": str(await a_collection_of(house, service, next(_PROVIDERS)))})


async def a_collection_of(house: House, service: str, provider: int) -> int:
    """One of a wrong amount, for nothing was paid; its number."""
    number: int = await house.database(service).fetchval(_COLLECTION, provider)
    return number


async def nothing(_house: House, _service: str) -> Wish:
    return Wish(body={})


# How each deed comes to be done, by its action.
PREPARED: Final[Mapping[str, Prepare]] = {
    "letter_redriven": letter,
    "letter_dropped": letter_with_reason,
    "group_started": stopped,
    "group_skipped": unreadable,
    "group_read_again": reading,
    "archive_republished": some_time,
    "refused_sent_again": because,
    "refused_dropped": because,
    "database_dumped": some_reason,
    "inventory_expanded": to_expand,
    "inventory_shrunk": to_shrink,
    "inventory_reset": a_pool,
    "inventory_corrected": a_wrong_pool,
    "job_run": a_job_or_backup,
    "job_done": a_reminder,
    "process_inspected": a_look,
    "webhook_closed": failed_webhook,
    "webhooks_replayed": a_moment,
    "maintenance_changed": pause,
    "buyer_blocked": a_buyer,
    "block_lifted": a_block,
    "appointment_booked": to_book,
    "appointment_changed": an_appointment,
    "payment_routed": to_route,
    "payment_routing_tested": to_route,
    "collections_made": nothing,
    "collection_verified": a_collection,
    "collection_retried": a_collection,
    "collection_recalculated": a_collection,
    "appointment_payment_asked": to_pay,
    "appointment_refunded": to_give_back,
    "provider_kept": a_provider,
    "providers_emergency": an_emergency,
    "revenue_rebuilt": nothing,
    "provider_settings_changed": provider_settings,
    "support_closed": a_call_for_help,
    "refund_requested": a_paid_order,
    "order_cancelled": a_free_order,
    "pending_processed": nothing,
    "reconciliation_started": nothing,
    "reconciliation_confirmed": a_held_run,
    "reconciliation_difference_closed": a_difference,
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
    "ticket_checked_in": a_ticket,
    "ticket_check_in_undone": a_used_ticket,
    "connection_created": to_connect,
    "connection_changed": a_connection,
    "connection_revoked": a_connection,
    "connection_permission_asked": to_be_permitted,
    "connection_validated": a_plain_connection,
    "connection_reset": a_plain_connection,
    "connection_webhook_checked": a_connection_without_webhooks,
    "connection_sync_asked": a_connected_account,
    "external_reconciliation_started": nothing,
    "connection_keys_rotated": nothing,
    "alert_raised": trouble,
    "alert_acknowledged": raised,
    "alert_resolved": raised,
    "test_sms_sent": nothing,
    "test_email_sent": nothing,
}
