"""What stock has said of orders whose confirmation waits for it, and what confirmations were made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from notifier.messages.domain import WITH_TICKETS
from notifier.messages.passes import PASS_GRANTED


async def expect_outcomes(tx: Transaction, order_ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """Locks the rows of these orders (made where there are none) and returns what stock has said of each.

    Confirmation and stock come by different topics, to different processes perhaps: whoever is second waits here for
    the first one's commit, and sees it.
    """
    rows = await tx.fetch(
        """
        INSERT INTO order_seats (order_id, noted_at)
        SELECT order_id, app_now() FROM unnest($1::uuid[]) AS order_id ORDER BY order_id
        ON CONFLICT (order_id) DO UPDATE SET noted_at = order_seats.noted_at
        RETURNING order_id, outcome
        """,
        sorted(set(order_ids)),
    )
    return {row["order_id"]: row["outcome"] for row in rows}


async def note_outcomes(tx: Transaction, outcomes: Mapping[UUID, str]) -> None:
    """The newest word counts; locks as `expect_outcomes` does."""
    order_ids = sorted(outcomes)
    await tx.execute(
        """
        INSERT INTO order_seats (order_id, outcome, noted_at)
        SELECT order_id, outcome, app_now() FROM unnest($1::uuid[], $2::text[]) AS said (order_id, outcome)
        ORDER BY order_id
        ON CONFLICT (order_id) DO UPDATE SET outcome = excluded.outcome
        """,
        order_ids,
        [outcomes[order_id] for order_id in order_ids],
    )


async def paid_orders(tx: Transaction, order_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """The newest facts of these orders' tickets; one whose payment is not known here has none."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (order_id) order_id, content FROM notifications
        WHERE kind = ANY($1::text[]) AND order_id = ANY($2::uuid[])
        ORDER BY order_id, (content -> 'order' ->> 'version')::bigint DESC
        """,
        list(WITH_TICKETS),
        list(order_ids),
    )
    return {row["order_id"]: row["content"] for row in rows}


async def granted_passes(tx: Transaction, order_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """What the owners of these orders' passes were told of one of them; an order without a pass has nothing."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (order_id) order_id, content FROM notifications"
        " WHERE kind = $1 AND order_id = ANY($2::uuid[]) ORDER BY order_id",
        PASS_GRANTED,
        list(order_ids),
    )
    return {row["order_id"]: row["content"] for row in rows}
