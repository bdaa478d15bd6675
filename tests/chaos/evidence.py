"""Evidence from the databases of a running stack, and from the vendors' side."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from chassis.database import Database
from cli import restoring
from events import ALERT_TOPICS, AlertEvent, Channel
from invariants import (
    Charge,
    Evidence,
    Message,
    PaidOrder,
    Waiting,
)
from invariants.alerting import BY_INCIDENT
from notifier.alerts.domain import AlertRoutes
from stack.layout import SERVICES
from tests.chaos import alert_evidence as alerts
from tests.chaos import stock_evidence as stock
from tests.fixtures.stack import WholeStack
from tests.integration.thread.shop import Shop

NUMBER = re.compile(r"\b([0-9A-Z]{4})-([0-9A-Z]{4})\b")
PAGE = 500
# What must be empty at rest: in every service's database, then in single ones.
EVERYWHERE = {
    "rows in the outbox": "SELECT count(*) FROM outbox",
    "rows that Kafka refused": "SELECT count(*) FROM outbox_refused",
    "deferred events": "SELECT count(*) FROM inbox_deferred",
    "dead letters": "SELECT count(*) FROM dead_letters",
    "stopped subscriptions": "SELECT count(*) FROM subscription_stops",
}
OF_ORDERS = "SELECT count(*) FROM deliveries WHERE order_id IS NOT NULL"
# What waits for business hours has nothing to do yet.
OF_ALERTS = (
    "SELECT count(*) FROM deliveries WHERE alert_id IS NOT NULL AND next_attempt_at < app_now() + interval '1 h'"
)
ALSO = {
    "checkout": {
        "webhooks not handled": "SELECT count(*) FROM webhook_events WHERE state NOT IN ('done', 'ignored', 'closed')",
        "purchases half made": "SELECT count(*) FROM checkout_requests WHERE state = 'running' OR release_due",
        "payment pages half made": "SELECT count(*) FROM payment_attempts WHERE state = 'creating'",
    },
    "inventory": {},
    "notifier": {
        "messages of orders not handed over": f"{OF_ORDERS} AND state IN ('queued', 'sending', 'unknown')",
        "messages of orders that failed": f"{OF_ORDERS} AND state IN ('failed', 'suppressed')",
        "messages of alerts not handed over": f"{OF_ALERTS} AND state IN ('queued', 'sending', 'unknown')",
        "receipts not settled": "SELECT count(*) FROM receipts WHERE state = 'pending'",
    },
    "monitor": {},
}


@dataclass(frozen=True, slots=True)
class Witness:
    """Reads past the services; `databases` by service, `people`: whom alerts reach."""

    shop: Shop
    databases: Mapping[str, Database]
    people: AlertRoutes

    async def evidence(self) -> Evidence:
        """One look; while anything moves its parts may not belong together."""
        state = await self.shop.control("GET", "state")
        rows = [row for channel in Channel if channel not in BY_INCIDENT for row in await self._rows(channel)]
        told = await restoring.told(self.shop.stack.kafka(), AlertEvent, ALERT_TOPICS.values())
        orders = await self._orders()
        return Evidence(
            orders=orders,
            recorded=await self._recorded(),
            processed=tuple(_charge(row) for row in state["stripe"]["charges"] if row["paid"]),
            seats=await stock.seats(self.databases["inventory"]),
            holds=await stock.holds(self.databases["inventory"]),
            pools=await stock.pools(self.databases["inventory"]),
            ledger=await stock.ledger(self.databases["inventory"]),
            messages=tuple(_messages(rows)),
            owners=tuple(self.shop.stack.value("SMS_TARGET_NUMBERS").split(",")),
            waiting=await self._waiting(),
            paid=stock.added_up(orders),
            counted=await stock.counted(self.databases["monitor"]),
            alerts=await alerts.of_monitor(self.databases["monitor"]),
            told=tuple(alerts.step(event) for event in told),
            heard=await alerts.heard(self.databases["notifier"]),
            addresses=tuple(alerts.addresses(told, self.people)),
            deliveries=await alerts.deliveries(self.databases["notifier"]),
            taken=tuple(alerts.taken(row) for row in rows),
            pages=tuple(alerts.page(row) for row in state["pagerduty"]["incidents"]),
        )

    async def _orders(self) -> tuple[PaidOrder, ...]:
        rows = await self.databases["checkout"].fetch("SELECT * FROM orders WHERE paid_at IS NOT NULL")
        return tuple(
            PaidOrder(
                order_id=str(row["order_id"]),
                number=row["number"],
                seats=len(row["seats"]),
                amount=row["amount"],
                refunded=row["refunded_amount"],
                email=row["email"],
                codes=tuple(ticket["code"] for ticket in row["tickets"]),
            )
            for row in rows
        )

    async def _recorded(self) -> tuple[Charge, ...]:
        rows = await self.databases["checkout"].fetch("SELECT * FROM payment_charges")
        return tuple(
            Charge(
                payment_intent=row["payment_intent"],
                order_id=str(row["order_id"]),
                amount=row["amount"],
                refunded=row["refunded"],
            )
            for row in rows
        )

    async def _rows(self, channel: Channel) -> list[dict[str, Any]]:
        """All that a vendor has handed over of ours."""
        found: list[dict[str, Any]] = []
        query, cursor = f"messages?channel={channel}&limit={PAGE}", ""
        while True:
            page = await self.shop.control("GET", f"{query}{cursor}")
            found += [row for row in page["data"] if not row["inbound"]]
            if page["nextCursor"] is None:
                return found
            cursor = f"&cursor={page['nextCursor']}"

    async def _waiting(self) -> tuple[Waiting, ...]:
        found = [
            await waiting(self.databases[service], service, {**EVERYWHERE, **ALSO[service]}) for service in SERVICES
        ]
        return tuple(each for row in found for each in row)


@asynccontextmanager
async def witness(stack: WholeStack, shop: Shop) -> AsyncIterator[Witness]:
    """With connections of its own; open it when the databases are there, and again after they were not."""
    async with AsyncExitStack() as stacked:
        databases = {}
        for service in SERVICES:
            databases[service] = await Database.connect(stack.database_url(service), application="witness", pool_size=1)
            stacked.push_async_callback(databases[service].close)
        yield Witness(shop, databases, alerts.routes(stack))


async def alarms(stack: WholeStack) -> tuple[tuple[str, ...], dict[str, int]]:
    """What the monitor, by the same rules, has told people to be broken; and how much it looked at, the last time."""
    monitor = await Database.connect(stack.database_url("monitor"), application="witness", pool_size=1)
    rows = await monitor.fetch(
        "SELECT summary FROM alerts WHERE rule IN ('invariant_broken', 'inventory_negative', 'fulfilment_late')"
        " ORDER BY triggered_at"
    )
    numbers = await monitor.fetchval("SELECT look -> 'numbers' FROM proof_looks")
    await monitor.close()
    return tuple(row["summary"] for row in rows), numbers or {}


async def waiting(database: Database, service: str, questions: Mapping[str, str]) -> list[Waiting]:
    """`questions`: what to count, by the words for it."""
    return [Waiting(service=service, what=what, count=await database.fetchval(sql)) for what, sql in questions.items()]


def _messages(rows: Iterable[Mapping[str, Any]]) -> Iterator[Message]:
    """Those that speak of an order; alerts have rules of their own."""
    for row in rows:
        number = NUMBER.search(row["text"])
        if number is not None and row["channel"] in {Channel.SMS, Channel.EMAIL}:
            yield Message(channel=row["channel"], recipient=row["to"], number="".join(number.groups()))


def _charge(row: Mapping[str, Any]) -> Charge:
    return Charge(
        payment_intent=row["paymentIntent"],
        order_id=row["metadata"]["orderId"],
        amount=row["amount"],
        refunded=row["amountRefunded"],
    )
