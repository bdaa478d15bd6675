"""What the databases know of one thing at fault: its events, and what became of each of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chassis.database import Database
from invariants import Violation
from stack.layout import SERVICES
from tests.fixtures.stack import WholeStack

MOST_SUBJECTS = 5
EVENTS = """
SELECT sent.event_id, topic, sent_at, created_at,
       (SELECT convert_from(header_values[n], 'UTF8') FROM generate_subscripts(header_names, 1) n
        WHERE header_names[n] = 'ce_type') AS type
FROM (
    SELECT event_id, topic, created_at, NULL::timestamptz AS sent_at, header_names, header_values, value FROM outbox
    UNION ALL
    SELECT event_id, topic, created_at, sent_at, header_names, header_values, value FROM outbox_sent
) sent
WHERE position($1::bytea in value) > 0
"""
INBOX = "SELECT group_name, event_id, state, received_at FROM inbox WHERE event_id = ANY($1)"
# Rows that name the thing, by service: a moment and words.
ROWS = {
    "checkout": """
        SELECT placed_at AS at, 'order ' || number || ' is ' || state AS what FROM orders WHERE order_id::text = $1
    """,
    "inventory": """
        SELECT changed_at AS at, 'hold of ' || quantity || ' is ' || state AS what FROM holds WHERE order_id::text = $1
        UNION ALL
        SELECT recorded_at, 'ledger: ' || operation || ' ' || quantity FROM ledger WHERE order_id::text = $1
    """,
    "notifier": """
        SELECT created_at AS at, kind || ' by ' || channel || ' (' || id || ') is ' || state
            || coalesce(': ' || reason, '') || ', attempts ' || attempts || ', at the vendor '
            || coalesce(provider_id, 'none') AS what
        FROM deliveries WHERE $1 IN (order_id::text, alert_id::text, id::text, provider_id)
    """,
    "monitor": """
        SELECT at, 'alert is ' || status || ' by ' || way AS what FROM alert_history WHERE alert_id::text = $1
    """,
}


def suspects(found: Iterable[Violation]) -> list[str]:
    """The first few things at fault."""
    return list(dict.fromkeys(each.subject for each in found))[:MOST_SUBJECTS]


async def history(stack: WholeStack, subject: str) -> list[str]:
    """In the order of time, a line each."""
    lines: list[tuple[datetime, str]] = []
    ids = set()
    databases = {
        service: await Database.connect(stack.database_url(service), application="history", pool_size=1)
        for service in SERVICES
    }
    for service, database in databases.items():
        for row in await database.fetch(EVENTS, subject.encode()):
            ids.add(row["event_id"])
            sent = f"sent {row['sent_at']:%H:%M:%S.%f}" if row["sent_at"] else "not sent"
            lines.append((row["created_at"], f"{service} says {row['type']} {row['event_id']}, {sent}"))
        lines += [(row["at"], f"{service}: {row['what']}") for row in await database.fetch(ROWS[service], subject)]
    for database in databases.values():
        for row in await database.fetch(INBOX, list(ids)):
            lines.append((row["received_at"], f"{row['group_name']} has {row['event_id']}: {row['state']}"))
        await database.close()
    return [f"{at:%H:%M:%S.%f} {words}" for at, words in sorted(lines)]
