"""Use cases of passes. Each takes the transaction; the pass's row is locked before any outbox row is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.errors import Retry
from chassis.ids import uuid7_of
from chassis.keys import PublicKeys, SigningKey
from chassis.pass_codes import sign_pass, verify_pass
from chassis.telemetry import current_traceparent, get_logger
from checkout.catalogue import store as catalogue_store
from checkout.passes import store
from checkout.passes.domain import Pass, PassAction, Use, granted, next_entry, pass_id_of, pass_lines
from checkout.passes.errors import UnknownPass, UnknownUse
from checkout.passes.tokens import PassLinks
from eventbus import Outbox, Outgoing
from events import OrderEvent, OrderPaid, PassEnding, PassEvent, PassGranted, PassUsed, PassUseUndone

log = get_logger()

# Events name nobody; the audit of the lost database did.
_RESTORED: Final = "restored"


class PassService:
    """Grants what was paid, lets passes follow their orders, and uses them up."""

    def __init__(self, *, outbox: Outbox, links: PassLinks, keys: Sequence[SigningKey], clock: Clock) -> None:
        """`keys`: the first signs, and codes of all are good."""
        self._outbox = outbox
        self._links = links
        self._key = keys[0]
        self._known_keys = PublicKeys({key.key_id: key.private.public_key() for key in keys})
        self._clock = clock

    async def grant(self, tx: Transaction, order: OrderPaid) -> None:
        """A pass for each line of a paid order that sells one; a repeat grants nothing more.

        Raises Retry while the catalogue has no such pass: a restored one may have lost it.
        """
        lines = list(pass_lines(order))
        catalogue = await catalogue_store.read(tx) if lines else None
        for line in lines:
            kind = catalogue.passes.get(line.item_id) if catalogue else None
            if kind is None:
                raise Retry(f"the catalogue has no pass {line.item_id}")
            code = sign_pass(self._key, pass_id_of(order.order_id, line.line))
            made = granted(order, line, kind, code=code)
            if await store.insert(tx, made):
                await self._tell_granted(tx, made)
                log.info("pass_granted", pass_id=str(made.pass_id), order_id=str(order.order_id))

    async def follow(self, tx: Transaction, order: OrderEvent) -> None:
        """The order's passes rest while it is disputed, and are over while all of its money is back with its buyer.

        Raises Retry while they are not granted here: that is another event of the order.
        """
        for line in pass_lines(order):
            held = await store.get_locked(tx, pass_id_of(order.order_id, line.line))
            if held is None:
                raise Retry(f"the pass of order {order.order_id} is not granted yet")
            changed = held.following(order)
            if changed is not None:
                await store.update(tx, changed)

    async def use(
        self, tx: Transaction, pass_id: UUID, *, use_id: str, place: str, code: str | None, actor: Actor
    ) -> tuple[Pass, Use]:
        """One entry less; the same use again changes nothing, and gets the same answer.

        Raises UnknownPass, PassCodeInvalid, PassEnded, PassFrozen, PassExpired or PassUsedUp.
        """
        if code is not None and verify_pass(self._known_keys, code) != pass_id:
            raise UnknownPass
        held = await store.get_locked(tx, pass_id)
        if held is None:
            raise UnknownPass
        uses = await _uses(tx, pass_id)
        if use_id in uses:
            return held, uses[use_id]
        now = self._clock.now()
        held.require_usable(now)
        used = held.after_use()
        use = Use(use_id=use_id, number=next_entry(uses.values()), place=place, used_by=actor.name, used_at=now)
        await store.update(tx, used)
        await store.add_use(tx, pass_id, use)
        after = {"entriesLeft": used.entries_left, "place": place}
        await audit.record(tx, PassAction.USED, actor=actor, target=audit.target("pass", pass_id), after=after)
        await self._outbox.publish(tx, _event(PassUsed, used, at=now, use_id=use_id, place=place))
        return used, use

    async def undo(self, tx: Transaction, pass_id: UUID, *, use_id: str, reason: str, actor: Actor) -> tuple[Pass, Use]:
        """An entry that was counted by mistake is left again; a use that is undone stays so, and gets the same answer.

        Raises UnknownPass or UnknownUse.
        """
        held = await store.get_locked(tx, pass_id)
        if held is None:
            raise UnknownPass
        use = (await _uses(tx, pass_id)).get(use_id)
        if use is None:
            raise UnknownUse
        if not use.counts:
            return held, use
        now = self._clock.now()
        after, undone = held.after_undo(), _undone(use, at=now, by=actor.name, reason=reason)
        await store.update(tx, after)
        await store.undo_use(tx, pass_id, undone)
        await audit.record(
            tx,
            PassAction.UNDONE,
            actor=actor,
            target=audit.target("pass", pass_id),
            reason=reason,
            before={"entriesLeft": held.entries_left, "place": use.place},
            after={"entriesLeft": after.entries_left},
        )
        told = _event(PassUseUndone, after, at=now, use_id=use_id, place=use.place, used_at=use.used_at)
        await self._outbox.publish(tx, told)
        return after, undone

    async def note_use(self, tx: Transaction, event: PassUsed) -> None:
        """A use that only its event knows, after this database came from a backup; any other is known already.

        Raises Retry while the pass itself is not known here again.
        """
        held = await store.get_locked(tx, event.pass_id)
        if held is None:
            raise Retry(f"pass {event.pass_id} is not granted yet")
        uses = await _uses(tx, event.pass_id)
        if event.use_id in uses or not held.entries_left:
            return
        await store.update(tx, held.after_use())
        await store.add_use(tx, event.pass_id, _lost(event, next_entry(uses.values()), used_at=event.occurred_at))

    async def note_undo(self, tx: Transaction, event: PassUseUndone) -> None:
        """The same of an entry that was counted by mistake; a use that is heard of later than its undo counts nothing.

        Raises Retry while the pass itself is not known here again.
        """
        held = await store.get_locked(tx, event.pass_id)
        if held is None:
            raise Retry(f"pass {event.pass_id} is not granted yet")
        uses = await _uses(tx, event.pass_id)
        known = uses.get(event.use_id)
        if known is None:
            lost = _lost(event, next_entry(uses.values()), used_at=event.used_at)
            await store.add_use(tx, event.pass_id, _undone(lost, at=event.occurred_at, by=_RESTORED))
        elif known.counts:
            await store.update(tx, held.after_undo())
            await store.undo_use(tx, event.pass_id, _undone(known, at=event.occurred_at, by=_RESTORED))

    async def tell_ending(self, tx: Transaction, *, within: timedelta, limit: int) -> int:
        """Says once of each pass with entries left that it ends within this time; of how many it was."""
        now = self._clock.now()
        ending = await store.take_ending(tx, now=now, within=within, limit=limit)
        for held in ending:
            link = self._links.page(held.holder_id)
            await self._outbox.publish(tx, _event(PassEnding, held, at=now, link=link))
        return len(ending)

    async def _tell_granted(self, tx: Transaction, made: Pass) -> None:
        """A pass is granted once: a database that comes from a backup says the same event."""
        event = _event(PassGranted, made, at=made.valid_from, link=self._links.page(made.holder_id))
        id_ = uuid7_of(made.valid_from, str(made.pass_id), PassGranted.type)
        await self._outbox.enqueue(tx, [Outgoing(event=event, traceparent=current_traceparent(), id=id_)])


async def _uses(tx: Transaction, pass_id: UUID) -> dict[str, Use]:
    """Every use of a pass that is locked, by its id."""
    return {use.use_id: use for use in (await store.uses(tx, [pass_id]))[pass_id]}


def _undone(use: Use, *, at: datetime, by: str, reason: str = "") -> Use:
    return replace(use, undone_at=at, undone_by=by, undone_reason=reason)


def _lost(event: PassUsed | PassUseUndone, number: int, *, used_at: datetime) -> Use:
    """A use that only its event knows: who let the person in is lost."""
    return Use(use_id=event.use_id, number=number, place=event.place, used_by=_RESTORED, used_at=used_at)


def _event(kind: type[PassEvent], held: Pass, *, at: datetime, **more: object) -> PassEvent:
    same = {name: getattr(held, name) for name in kind.model_fields if hasattr(held, name)}
    return kind(**{**same, **more, "occurred_at": at})
