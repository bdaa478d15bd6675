"""A view whose handler fails: an outage is waited for, a mistake costs one event and no other."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chassis.errors import Unavailable
from eventbus import Received, View
from events import PaymentWebhookFailed, Topic
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-5")]

Batch = Sequence[Received[PaymentWebhookFailed]]


def names(batch: Batch) -> list[str]:
    return [received.event.webhook_type for received in batch]


async def read(bench: Bench, view: View, seen: list[str], *, all_of: Sequence[str]) -> None:
    """Until the view has seen these, and knows that it has."""
    async with bench.bus(view) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a", "b", "c"])

        async def there() -> bool:
            return seen[-len(all_of) :] == list(all_of)

        await eventually(there)
        assert await bus.caught_up(30)
        await ledger.publish(bench.database, bus.outbox, ["d"])

        async def later() -> bool:
            return seen[-1] == "d"

        await eventually(later)


async def test_an_outage_is_waited_for_and_nothing_is_left_out(bench: Bench) -> None:
    seen: list[str] = []
    outages = iter(range(3))

    async def remember(batch: Batch) -> None:
        if next(outages, None) is not None:
            raise Unavailable("database: away")
        seen.extend(names(batch))

    view = View(name="patient", topics=(Topic.PAYMENTS,), types=(PaymentWebhookFailed,), handler=remember)
    await read(bench, view, seen, all_of=["a", "b", "c"])
    assert seen == ["a", "b", "c", "d"]


async def test_an_event_that_a_view_stumbles_over_costs_no_other(bench: Bench) -> None:
    seen: list[str] = []

    async def stumble(batch: Batch) -> None:
        if "b" in names(batch):
            raise LookupError("b")
        seen.extend(names(batch))

    view = View(name="clumsy", topics=(Topic.PAYMENTS,), types=(PaymentWebhookFailed,), handler=stumble)
    await read(bench, view, seen, all_of=["a", "c"])
    assert seen == ["a", "c", "d"]


async def test_an_outage_does_not_hold_up_the_end(bench: Bench) -> None:
    tried: list[str] = []

    async def fail(batch: Batch) -> None:
        tried.extend(names(batch))
        raise Unavailable("database: away")

    view = View(name="waiting", topics=(Topic.PAYMENTS,), types=(PaymentWebhookFailed,), handler=fail)
    async with bench.bus(view) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a"])

        async def twice() -> bool:
            return len(tried) >= 2

        await eventually(twice)
    ended = len(tried)
    assert not await bus.caught_up(0)
    assert len(tried) == ended
