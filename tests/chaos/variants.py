"""Five ways to build it wrong, each as it might be written: the invariants must find what they do (L-9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.crashpoints import crashpoint
from chassis.database import Reader, Transaction
from eventbus import Progress
from eventbus.incoming import inbox, offsets
from eventbus.incoming.offsets import Partition
from eventbus.incoming.processing import EffectProcessor
from eventbus.outgoing import outbox_store
from eventbus.outgoing.lease import Lease
from eventbus.outgoing.outbox_store import COLUMNS, OutboxRow
from eventbus.outgoing.relay import Relay


def offset_before_effect() -> None:
    """As a client's own commit does it: the position first, in a transaction of its own."""
    advance, transact = offsets.advance, EffectProcessor._transact

    async def nothing(*_arguments: object, **_options: object) -> None:
        return

    async def first_the_offset(
        self: EffectProcessor, batch: Any, following: Mapping[Partition, int], *, cluster_id: str, apply: Any
    ) -> str | None:
        async with self._database.transaction() as tx:
            await advance(tx, self.effect.group, following, cluster_id=cluster_id)
        return await transact(self, batch, following, cluster_id=cluster_id, apply=apply)

    offsets.advance = nothing
    EffectProcessor._transact = first_the_offset  # type: ignore[method-assign]


def removed_before_acknowledged() -> None:
    """The outbox row goes first, and is sent then."""

    async def first_the_row(self: Relay, lease: Lease, rows: Sequence[OutboxRow]) -> None:
        await outbox_store.move_sent(lease, [row.id for row in rows], {})
        crashpoint("relay.after_move")
        await self._send(lease, rows)

    Relay._send_window = first_the_row  # type: ignore[method-assign]


def no_inbox() -> None:
    """Every record is taken for new."""

    async def all_of_them(tx: Transaction, group: str, event_ids: Sequence[UUID]) -> set[UUID]:
        return set(event_ids)

    inbox.claim = all_of_them


def watermark() -> None:
    """The last id that was sent is remembered; what commits later with a lower one is never looked for."""
    last: dict[Reader, int] = {}
    move = outbox_store.move_sent

    async def above_the_mark(reader: Reader, *, limit: int) -> list[OutboxRow]:
        sql = f"SELECT {COLUMNS} FROM outbox WHERE id > $1 ORDER BY id LIMIT $2"
        return [outbox_store.outbox_row(row) for row in await reader.fetch(sql, last.get(reader, 0), limit)]

    async def and_remember(reader: Reader, ids: Sequence[int], marks: Mapping[Partition, int]) -> None:
        await move(reader, ids, marks)
        last[reader] = max(ids)

    outbox_store.select_window = above_the_mark
    outbox_store.move_sent = and_remember


def clock_alone() -> None:
    """A hold that has ended is free, whatever was paid and not read yet."""

    async def always(self: Progress, tx: Transaction, mark: Mapping[Partition, int]) -> bool:
        return True

    Progress.passed = always  # type: ignore[method-assign]


VARIANTS: Mapping[str, Callable[[], None]] = {
    each.__name__: each
    for each in (offset_before_effect, removed_before_acknowledged, no_inbox, watermark, clock_alone)
}
