"""What operators see of the stock: log lines and counted errors (A-11, A-12). After the commit only."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.counted import count_error
from chassis.telemetry import get_logger
from inventory.pools.domain import Change, ChangeKind

log = get_logger()


def report(changes: Sequence[Change]) -> None:
    """Counts and logs what was committed, one line a kind where there may be many."""
    for change in changes:
        if change.kind is not ChangeKind.HELD:
            _count(change)
    sold = [change for change in changes if change.kind is ChangeKind.SOLD]
    if sold:
        log.info("tickets_created", orders=len(sold), tickets=sum(change.quantity for change in sold))
    freed = [change for change in changes if change.kind in {ChangeKind.RELEASED, ChangeKind.EXPIRED}]
    if freed:
        log.info("holds_released", orders=len(freed), seats=sum(change.quantity for change in freed))


def _count(change: Change) -> None:
    where = {"city": change.after.city_id, "tier": change.tier}
    if change.kind is ChangeKind.OVERSOLD:
        count_error("oversold_tickets", **where, seats=change.quantity, order=str(change.order_id))
    elif change.kind is ChangeKind.EXPIRED:
        count_error("reservation_expired", **where, seats=change.quantity, order=str(change.order_id))
    elif change.kind is ChangeKind.OPENED:
        log.info("pool_opened", **where, seats=change.quantity)
    elif change.kind is ChangeKind.EXPANDED:
        _expanded(change)
    elif change.kind in {ChangeKind.SHRUNK, ChangeKind.RESET, ChangeKind.CORRECTED}:
        counts = {
            when: city.pools[change.tier].counts()
            for when, city in (("before", change.before), ("after", change.after))
        }
        log.info(
            "inventory_updated",
            **where,
            what=change.kind,
            **counts,
            actor=change.cause.actor,
            reason=change.cause.reason,
        )


def _expanded(change: Change) -> None:
    before, after = (city.pools[change.tier].actual_limit for city in (change.before, change.after))
    log.info(
        "inventory_expansion_completed",
        cityId=change.after.city_id,
        tier=change.tier,
        additionalSpots=change.quantity,
        before=before,
        after=after,
        authorizedBy=change.cause.actor,
        reason=change.cause.reason,
    )
