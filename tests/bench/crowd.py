"""Two thousand buyers in a minute before a processor with Stripe's own pace, 2.4 s and 25 a second (L-11, C-1)."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import pairwise

import aiohttp

from stack.layout import LOOPBACK
from tests.bench.report import Figure, Limit
from tests.bench.stand import Stand, at_rate, quantile
from tests.bench.thread import left_at_rest, until_handed_over
from tests.chaos.evidence import Witness, witness
from tests.fixtures.scratch import CITY, scratch_stack
from tests.integration.thread.shop import Json, Shop, address_of

BUYERS = 2_000
SEATS = 1_900
SECONDS = 60.0
STRIPES_PACE = {"sandbox": {"SANDBOX_LIKE_STRIPE": "1"}}
# The other vendors take 25 calls a second, too, and each sale is told to every owner.
TOLD_SECONDS = 600.0
STRIPES_LATENCY_MS = 2_400
# As the page asks.
LOOK_AGAIN_SECONDS = 2.0
PATIENCE = aiohttp.ClientTimeout(total=60)
HOLDS = re.compile(
    r'^http_request_duration_seconds_(bucket|count)(\{[^}]*route="/internal/holds"[^}]*\}) (\S+)$', re.MULTILINE
)
LONGEST_TRANSACTION = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""


@dataclass(slots=True)
class Crowd:
    """What became of everybody.

    asked: how many came
    answers: first ones, by status
    told: who was told why there are no seats or no payment now, by code
    first: seconds until each first answer that names a place in line
    opened: when each payment page was there
    places: the places in line that each buyer who had to wait was told, in their order
    lost: who was told nothing that can be relied on
    """

    asked: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    first: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    places: list[list[int]] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)


async def measure(stand: Stand) -> list[Figure]:
    with scratch_stack(seats=SEATS, extras=STRIPES_PACE, straight=True) as stack:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=PATIENCE) as http:
            shop, crowd = Shop(stack, http), Crowd()
            async with witness(stack, shop) as seen, _longest_transaction(seen) as longest:
                await at_rate(lambda: _come(shop, http, crowd), BUYERS / SECONDS, BUYERS)
                stand.tick()
                await until_handed_over(seen, seconds=TOLD_SECONDS)
                found = await left_at_rest(seen)
                stand.tick()
                sold = await seen.databases["inventory"].fetchval("SELECT sum(sold) FROM pools")
            return [
                *_figures(crowd, sold=int(sold), broken=len(found)),
                _figure("longest_transaction_ms", 1000 * max(longest), "ms", limit=STRIPES_LATENCY_MS),
                _figure("holds_over_100_ms", 100 * await _slow_holds(shop, http), "% of holds", limit=1),
            ]


async def _come(shop: Shop, http: aiohttp.ClientSession, crowd: Crowd) -> None:
    """A buyer as the page is: asks, waits in line where that is the answer, and pays."""
    crowd.asked += 1
    email = f"crowd{crowd.asked}@example.com"
    began = time.monotonic()
    try:
        status, body = await shop.checkout(CITY, email=email, address=address_of(email))
        crowd.answers[status] += 1
        if status == HTTPStatus.ACCEPTED:
            crowd.first.append(time.monotonic() - began)
            status, body = await _wait(http, crowd, body)
        await _done(shop, crowd, status, body)
    except (aiohttp.ClientError, TimeoutError) as error:
        crowd.lost.append(repr(error))


async def _wait(http: aiohttp.ClientSession, crowd: Crowd, body: Json) -> tuple[int, Json]:
    status, places = int(HTTPStatus.ACCEPTED), [int(body["position"])]
    crowd.places.append(places)
    while status == HTTPStatus.ACCEPTED:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        async with http.get(body["statusUrl"]) as answer:
            status, said = answer.status, await answer.json(content_type=None)
        if status == HTTPStatus.ACCEPTED:
            places.append(int(said["position"]))
    return status, said


async def _done(shop: Shop, crowd: Crowd, status: int, body: Json) -> None:
    """A page is paid at once; that all is sold, or when to come back, is an answer, too."""
    if status == HTTPStatus.OK:
        crowd.opened.append(time.monotonic())
        await shop.control("POST", f"stripe/sessions/{body['sessionId']}/pay", {"card": "4242424242424242"})
    elif "code" in body:
        crowd.told[body["code"]] += 1
    else:
        crowd.lost.append(f"{status}: {body}")


def _figures(crowd: Crowd, *, sold: int, broken: int) -> list[Figure]:
    grown = sum(later > earlier for places in crowd.places for earlier, later in pairwise(places))
    opened = sorted(crowd.opened)
    return [
        _figure(
            "sessions_per_second",
            (len(opened) - 1) / (opened[-1] - opened[0]),
            "sessions/s",
            side=Limit.AT_LEAST,
            limit=24,
        ),
        _figure("sold", sold, "seats"),
        _figure("told_sold_out", crowd.told["sold_out"], "buyers"),
        _figure("turned_away", crowd.told.total() - crowd.told["sold_out"], "buyers", limit=0),
        _figure("told_429", crowd.answers[HTTPStatus.TOO_MANY_REQUESTS], "buyers", limit=0),
        _figure("lost", len(crowd.lost), "buyers", limit=0),
        _figure("oversold", max(0, sold - SEATS), "seats", limit=0),
        _figure("unsold", max(0, SEATS - sold), "seats", limit=0),
        _figure("violations", broken, "broken invariants", limit=0),
        _figure("places_grown", grown, "places", limit=0),
        _figure("in_line", len(crowd.places), "buyers"),
        _figure("longest_line", max((places[0] for places in crowd.places), default=0), "places"),
        _figure("line_told_p99_ms", 1000 * quantile(crowd.first, 0.99) if crowd.first else 0, "ms"),
    ]


def _figure(name: str, ours: float, unit: str, *, side: Limit = Limit.AT_MOST, limit: float | None = None) -> Figure:
    return Figure(id=f"L-11.like_stripe_{name}", ours=ours, unit=unit, side=side, limit=limit)


@asynccontextmanager
async def _longest_transaction(seen: Witness) -> AsyncIterator[list[float]]:
    """How long checkout's transactions have been open, looked at ten times a second: none spans a call to Stripe."""
    found = [0.0]

    async def look() -> None:
        while True:
            found.append(await seen.databases["checkout"].fetchval(LONGEST_TRANSACTION))
            await asyncio.sleep(0.1)

    task = asyncio.create_task(look())
    try:
        yield found
    finally:
        task.cancel()


async def _slow_holds(shop: Shop, http: aiohttp.ClientSession) -> float:
    """The share of holds for which inventory took longer than 100 ms, by its own histogram."""
    url = f"http://{LOOPBACK}:{shop.stack.layout.ports.service('inventory')}/api/metrics"
    headers = {"authorization": f"Bearer {shop.stack.value('METRICS_TOKEN')}"}
    async with http.get(url, headers=headers) as answer:
        text = await answer.text()
    counts = {"fast": 0.0, "all": 0.0}
    for kind, labels, value in HOLDS.findall(text):
        if kind == "count":
            counts["all"] += float(value)
        elif 'le="0.1"' in labels:
            counts["fast"] += float(value)
    return 1 - counts["fast"] / counts["all"]
