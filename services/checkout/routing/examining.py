"""Looks whether payments of providers can be routed at all: their tables, and a dry run (P-12). Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from chassis.database import DatabaseError, Reader
from chassis.errors import Condition
from chassis.money import exact_minor_units
from checkout.connections import store as connections_store
from checkout.providers import store as providers_store
from checkout.routing import store
from checkout.routing.domain import RoutingQuestion
from checkout.routing.schemas import failure
from checkout.routing.service import RoutingService
from checkout.routing.watched import TABLES

_SAMPLE: Final = Decimal(100)
_A_DAY: Final = timedelta(hours=24)
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingCheck:
    """What was looked at.

    name: database or routing; of a warning that of its rule
    problem: what is wrong, as a sentence; None where nothing is
    """

    name: str
    problem: str | None


async def examine(reader: Reader, routing: RoutingService, *, currency: str) -> Sequence[RoutingCheck]:
    """Both checks. `currency`: of the dry run."""
    return (
        RoutingCheck(name="database", problem=await _unread_tables(reader)),
        RoutingCheck(name="routing", problem=await _dry_run(reader, routing, currency)),
    )


async def warnings(reader: Reader) -> Sequence[RoutingCheck]:
    """Connected accounts that took nothing for a day, and those whose webhooks can't come."""
    idle = await connections_store.idle(reader, longer_than=_A_DAY)
    silent = await connections_store.without_webhooks(reader)
    return (
        RoutingCheck(name="connection_inactive", problem=_numbers(idle)),
        RoutingCheck(name="connection_webhook_missing", problem=_numbers(silent)),
    )


def _numbers(connections: Sequence[int]) -> str | None:
    """How many there are, with the first of them; None for none."""
    shown = ", ".join(map(str, connections[:_SHOWN]))
    more = " …" if len(connections) > _SHOWN else ""
    return f"{len(connections)} connected, with the numbers {shown}{more}" if connections else None


async def _unread_tables(reader: Reader) -> str | None:
    """Their rows are counted by the doctor: here it is enough that there is an answer."""
    problems = []
    for table in TABLES:
        try:
            await store.touch(reader, table)
        except DatabaseError as error:
            problems.append(f"{table} can't be read: {error}")
    return "; ".join(problems) or None


async def _dry_run(reader: Reader, routing: RoutingService, currency: str) -> str | None:
    """Of the first provider; where there is none, nobody's payment can fail."""
    try:
        providers = await providers_store.find(reader, after=0, limit=1)
        if not providers:
            return None
        provider_id, amount = providers[0].provider_id, exact_minor_units(_SAMPLE, currency) or 0
        routed, _ = await routing.test(
            reader, RoutingQuestion(provider_id=provider_id, amount=amount, currency=currency)
        )
    except (Condition, DatabaseError) as error:
        return f"No payment can be routed: {error}"
    return f"Provider {provider_id}: {failure(routed, None).detail}" if routed.fault else None
