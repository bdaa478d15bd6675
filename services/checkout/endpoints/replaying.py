"""Has events of the processor handled that are not here, and failed ones again: people ask for it (R-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from chassis.audit import Actor
from chassis.database import Database
from chassis.errors import NotFound
from checkout.endpoints.errors import AccountUnreadable
from checkout.payments.processors.port import Listed, ProcessorDesk, ProcessorFailure, ProcessorRefused, Stretch
from checkout.webhooks import store
from checkout.webhooks.domain import FINISHED, RawWebhook, WebhookState
from checkout.webhooks.service import WebhookInbox

_DEADLINE: Final = timedelta(seconds=15)


class Presence(StrEnum):
    """How an event of the processor stands here."""

    MISSING = "missing"
    FAILED = "failed"
    OPEN = "open"  # it is being handled, or waits for something
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayWish:
    """What a person wants to have again.

    since, until: the stretch of time in which it happened, by the processor's clock
    event_ids: single events in place of that
    account: whose events, of those connected to ours; None: our own
    """

    since: datetime
    until: datetime
    event_ids: Sequence[str] = ()
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """An event of the processor.

    event_id: its id, as we have it where we do
    type: what happened, in the processor's words
    created_at: when
    presence: how it stands here
    """

    event_id: str
    type: str
    created_at: datetime
    presence: Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPage:
    """A page of them.

    found: what is on it, the newest first
    replayed: the ids of those that are handled now, or again
    after: where the next page goes on; None at the end
    """

    found: tuple[FoundEvent, ...]
    replayed: tuple[str, ...]
    after: str | None


class Replaying:
    """The use case. It opens its transactions: the processor is asked before."""

    def __init__(self, *, database: Database, desk: ProcessorDesk, inbox: WebhookInbox) -> None:
        self._database = database
        self._desk = desk
        self._inbox = inbox

    async def preview(self, wish: ReplayWish, *, after: str | None) -> ReplayPage:
        """What a replay would find; changes nothing. Raises AccountUnreadable and NotFound."""
        listed, found = await self._found(wish, after)
        return ReplayPage(found=found, replayed=(), after=listed.after)

    async def replay(self, wish: ReplayWish, *, after: str | None, actor: Actor) -> ReplayPage:
        """What is missing is taken in, what failed is tried again, the rest is left. Raises as `preview`."""
        listed, found = await self._found(wish, after)
        missing = [
            webhook for webhook, each in zip(listed.items, found, strict=True) if each.presence is Presence.MISSING
        ]
        failed = [each.event_id for each in found if each.presence is Presence.FAILED]
        async with self._database.transaction() as tx:
            replayed = await self._inbox.replay(tx, self._desk.name, missing, failed, actor=actor)
        return ReplayPage(found=found, replayed=tuple(replayed), after=listed.after)

    async def _found(self, wish: ReplayWish, after: str | None) -> tuple[Listed[RawWebhook], tuple[FoundEvent, ...]]:
        try:
            listed = await self._listed(wish, after)
        except ProcessorFailure as failure:
            raise AccountUnreadable(f"{wish.account or 'Our own account'}: {failure}") from failure
        here = await store.standing(self._database, self._desk.name, [each.occasion for each in listed.items])
        return listed, tuple(_found_event(each, here) for each in listed.items)

    async def _listed(self, wish: ReplayWish, after: str | None) -> Listed[RawWebhook]:
        if wish.event_ids:
            return Listed(items=[await self._event(wish, each) for each in wish.event_ids], after=None)
        if wish.since >= wish.until:
            return Listed(items=(), after=None)
        stretch = Stretch(since=wish.since, until=wish.until)
        return await self._desk.events(
            stretch, undelivered=False, account=wish.account, after=after, deadline=_DEADLINE
        )

    async def _event(self, wish: ReplayWish, event_id: str) -> RawWebhook:
        try:
            return await self._desk.event(event_id, account=wish.account, deadline=_DEADLINE)
        except ProcessorRefused as refusal:
            if refusal.status == HTTPStatus.NOT_FOUND:
                raise NotFound(f"The processor knows no event {event_id}; it keeps them for 30 days.") from refusal
            raise


def _found_event(webhook: RawWebhook, here: Mapping[str, tuple[str, WebhookState]]) -> FoundEvent:
    event_id, state = here.get(webhook.occasion, (webhook.event_id, None))
    return FoundEvent(event_id=event_id, type=webhook.type, created_at=webhook.created_at, presence=presence(state))


def presence(state: WebhookState | None) -> Presence:
    """How an event stands that has this state here; None: there is none."""
    if state is None:
        return Presence.MISSING
    if state is WebhookState.FAILED:
        return Presence.FAILED
    return Presence.FINISHED if state in FINISHED else Presence.OPEN
