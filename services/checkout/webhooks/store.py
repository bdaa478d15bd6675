"""All SQL on the raw store of webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Database, Reader, Transaction
from chassis.due_rows import claim_sql
from checkout.webhooks.domain import FINISHED, ListedWebhook, Outcome, RawWebhook, Setback, StoredWebhook, WebhookState

# Several that wait are one statement; an event id, or the other form of one event, is taken once.
_INSERT = """
INSERT INTO webhook_events
    (processor, event_id, occasion, type, thin, live_mode, payload, created_at, account, connection_id,
     received_at, due_at)
SELECT *, $11, app_now()
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::bytea[],
            $8::timestamptz[], $9::text[], $10::bigint[])
ON CONFLICT DO NOTHING
"""

_INSERT_LISTED = f"{_INSERT} RETURNING event_id, type"
# A list begins with the newest. What builds on what is further down must not be handled before that.
_INSERT_HELD = _INSERT.replace("$11, app_now()", "$11, 'infinity'")
_RELEASE = """
UPDATE webhook_events SET due_at = created_at
WHERE processor = $1 AND connection_id IS NULL AND due_at = 'infinity'
"""

_STORED = (
    "processor, event_id, type, thin, live_mode, payload, attempts, created_at, received_at, account, connection_id"
)
_CLAIM = claim_sql("webhook_events", "processor, event_id", _STORED, also="state = 'processing'")

_LOCK = "SELECT state FROM webhook_events WHERE processor = $1 AND event_id = $2 FOR UPDATE"
_LOCK_ALL = """
SELECT e.state
FROM webhook_events e JOIN unnest($1::text[], $2::text[]) AS k (processor, event_id) USING (processor, event_id)
ORDER BY processor, event_id FOR UPDATE OF e
"""

# A worker that was slower than its lease finds the webhook settled by another one, and leaves it as it is.
_SETTLE = """
UPDATE webhook_events
SET state = $3, cause = $4, last_error = $5, order_id = coalesce($6, order_id), attempts = attempts + $7,
    due_at = $8, processed_at = CASE WHEN $8::timestamptz IS NULL THEN app_now() END
WHERE processor = $1 AND event_id = $2 AND state = 'processing'
RETURNING true
"""

_HANDLED = """
UPDATE webhook_events AS e
SET state = h.state, cause = h.cause, last_error = NULL, order_id = coalesce(h.order_id, e.order_id),
    payment = h.payment, due_at = NULL, processed_at = app_now()
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[])
    AS h (processor, event_id, state, cause, order_id, payment)
WHERE e.processor = h.processor AND e.event_id = h.event_id
"""

_REOPEN = """
UPDATE webhook_events SET state = 'received', cause = NULL, due_at = app_now(), processed_at = NULL
WHERE processor = $1 AND payment = $2 AND state = 'ignored'
"""

# Also one that is being handled: its worker finds the state changed, and leaves it as it is.
_CLOSE = """
WITH before AS (
    SELECT processor, event_id, state FROM webhook_events
    WHERE processor = $1 AND event_id = $2 AND state NOT IN ('done', 'ignored', 'closed') FOR UPDATE
)
UPDATE webhook_events AS e SET state = 'closed', due_at = NULL, processed_at = app_now()
FROM before WHERE (e.processor, e.event_id) = (before.processor, before.event_id)
RETURNING before.state
"""

_LISTED = """
SELECT processor, event_id, type, live_mode, received_at, state, attempts, cause, last_error, order_id,
       processed_at, account, connection_id
FROM webhook_events
WHERE {which} AND ($1::text IS NULL OR type = $1)
  AND ($2::timestamptz IS NULL OR received_at >= $2)
  AND ($3::text IS NULL OR state = $3)
  AND ($4::uuid IS NULL OR order_id = $4)
  AND ($5::timestamptz IS NULL OR (received_at, event_id) < ($5, $6))
ORDER BY received_at DESC, event_id DESC
LIMIT $7
"""
_LIST = _LISTED.format(which="true")
# The few that are open have an index of their own, as long as the query says so.
_LIST_OPEN = _LISTED.format(which="state NOT IN ('done', 'ignored', 'closed')")
_STUCK = """
SELECT processor, event_id, type, live_mode, received_at, state, attempts, cause, last_error, order_id,
       processed_at, account, connection_id
