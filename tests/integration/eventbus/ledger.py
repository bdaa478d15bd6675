"""A made-up service for the bus's tests: facts to publish, and an effect that can be counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chassis.database import Database, Transaction
from eventbus import Effect, Handler, Outbox, Received, RetryPolicy, Start
from events import PaymentWebhookFailed, Topic, TopicPlan

GROUP = "ledger"
QUICK = RetryPolicy(attempts=3, first_delay_seconds=0.01, longest_delay_seconds=0.02)

_TABLE = "CREATE TABLE IF NOT EXISTS effects (id bigserial PRIMARY KEY, event_id uuid, name text)"


def fact(name: str, *, key: str = "k") -> PaymentWebhookFailed:
    """`name` is what is counted; facts of one `key` keep their order."""
    return PaymentWebhookFailed(
        webhook_id=key,
        webhook_type=name,
        processor="stripe",
        attempts=1,
        cause="none",
        last_error="none",
        order_id=None,
    )


async def prepare(database: Database) -> None:
    await database.execute(_TABLE)


async def publish(database: Database, outbox: Outbox, names: Iterable[str], *, key: str = "k") -> None:
    """One transaction."""
    async with database.transaction() as tx:
        await outbox.publish(tx, *(fact(name, key=key) for name in names))


async def count(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
    await tx.executemany(
        "INSERT INTO effects (event_id, name) VALUES ($1, $2)",
        [(received.event_id, received.event.webhook_type) for received in batch],
    )


def count_effect(handler: Handler = count, *, start: Start = Start.BEGINNING, retry: RetryPolicy = QUICK) -> Effect:
    return Effect(
        group=GROUP, topics=(Topic.PAYMENTS,), start=start, handlers={PaymentWebhookFailed: handler}, retry=retry
    )


async def effects(database: Database) -> list[str]:
    return [row["name"] for row in await database.fetch("SELECT name FROM effects ORDER BY id")]


PLANS = (TopicPlan(name=Topic.PAYMENTS.value), TopicPlan(name=Topic.PAYMENTS.dlq))
