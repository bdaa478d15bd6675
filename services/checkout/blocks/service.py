"""Notes what buyers do that may be abuse, and blocks who does it too often (C-11). Each takes the transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.ids import uuid7
from chassis.telemetry import get_logger
from checkout.blocks import store
from checkout.blocks.domain import BY_HAND, Block, BlockAction, BuyerMark, Seen, Suspicion, blocked_by, suspicions
from checkout.blocks.errors import UnknownBlock
from checkout.blocks.marks import Marks
from config import Abuse, Sign
from eventbus import Outbox
from events import SecurityFraudSuspected

log = get_logger()

CHECKOUT: Final = "checkout"


class Blocks:
    """Who can buy nothing, and why."""

    def __init__(
        self, marks: Marks, *, rules: Callable[[], Abuse], changed: Callable[[], None], outbox: Outbox, clock: Clock
    ) -> None:
        """`marks` makes what buyers are known by; `rules`: those of the configuration, as they are now; `changed` is
        called after each commit that has changed who is blocked.
        """
        self.marks = marks
        self._rules = rules
        self._changed = changed
        self._outbox = outbox
        self._clock = clock

    async def ordered(self, tx: Transaction, order_id: UUID, marks: Sequence[BuyerMark]) -> None:
        """An order is begun: it is the last one, where it is one too many."""
        await self._note(tx, Sign.ORDERED, str(order_id), marks, order_id)

    async def declined(self, tx: Transaction, order_id: UUID, charge_id: str, card: tuple[str, str] | None) -> None:
        """A payment of the order was declined, with this card (fingerprint, last digits) where it was one.

        Whose orders are not counted, their declines aren't either.
        """
        marks = await store.marks_of(tx, order_id)
        if marks:
            used = [self.marks.card(*card)] if card else []
            await self._note(tx, Sign.DECLINED, charge_id, [*marks, *used], order_id)

    async def block(self, tx: Transaction, mark: BuyerMark, *, duration: timedelta, reason: str, actor: Actor) -> Block:
        """A person blocks a buyer; one who is blocked already is blocked anew, for as long as this says."""
        now = self._clock.now()
        await store.lock(tx)
        made = await self._keep(tx, mark, cause=BY_HAND, by=actor.name, until=now + duration, reason=reason)
        await audit.record(
            tx, BlockAction.ADDED, actor=actor, target=_target(made.block_id), after=_shown(made), reason=reason
        )
        return made

    async def lift(self, tx: Transaction, block_id: UUID, *, reason: str, actor: Actor) -> Block:
        """A person lets a buyer go on: what was seen until now counts no more. A second time changes nothing.

        Raises UnknownBlock.
        """
        await store.lock(tx)
        before = await store.get(tx, block_id)
        if before is None:
            raise UnknownBlock
        if before.lifted_at is None:
            await store.lift(tx, block_id, by=actor.name, at=self._clock.now())
            tx.after_commit(self._changed)
            await audit.record(
                tx, BlockAction.LIFTED, actor=actor, target=_target(block_id), before=_shown(before), reason=reason
            )
            log.info("block_lifted", block_id=str(block_id), actor=actor.name)
        return await store.get(tx, block_id) or before

    async def _note(self, tx: Transaction, sign: Sign, source: str, marks: Sequence[BuyerMark], order_id: UUID) -> None:
        now, rules = self._clock.now(), self._rules()
        before = await store.note(tx, sign, source, marks, order_id, at=now, since=now - rules.memory)
        seen = [*before, *(Seen(mark=mark.mark, key=mark.key, sign=sign, at=now) for mark in marks)]
        for suspicion in suspicions(rules.velocity, seen, marks, now=now):
            await self._suspect(tx, suspicion, blocked_by(suspicion, marks), now)

    async def _suspect(self, tx: Transaction, suspicion: Suspicion, whom: Sequence[BuyerMark], now: datetime) -> None:
        """Blocks who isn't blocked yet, and tells of it once."""
        await store.lock(tx)
        new = [mark for mark in whom if not await store.is_blocked(tx, mark, now=now)]
        for mark in new:
            await self._keep(tx, mark, cause=suspicion.rule, by=CHECKOUT, until=suspicion.until)
        if new:
            suspected = SecurityFraudSuspected(
                actor=suspicion.by.shown,
                what=f"{suspicion.by.mark} {', '.join(mark.shown for mark in new)}",
                code=suspicion.rule,
                count=suspicion.count,
                service=CHECKOUT,
                occurred_at=now,
            )
            await self._outbox.publish(tx, suspected)

    async def _keep(
        self, tx: Transaction, mark: BuyerMark, *, cause: str, by: str, until: datetime, reason: str | None = None
    ) -> Block:
        made = Block(
            block_id=uuid7(),
            mark=mark.mark,
            shown=mark.shown,
            cause=cause,
            reason=reason,
            made_by=by,
            made_at=self._clock.now(),
            until=until,
        )
        await store.add(tx, made, mark.key)
        tx.after_commit(self._changed)
        log.warning("buyer_blocked", block_id=str(made.block_id), mark=mark.mark.value, cause=cause, actor=by)
        return made


def _target(block_id: UUID) -> str:
    return audit.target("block", block_id)


def _shown(block: Block) -> dict[str, object]:
    return {"mark": block.mark.value, "shown": block.shown, "cause": block.cause, "until": block.until.isoformat()}