FROM webhook_events WHERE state NOT IN ('done', 'ignored', 'closed') ORDER BY received_at LIMIT $1
"""
_STANDING = "SELECT occasion, event_id, state FROM webhook_events WHERE processor = $1 AND occasion = ANY($2)"
_STATES = "SELECT event_id, state FROM webhook_events WHERE processor = $1 AND event_id = ANY($2)"
# Its attempts begin anew: whatever kept it from being handled may be mended.
_RETRY = """
UPDATE webhook_events
SET state = 'received', attempts = 0, cause = NULL, last_error = NULL, due_at = app_now(), processed_at = NULL
WHERE processor = $1 AND event_id = ANY($2) AND state = 'failed'
RETURNING event_id
"""
_UNFINISHED = """
SELECT state, count(*) AS webhooks FROM webhook_events WHERE state NOT IN ('done', 'ignored', 'closed') GROUP BY state
"""
_UNHANDLED = """
SELECT EXISTS (
    SELECT FROM webhook_events
    WHERE processor = $1 AND connection_id IS NULL AND state IN ('received', 'processing', 'waiting')
      AND created_at <= $2
)
"""
_HAS_COME = "SELECT EXISTS (SELECT FROM webhook_events WHERE connection_id = $1 AND received_at >= $2)"
_EXISTS = "SELECT true FROM webhook_events WHERE processor = $1 AND event_id = $2"
_PAYLOAD = "SELECT payload FROM webhook_events WHERE processor = $1 AND event_id = $2"


async def add(database: Database, webhooks: Sequence[RawWebhook], *, received_at: datetime) -> None:
    """Stores webhooks; one that is there already changes nothing."""
    await database.execute(_INSERT, *_columns(webhooks), received_at)


async def add_listed(reader: Reader, webhooks: Sequence[RawWebhook], *, received_at: datetime) -> list[tuple[str, str]]:
    """As `add`; returns id and type of those that were not there."""
    if not webhooks:
        return []
    rows = await reader.fetch(_INSERT_LISTED, *_columns(webhooks), received_at)
    return [(row["event_id"], row["type"]) for row in rows]


async def add_held(database: Database, webhooks: Sequence[RawWebhook], *, received_at: datetime) -> None:
    """As `add`; nobody handles them until `release`."""
    if webhooks:
        await database.execute(_INSERT_HELD, *_columns(webhooks), received_at)


async def release(database: Database, processor: str) -> None:
    """Those that were held are handled from now on, the oldest first."""
    await database.execute(_RELEASE, processor)


async def is_unhandled(reader: Reader, processor: str, *, created_before: datetime) -> bool:
    """Whether a webhook of that time is still to be handled; one that has failed is a person's."""
    return bool(await reader.fetchval(_UNHANDLED, processor, created_before))


async def claim(reader: Reader, *, limit: int, lease: timedelta) -> list[StoredWebhook]:
    """One statement, which commits by itself where there is no transaction."""
    rows = await reader.fetch(_CLAIM, limit, lease)
    return sorted((StoredWebhook(**row) for row in rows), key=lambda webhook: (webhook.created_at, webhook.received_at))


async def lock(tx: Transaction, webhook: StoredWebhook) -> bool:
    """Before it is handled: False when another worker has settled it, after the lease had ended."""
    state = await tx.fetchval(_LOCK, webhook.processor, webhook.event_id)
    return bool(state == WebhookState.PROCESSING)


async def lock_all(tx: Transaction, webhooks: Sequence[StoredWebhook]) -> bool:
    """As `lock`, for all or none."""
    rows = await tx.fetch(_LOCK_ALL, [each.processor for each in webhooks], [each.event_id for each in webhooks])
    return all(row["state"] == WebhookState.PROCESSING for row in rows)


async def settle_handled(tx: Transaction, handled: Sequence[tuple[StoredWebhook, Outcome]]) -> None:
    """Webhooks that were handled, each with what came of it. They are locked by this transaction."""
    if not handled:
        return
    rows = (
        (*webhook.key, outcome.state.value, outcome.cause, outcome.order_id, outcome.payment)
        for webhook, outcome in handled
    )
    await tx.execute(_HANDLED, *map(list, zip(*rows, strict=True)))


