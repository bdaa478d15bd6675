"""Deeds about what processors tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from tests.integration.audit.house import House
from tests.integration.audit.prepared.wishes import Prepare, Wish, nothing

_WEBHOOK = """
INSERT INTO webhook_events (processor, event_id, occasion, type, thin, live_mode, payload, state, created_at,
                            received_at)
VALUES ('stripe', $1, $1, 'charge.refunded', false, false, '{}', 'failed', now(), now())
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


async def failed_webhook(house: House, service: str) -> Wish:
    event_id = f"evt_{uuid4().hex}"
    await house.database(service).execute(_WEBHOOK, event_id)
    return Wish(parts={"processor": "stripe", "event_id": event_id}, body={"reason": "a test"})


async def a_moment(_house: House, _service: str) -> Wish:
    """Of which nothing can have been told yet."""
    return Wish(body={"since": (datetime.now(UTC) + timedelta(hours=1)).isoformat()})


async def a_held_run(house: House, service: str) -> Wish:
    await house.database(service).execute(_RUN, run_id := uuid4(), "held")
    return Wish(parts={"run_id": str(run_id)})


async def a_difference(house: House, service: str) -> Wish:
    database, difference_id = house.database(service), uuid4()
    await database.execute(_RUN, run_id := uuid4(), "done")
    await database.execute(_DIFFERENCE, run_id, difference_id)
    return Wish(parts={"difference_id": str(difference_id)}, body={"reason": "it was a test"})


DEEDS: Final[Mapping[str, Prepare]] = {
    "webhook_closed": failed_webhook,
    "webhooks_replayed": a_moment,
    "reconciliation_started": nothing,
    "reconciliation_confirmed": a_held_run,
    "reconciliation_difference_closed": a_difference,
    "external_reconciliation_started": nothing,
}
