"""Looks at payments of providers (P-12): tables, connections, routing, what answers for it, and webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from cli.doctor.asking import Answer, ask
from cli.doctor.check import Examined, Finding, broken, lacking, note, well
from cli.services import plain

ANSWERS: Final = frozenset({200, 401, 403})
_ROUTING: Final = "/api/v1/hybrid-payments/test-routing"
_CONNECTIONS: Final = "/api/v1/external-payments/connections"
_COLLECTIONS: Final = "/api/v1/platform-collections"
_PROVIDER: Final = "fullhouse providers set ID --name … --email …"
_STRANGERS: Final = """
SELECT key AS sold, value::int AS provider FROM catalogue_terms, jsonb_each_text(terms -> 'providers')
WHERE NOT EXISTS (SELECT FROM providers WHERE provider_id = value::int) ORDER BY key
"""
_FAILED: Final = "fullhouse playbook processor-connection-failure"
# One that is on its way, or whose account takes no money, is connected or soon may be.
_ISSUES: Final = frozenset({"connection_pending_too_long", "connection_error", "connection_expired"})

_IDLE: Final = timedelta(hours=24)
_COMMISSION: Final = "fullhouse playbook commission-failure"
_WEEK: Final = timedelta(days=7)
_MOST_FAILED: Final = 5
_LONGEST: Final = timedelta(hours=2)


async def tables_read(examined: Examined) -> Finding:
    """Counts the rows of each table of providers' payments."""
    from chassis.database import DatabaseError
    from checkout.routing.watched import TABLES
    from cli import connections

    rows: dict[str, int | str] = {}
    async with connections.database(examined.environ, "checkout") as opened:
        for table in TABLES:
            try:
                rows[table] = await opened.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
            except DatabaseError as error:
                rows[table] = str(error)
    return tables_judged(rows)


async def connections_stand(examined: Examined) -> Finding:
    """Asks checkout how each connection stands."""
    return connections_judged(await _connections(examined), now=datetime.now(UTC))


async def webhooks_set(examined: Examined) -> Finding:
    """Asks checkout whether webhooks of each connection can come and be checked."""
    return webhooks_judged(await _connections(examined))


async def commission_collected(examined: Examined) -> Finding:
    """Asks checkout which collections of commission have failed, or stand still."""
    failed, processing, pending = await asyncio.gather(
        *(
            examined.document(f"{_COLLECTIONS}?{urlencode({'status': status, 'limit': 500})}")
            for status in ("failed", "processing", "pending")
        )
    )
    return commission_judged(failed["data"], processing["data"], pending["data"], now=datetime.now(UTC))


async def payments_routed(examined: Examined) -> Finding:
    """Asks who would take a payment of the first provider, and whether all are there whom the catalogue names."""
    from cli import connections

    async with connections.database(examined.environ, "checkout") as opened:
        rows = await opened.fetch(_STRANGERS)
    providers = (await examined.document("/api/admin/providers?limit=1"))["data"]
    provider = providers[0]["provider"] if providers else None
    routed = await examined.document(f"{_ROUTING}?{urlencode({'provider': provider})}") if provider else {}
    return routing_judged(provider, routed, {row["sold"]: row["provider"] for row in rows})


async def routes_answer(examined: Examined) -> Finding:
    """Asks each without a token: it need only answer."""
    from checkout.routing.watched import ROUTES

    answers = await asyncio.gather(*(ask(examined.http, "GET", examined.address + path) for path in ROUTES))
    return routes_judged(dict(zip(ROUTES, answers, strict=True)))


def tables_judged(rows: Mapping[str, int | str]) -> Finding:
    """The number of each table's rows, or why there is none."""
    issues = [f"{table} can't be read: {each}" for table, each in rows.items() if isinstance(each, str)]
    lines = [f"{table} {each} rows" for table, each in rows.items() if not isinstance(each, str)]
    if issues:
        return broken(issues, "fullhouse doctor databases", lines=lines)
    return well(f"{len(rows)} can be read", lines=lines)


def routing_judged(provider: int | None, routed: Mapping[str, Any], strangers: Mapping[str, int]) -> Finding:
    """Who would take a payment of a provider; `strangers`: what is sold of providers who are not there, by its id."""
    if strangers:
        warnings = [
            f"{sold} is of provider {each}, who is not there: we take its payments" for sold, each in strangers.items()
        ]
        return lacking(warnings, _PROVIDER)
    if provider is None:
        return note("there is no provider whose payment could be routed", _PROVIDER)
    return well(f"a payment of provider {provider} is taken by {routed['processor']} ({routed['decision']})")


