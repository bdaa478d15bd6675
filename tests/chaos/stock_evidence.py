"""Evidence of the stock, and of what the monitor has counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chassis.database import Database, Row
from invariants import Counts, Figure, Hold, LedgerEntry, PaidOrder, Pool, Seat


async def seats(inventory: Database) -> tuple[Seat, ...]:
    rows = await inventory.fetch("SELECT * FROM tickets")
    return tuple(
        Seat(order_id=str(row["order_id"]), code=row["code"], place=row["place"], **_where(row)) for row in rows
    )


async def holds(inventory: Database) -> tuple[Hold, ...]:
    rows = await inventory.fetch("SELECT * FROM holds WHERE state <> 'tombstone'")
    return tuple(
        Hold(order_id=str(row["order_id"]), quantity=row["quantity"], state=row["state"], **_where(row)) for row in rows
    )


async def pools(inventory: Database) -> tuple[Pool, ...]:
    rows = await inventory.fetch("SELECT * FROM pools")
    names = ("public_limit", "actual_limit", "held", "sold", "spare_sold", "oversold")
    return tuple(Pool(counts=Counts(**{name: row[name] for name in names}), **_where(row)) for row in rows)


async def ledger(inventory: Database) -> tuple[LedgerEntry, ...]:
    rows = await inventory.fetch("SELECT * FROM ledger ORDER BY id")
    return tuple(
        LedgerEntry(
            operation=row["operation"],
            order_id=_text(row["order_id"]),
            event_id=_text(row["event_id"]),
            before=_counts(row["before"]),
            after=_counts(row["after"]),
            **_where(row),
        )
        for row in rows
    )


def added_up(orders: Iterable[PaidOrder]) -> Figure:
    amounts = [order.amount for order in orders]
    return Figure(orders=len(amounts), amount=sum(amounts))


async def counted(monitor: Database) -> Figure:
    row = await monitor.fetchrow(
        "SELECT coalesce(sum(count), 0)::bigint AS orders, coalesce(sum(total), 0)::bigint AS amount "
        "FROM total_figures WHERE figure = 'orders_paid'"
    )
    return Figure(orders=row["orders"], amount=row["amount"]) if row else Figure(orders=0, amount=0)


def _where(row: Row) -> dict[str, str]:
    return {"city_id": row["city_id"], "tier": row["tier"]}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _counts(entry: Mapping[str, int]) -> Counts:
    return Counts(
        public_limit=entry["publicLimit"],
        actual_limit=entry["actualLimit"],
        held=entry["held"],
        sold=entry["sold"],
        spare_sold=entry["spareSold"],
        oversold=entry["oversold"],
    )
