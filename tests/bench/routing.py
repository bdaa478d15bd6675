"""How long it takes to decide who takes a payment, kept and told, over HTTP (L-14)."""

from __future__ import annotations

import time

import aiohttp

from tests.bench.report import Figure
from tests.bench.stand import Stand, at_rate, quantile

WARM_UP = 50
DECISIONS = 1_000
RATE = 50.0  # a second
PROVIDER = 7
CALL = aiohttp.ClientTimeout(total=30)


async def measure(stand: Stand) -> list[Figure]:
    stack = stand.stack
    headers = {"Authorization": f"Bearer {stack.token()}"}
    checkout = stack.service_url("checkout")
    async with aiohttp.ClientSession(checkout, headers=headers, timeout=CALL) as http:
        wish = {"appointment_id": await _appointment(http), "amount": "80.00"}
        took: list[float] = []

        async def route() -> None:
            began = time.monotonic()
            async with http.post("/api/v1/hybrid-payments/route", json=wish) as answer:
                answer.raise_for_status()
            took.append(time.monotonic() - began)

        await at_rate(route, RATE, WARM_UP)
        took.clear()
        await at_rate(route, RATE, DECISIONS)
    stand.tick()
    return [
        Figure(id="L-14.routing_p50_ms", ours=1000 * quantile(took, 0.5), unit="ms"),
        Figure(id="L-14.routing_p99_ms", ours=1000 * quantile(took, 0.99), unit="ms", limit=20),
    ]


async def _appointment(http: aiohttp.ClientSession) -> int:
    """One of a provider in hybrid mode, whose amount makes routing look at everything."""
    provider = {"name": "Pat Rivers", "email": "pat@example.com"}
    settings = {"payment_mode": "hybrid", "preferred_processors": ["square", "paypal", "platform"]}
    booked = {"provider": PROVIDER, "customer_email": "jordan@example.com", "price": "80.00"}
    starts = {"starts": "2027-03-01T09:00:00Z"}
    for method, path, body in (
        ("PUT", f"/api/admin/providers/{PROVIDER}", provider),
        ("PATCH", f"/api/v1/hybrid-payments/settings/{PROVIDER}", settings),
        ("POST", "/api/v1/appointments", booked | starts),
    ):
        async with http.request(method, path, json=body) as answer:
            answer.raise_for_status()
            document = await answer.json()
    number: int = document["id"]
    return number