def connections_judged(rows: Sequence[Mapping[str, Any]], *, now: datetime) -> Finding:
    """Whether each is connected, or soon may be, and is used."""
    if not rows:
        return note("no connection to a processor is configured", "A provider connects its account: /staff/connections")
    issues = [
        f"{_named(row)} is {row['status']}: {plain(row['last_error'] or row['issue'])}"
        for row in rows
        if row["issue"] in _ISSUES
    ]
    lines = [f"{_named(row)} {row['status']} since {row['status_since']}" for row in rows]
    idle = [f"{_named(row)} had no transaction for a day" for row in rows if _idle(row, now)]
    silent = [f"{_named(row)} doesn't let us see disputes" for row in rows if not row["tells_disputes"]]
    warnings = silent + idle
    if issues:
        return broken(issues, _FAILED, warnings=warnings, lines=lines)
    if silent:
        return lacking(warnings, "Ask the provider to connect the account again: /staff/connections", lines=lines)
    if warnings:
        return lacking(warnings, "Ask the provider whether nothing was sold: fullhouse providers list", lines=lines)
    return well(f"{len(rows)}, none has failed", lines=lines)


def commission_judged(
    failed: Sequence[Mapping[str, Any]],
    processing: Sequence[Mapping[str, Any]],
    pending: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
) -> Finding:
    """Whether few collections were refused in a week, none stands or waits for long, and no invoice is overdue."""
    recent = [row for row in failed if now - datetime.fromisoformat(row["settled_at"]) <= _WEEK]
    stuck = [row for row in processing if now - _standing_since(row) > _LONGEST]
    overdue = [row for row in failed if row["payable_until"] and datetime.fromisoformat(row["payable_until"]) < now]
    lines = [f"collection {row['id']} of provider {row['provider']}: {plain(row['failed_reason'])}" for row in recent]
    warnings = [f"collection {row['id']} is in processing since {row['processing_since']}" for row in stuck]
    warnings += [
        f"collection {row['id']} of provider {row['provider']} waits since {row['created_at']}: {row['blocked_by']}"
        for row in pending
        if row["blocked_by"] and now - datetime.fromisoformat(row["created_at"]) > _WEEK
    ]
    warnings += [f"invoice {plain(row['invoice_number'])} of collection {row['id']} is overdue" for row in overdue]
    if len(recent) > _MOST_FAILED:
        return broken([f"{len(recent)} failed in 7 days"], _COMMISSION, warnings=warnings, lines=lines)
    if warnings:
        return lacking(warnings, _COMMISSION, lines=lines)
    return well(f"{len(recent)} failed in 7 days, {len(processing)} under way", lines=lines)


def _standing_since(row: Mapping[str, Any]) -> datetime:
    """An invoice may rightly stand open for as long as it may be paid."""
    return datetime.fromisoformat(row["payable_until"] or row["processing_since"])


def webhooks_judged(rows: Sequence[Mapping[str, Any]]) -> Finding:
    """Whether each connected one has an address for webhooks, and the secret that they are checked with."""
    connected = [row for row in rows if row["status"] == "connected"]
    warnings = [
        f"{_named(row)} has no {' and no '.join(missing)}"
        for row in connected
        if (missing := [name.replace("_", " ") for name in ("webhook_url", "webhook_secret") if not row[name]])
    ]
    if warnings:
        return lacking(warnings, "fullhouse connections webhook register ID")
    return well(f"webhooks of {len(connected)} that are connected can come, and be checked")


def routes_judged(answers: Mapping[str, Answer]) -> Finding:
    """Whether each lets one in, or says that one must sign in."""
    issues = [f"{path} answers {each.status}" for path, each in answers.items() if each.status not in ANSWERS]
    lines = [f"{path} {each.status} in {each.seconds:.3f} s" for path, each in answers.items()]
    return (
        broken(issues, "fullhouse logs errors", lines=lines) if issues else well(f"{len(answers)} answer", lines=lines)
    )


async def _connections(examined: Examined) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    asked: dict[str, str] = {"limit": "500"}
    while True:
        page = await examined.document(f"{_CONNECTIONS}?{urlencode(asked)}")
        rows += page["data"]
        if page["next_cursor"] is None:
            return rows
        asked["cursor"] = page["next_cursor"]


def _idle(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a connected one had no transaction for too long; of one without webhooks nobody knows."""
    if row["status"] != "connected" or not row["webhook_secret"]:
        return False
    return now - datetime.fromisoformat(row["last_transaction_at"] or row["status_since"]) > _IDLE


def _named(row: Mapping[str, Any]) -> str:
    return f"connection {row['id']} of provider {row['provider']} to {row['processor']}"
