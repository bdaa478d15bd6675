"""A reader gets every message once, whatever the order in which a process happens to read the partitions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, cast

import pytest

from chassis.clock import SystemClock
from chassis.ids import uuid7
from eventbus import RawRecord, Received
from events import Envelope, Event, ServiceErrorsCounted, StockLow, StockScope, Topic
from monitor.streams.domain import Place, Positions, StreamFilter, read_positions, short_name
from monitor.streams.feed import Feed
from monitor.streams.reader import StreamReader, StreamRequest
from monitor.streams.ring import Ring
from tests.unit.monitor.samples import NOW, attempt_failed, level, order_paid, stock_sold

PLACES: tuple[Place, ...] = tuple((topic.value, number) for topic in (Topic.ORDERS, Topic.STOCK) for number in range(3))
ZERO = dict.fromkeys(PLACES, 0)


def received(place: Place, offset: int, event: Event | None = None) -> Received[Event]:
    event = event or order_paid()
    envelope = Envelope(id=uuid7(), source="test", type=event.type, time=NOW, subject=event.key)
    record = RawRecord(topic=place[0], partition=place[1], offset=offset, key=None, value=None, headers=())
    return Received(event=event, envelope=envelope, record=record)


class FixedFeed:
    """A ring that the test fills."""

    def __init__(self, ring: Ring) -> None:
        self.current = ring

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        yield

    async def ring(self) -> Ring:
        return self.current


def reader(
    ring: Ring, *, last_id: str | None = None, behind: int = 10_000, wanted: StreamFilter | None = None
) -> StreamReader:
    request = StreamRequest(
        wanted=wanted or StreamFilter(), short_names=False, last_id=last_id, behind=behind, ended=lambda: None
    )
    return StreamReader(cast("Feed", FixedFeed(ring)), request, clock=SystemClock())


async def take(source: StreamReader, *, until: int) -> tuple[list[str], list[str], str]:
    """Event ids, kinds, and the last position, reading until so many events have come."""
    ids: list[str] = []
    kinds: list[str] = []
    last = ""
    stream = source.stream()
    async with asyncio.timeout(60):
        while len(ids) < until:
            text = await anext(stream)
            for block in text.split("\n\n"):
                if found := re.search(r"^id: (\S+)$", block, re.MULTILINE):
                    last = found[1]
                if found := re.search(r"^event: (\S+)$", block, re.MULTILINE):
                    kinds.append(found[1])
                if found := re.search(r'^data: \{"id":"([^"]+)"', block, re.MULTILINE):
                    ids.append(found[1])
                    if len(ids) == until:
                        break
    await cast("Any", stream).aclose()
    return ids, kinds, last


def ring_of(messages: Iterable[Received[Event]], *, limit: int = 1000, starts: dict[Place, int] | None = None) -> Ring:
    ring = Ring(starts=starts or ZERO, ends=starts or ZERO, limit=limit)
    for message in messages:
        ring.append(message)
    return ring


def shuffled(rng: Random, lanes: Mapping[Place, Sequence[Received[Event]]]) -> list[Received[Event]]:
    """Another interleaving of the partitions; each keeps its own order."""
    waiting = {place: list(messages) for place, messages in lanes.items()}
    out = []
    while any(waiting.values()):
        place = rng.choice([place for place, messages in waiting.items() if messages])
        out.append(waiting[place].pop(0))
    return out


@pytest.mark.proves("M-10")
def test_positions_survive_the_way_to_the_reader_and_back() -> None:
    offsets = {place: 7**index for index, place in enumerate(PLACES)}
    assert read_positions(Positions(offsets).text()) == offsets
    assert read_positions(Positions(offsets, log=7).text(), log=7) == offsets
    assert read_positions(Positions(offsets, log=7).text(), log=8) is None  # a former cluster's
    for wrong in ("", "x", "!!!", "AAAA", Positions(offsets).text()[:-4], "9" * 4000):
        assert read_positions(wrong) is None


@pytest.mark.proves("M-10")
@pytest.mark.asyncio
async def test_every_message_comes_once_through_restarts_that_read_in_another_order() -> None:
    for seed in range(40):
        rng = Random(seed)
        print(f"seed {seed}")
        lanes = {place: [received(place, offset) for offset in range(rng.randrange(8))] for place in PLACES}
        expected = {str(message.event_id) for lane in lanes.values() for message in lane}
        got: list[str] = []
        last: str | None = Positions(ZERO).text()
        while len(got) < len(expected):
            ring = ring_of(shuffled(rng, lanes))
            some = min(len(expected) - len(got), rng.randrange(1, 6))
            ids, _, last = await take(reader(ring, last_id=last), until=some)
            got += ids
        assert len(got) == len(set(got))
        assert set(got) == expected


@pytest.mark.asyncio
async def test_a_new_reader_gets_what_comes_from_now_on() -> None:
    ring = ring_of(received(PLACES[0], offset) for offset in range(5))
    source = reader(ring)
    stream = source.stream()
    await anext(stream)
    ring.append(received(PLACES[0], 5))
    text = await anext(stream)
    assert text.count("data: ") == 1


@pytest.mark.asyncio
async def test_a_new_reader_of_a_ring_that_is_still_filling_gets_nothing_old() -> None:
    place = PLACES[0]
    ring = Ring(starts=ZERO, ends={**ZERO, place: 3}, limit=10)
    stream = reader(ring).stream()
    await anext(stream)
    for offset in range(4):
        ring.append(received(place, offset))
    text = await anext(stream)
    assert text.count("data: ") == 1


@pytest.mark.proves("M-10")
@pytest.mark.asyncio
@pytest.mark.parametrize("last_id", ["nonsense", Positions(ZERO).text()])
async def test_what_is_too_old_or_no_id_of_ours_is_answered_with_gone(last_id: str) -> None:
    ring = ring_of((received(PLACES[0], offset) for offset in range(5)), limit=3)
    first = await anext(reader(ring, last_id=last_id).stream())
    assert "event: gone\n" in first


@pytest.mark.asyncio
async def test_what_is_missing_outside_the_filter_is_not_missed() -> None:
    ring = ring_of([*(received(PLACES[0], offset) for offset in range(5)), received(PLACES[3], 0)], limit=1)
    wanted = StreamFilter(topics=frozenset({Topic.STOCK.value}))
    ids, kinds, _ = await take(reader(ring, last_id=Positions(ZERO).text(), wanted=wanted), until=1)
    assert len(ids) == 1
    assert "gone" not in kinds


@pytest.mark.proves("M-10")
@pytest.mark.asyncio
async def test_a_reader_that_falls_behind_is_told_so_and_loses_nothing_by_coming_again() -> None:
    place, ring = PLACES[0], ring_of([])
    stream = reader(ring, behind=10).stream()
    begun = await anext(stream)
    for offset in range(11):
        ring.append(received(place, offset))
    dropped = await anext(stream)
    assert dropped.startswith("event: dropped\n")
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
    found = re.search(r"^id: (\S+)$", begun, re.MULTILINE)
    assert found
    ids, _, _ = await take(reader(ring, last_id=found[1], behind=10), until=11)
    assert len(set(ids)) == 11


@pytest.mark.asyncio
async def test_a_ring_that_ends_is_gone_on_from_in_the_next_one() -> None:
    place = PLACES[0]
    first, second = ring_of([received(place, 0)]), ring_of([received(place, 0), received(place, 1)])
    feed = FixedFeed(first)
    request = StreamRequest(wanted=StreamFilter(), short_names=False, last_id=None, behind=10, ended=lambda: None)
    stream = StreamReader(cast("Feed", feed), request, clock=SystemClock()).stream()
    await anext(stream)
    feed.current = second
    first.close()
    await anext(stream)
    assert (await anext(stream)).count("data: ") == 1


def low(city: str) -> StockLow:
    return StockLow(
        city_id=city,
        stock_version=1,
        remaining_inventory={"ga": 5},
        pools={"ga": level(5)},
        occurred_at=NOW,
        scope=StockScope.TIER,
        tier="ga",
        available=5,
        level="CRITICAL",
        threshold=5,
    )


def counted(severity: str) -> ServiceErrorsCounted:
    return ServiceErrorsCounted(
        service="notifier",
        instance="n",
        category="communication_errors",
        error="sms_delivery_failed",
        severity=severity,
        count=1,
        occurred_at=NOW,
    )


@pytest.mark.proves("M-10")
def test_short_names() -> None:
    assert short_name(stock_sold(1, 5)) == "ticket_sale"
    assert short_name(low("x")) == "inventory_low"
    assert short_name(counted("high")) == "system_error"
    assert short_name(counted("medium")) == "service.errors_counted"
    assert short_name(attempt_failed(buyers_fault=True)) == "payment.attempt_failed"


@pytest.mark.proves("X-9")
@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (StreamFilter(), 5),
        (StreamFilter(topics=frozenset({"orders"})), 1),
        (StreamFilter(types=frozenset({"stock.low"})), 2),
        (StreamFilter(types=frozenset({"fullhouse.stock.low.v1", "order.paid"})), 3),
        (StreamFilter(types=frozenset({"inventory_low"})), 2),
        (StreamFilter(types=frozenset({"system_error"})), 1),
        (StreamFilter(cities=frozenset({"tampa"})), 1),
        (StreamFilter(cities=frozenset({"tampa", "dallas-jan-2027"})), 3),
        (StreamFilter(severities=frozenset({"high"})), 1),
        (StreamFilter(severities=frozenset({"high", "low"}), topics=frozenset({"orders"})), 0),
    ],
)
def test_filters_take_both_names_and_may_be_repeated(wanted: StreamFilter, count: int) -> None:
    events = [order_paid(), stock_sold(1, 5), low("tampa"), low("other"), counted("high")]
    places = [PLACES[0], *[PLACES[3]] * 3, PLACES[4]]
    ring = ring_of(
        received(place, offset, event) for offset, (place, event) in enumerate(zip(places, events, strict=True))
    )
    assert sum(wanted.takes(message) for message in ring.since(0, 10)) == count


@pytest.mark.proves("E-10")
def test_what_is_personal_is_masked() -> None:
    (message,) = ring_of([received(PLACES[0], 0)]).since(0, 1)
    assert "pat@example.com" not in message.body
    assert '"T1"' not in message.body
    assert "\n" not in message.body