async def reopen(tx: Transaction, processor: str, payment: str) -> None:
    """Has webhooks about a payment handled again: they came before anybody knew that it is ours."""
    await tx.execute(_REOPEN, processor, payment)


async def close(tx: Transaction, processor: str, event_id: str) -> WebhookState | None:
    """Nothing more is done about a webhook; gives its state before, None when there is nothing to do anyway."""
    state = await tx.fetchval(_CLOSE, processor, event_id)
    return WebhookState(state) if state else None


async def has_come(reader: Reader, connection_id: int, *, since: datetime) -> bool:
    """Whether a webhook for a connection was stored since then."""
    return bool(await reader.fetchval(_HAS_COME, connection_id, since))


async def exists(reader: Reader, processor: str, event_id: str) -> bool:
    """Whether there is such a webhook."""
    return await reader.fetchval(_EXISTS, processor, event_id) is not None


async def settle(
    tx: Transaction,
    webhook: StoredWebhook,
    state: WebhookState,
    *,
    order_id: UUID | None = None,
    setback: Setback | None = None,
    failures: int = 0,
    due_at: datetime | None = None,
) -> bool:
    """`due_at` None: nothing more will be done about it. False when another worker has settled it meanwhile."""
    settled = await tx.fetchval(
        _SETTLE,
        webhook.processor,
        webhook.event_id,
        state.value,
        setback.cause if setback else None,
        setback.error if setback else None,
        order_id,
        failures,
        due_at,
    )
    return bool(settled)


async def unfinished(reader: Reader) -> dict[WebhookState, int]:
    """How many webhooks of each state are not done or ignored."""
    return {WebhookState(row["state"]): row["webhooks"] for row in await reader.fetch(_UNFINISHED)}


async def find(
    reader: Reader,
    *,
    kind: str | None,
    since: datetime | None,
    state: WebhookState | None,
    order_id: UUID | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[ListedWebhook]:
    """Webhooks, newest first."""
    received_at, event_id = before or (None, None)
    query = _LIST if state in {None, *FINISHED} else _LIST_OPEN
    rows = await reader.fetch(query, kind, since, state, order_id, received_at, event_id, limit)
    return [ListedWebhook(**{**row, "state": WebhookState(row["state"])}) for row in rows]


async def stuck(reader: Reader, *, limit: int) -> list[ListedWebhook]:
    """Those that are not done or ignored, the oldest first."""
    rows = await reader.fetch(_STUCK, limit)
    return [ListedWebhook(**{**row, "state": WebhookState(row["state"])}) for row in rows]


async def standing(reader: Reader, processor: str, occasions: Sequence[str]) -> dict[str, tuple[str, WebhookState]]:
    """The id and the state of those that are here, in whichever form they came, by their occasion."""
    rows = await reader.fetch(_STANDING, processor, list(occasions))
    return {row["occasion"]: (row["event_id"], WebhookState(row["state"])) for row in rows}


async def states(reader: Reader, processor: str, event_ids: Sequence[str]) -> dict[str, WebhookState]:
    """How far each of them is that is here, by its id."""
    rows = await reader.fetch(_STATES, processor, list(event_ids))
    return {row["event_id"]: WebhookState(row["state"]) for row in rows}


async def retry(tx: Transaction, processor: str, event_ids: Sequence[str]) -> list[str]:
    """Has those that failed handled again, and says which; what has another state is left as it is."""
    return [row["event_id"] for row in await tx.fetch(_RETRY, processor, list(event_ids))]


async def payload(reader: Reader, processor: str, event_id: str) -> bytes | None:
    """The bytes of a webhook, as they came."""
    found: bytes | None = await reader.fetchval(_PAYLOAD, processor, event_id)
    return found


def _columns(webhooks: Sequence[RawWebhook]) -> list[list[object]]:
    rows = (
        (
            *(w.processor, w.event_id, w.occasion, w.type, w.thin, w.live_mode, w.payload),
            *(w.created_at, w.account, w.connection_id),
        )
        for w in webhooks
    )
    return list(map(list, zip(*rows, strict=True)))
