"""Looks at what is left to sell, and what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.doctor.asking import ask
from cli.doctor.check import Examined, Finding, note, well, wrong


async def stock_left(examined: Examined) -> Finding:
    """Reads the stock of every city that is listed, as pages do."""
    answer = await ask(examined.http, "GET", f"{examined.address}/api/inventory")
    if answer.status >= 300 or "data" not in answer.document:
        return wrong(f"/api/inventory answers {answer.status}", "Look at inventory in `fullhouse status`.")
    return judged(answer.document["data"])


def judged(cities: Sequence[Mapping[str, Any]]) -> Finding:
    """What is left, a line a city: `tampa GA(12/35) VIP(3/15)`."""
    if not cities:
        return note("no city is on sale", "fullhouse catalogue load, when one should be")
    return well("\n".join(map(line, cities)))


def line(city: Mapping[str, Any]) -> str:
    """A city's tiers: seats that a buyer can still have, of those that are offered."""
    available, limits = city["publicAvailable"], city["publicLimits"]
    return " ".join((city["cityId"], *(f"{tier.upper()}({available[tier]}/{limits[tier]})" for tier in limits)))
