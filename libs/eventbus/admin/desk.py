"""Carries out what people do with letters, subscriptions and the archive: a transaction an act, with its audit row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chassis import audit
from chassis.audit import Actor
from chassis.database import Database, Transaction
from chassis.errors import InvalidRequest
from chassis.http.lists import read_cursor, write_cursor
from chassis.paging import page_of
from eventbus.admin.errors import LetterSettled, LetterWithoutId, NotStopped, UnknownGroup, UnknownLetter
from eventbus.admin.models import (
    DropSelection,
    FullLetterView,
    LetterListQuery,
    LetterPage,
    LetterSelection,
    Moved,
    PartitionStopView,
    PositionView,
    Range,
    Republished,
    Settled,
    Skip,
    StopView,
    SubscriptionList,
    SubscriptionView,
)
from eventbus.admin.rendering import full_view, letter_view
from eventbus.failures import dead_letters, letters, stops
from eventbus.failures.letters import Letter, LetterState
from eventbus.failures.stops import PartitionStop, Stop
from eventbus.incoming import inbox, offsets
from eventbus.incoming.offsets import Partition
from eventbus.operation import actions
from eventbus.operation.actions import Action
from eventbus.outgoing import outbox_store
from eventbus.outgoing.outbox import Outbox
from eventbus.outgoing.outbox_store import Place
from events import Topic


class LetterDesk:
    """Lists, redrives and drops dead letters. Raises `UnknownLetter`, `LetterSettled` or `LetterWithoutId`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, query: LetterListQuery) -> LetterPage:
        """A page of the letters that fit, newest first, with the counts of all that fit."""
        wanted, before = query.filter(), int(query.cursor) if query.cursor else None
        page, following = await page_of(
            lambda limit: letters.find(self._database, wanted, before=before, limit=limit),
            limit=query.limit,
            cursor=lambda letter: str(letter.id),
        )
        return LetterPage(
            data=[letter_view(letter) for letter in page],
            next_cursor=following,
            counts=await letters.count(self._database, wanted),
        )

    async def one(self, letter_id: int, *, raw: bool = False) -> FullLetterView:
        """A letter with its record and its history."""
        letter = await letters.get(self._database, letter_id)
        if letter is None:
            raise UnknownLetter
        return full_view(letter, await audit.of_target(self._database, actions.letter(letter_id)), raw=raw)

    async def redrive(self, letter_id: int, *, actor: Actor) -> FullLetterView:
        """Hands a dead or dropped letter back to its group."""
        async with self._database.transaction() as tx:
            letter = await _known(tx, letter_id)
            if letter.event_id is None:
                raise LetterWithoutId
            if not await letters.redrive(tx, [letter_id], actor=actor):
                raise LetterSettled(f"Letter {letter_id} is {letter.state}.")
        return await self.one(letter_id)

    async def drop(self, letter_id: int, *, actor: Actor, because: str) -> FullLetterView:
        """Drops a dead letter for a reason that is kept."""
        async with self._database.transaction() as tx:
            letter = await _known(tx, letter_id)
            if not await letters.drop(tx, [letter_id], actor=actor, because=because):
                raise LetterSettled(f"Letter {letter_id} is {letter.state}.")
        return await self.one(letter_id)

    async def redrive_many(self, selection: LetterSelection, *, actor: Actor) -> Settled:
        """Redrives the next letters that fit; without a state in the selection, only dead ones."""
        async with self._database.transaction() as tx:
            chosen = await self._chosen(tx, selection)
            settled = await letters.redrive(tx, chosen, actor=actor)
        return _settled(selection, chosen, settled)

    async def drop_many(self, selection: DropSelection, *, actor: Actor) -> Settled:
        """Drops the next letters that fit; without a state in the selection, only dead ones."""
        async with self._database.transaction() as tx:
            chosen = await self._chosen(tx, selection)
            settled = await letters.drop(tx, chosen, actor=actor, because=selection.because)
        return _settled(selection, chosen, settled)

    async def _chosen(self, tx: Transaction, selection: LetterSelection) -> list[int]:
        """Many at once are dead ones only, unless states are named."""
        wanted = selection.filter()
        if not wanted.states:
            wanted = replace(wanted, states=(LetterState.DEAD,))
        return await letters.choose(tx, wanted, after=selection.after, limit=selection.limit)


async def _known(tx: Transaction, letter_id: int) -> Letter:
    letter = await letters.get(tx, letter_id)
    if letter is None:
        raise UnknownLetter
    return letter


def _settled(selection: LetterSelection, chosen: Sequence[int], settled: Sequence[int]) -> Settled:
    return Settled(seen=len(chosen), settled=len(settled), last=chosen[-1] if len(chosen) == selection.limit else None)


class SubscriptionDesk:
    """Shows the groups' positions and stops, and moves or starts a group. Raises `UnknownGroup` or `NotStopped`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> SubscriptionList:
        """All groups with their positions, stops and letters."""
        stopped, partitions = await stops.stopped(self._database), await stops.stopped_partitions(self._database)
        dead, deferred = await dead_letters.waiting(self._database), await inbox.deferred(self._database)
        groups = await offsets.groups(self._database)
        return SubscriptionList(
            data=[
                SubscriptionView(
                    group=group,
                    stopped=_stop_view(stopped.get(group)),
                    stopped_partitions=[_partition_view(stop) for stop in partitions.get(group, ())],
                    dead_letters=dead.get(group, 0),
                    deferred=deferred.get(group, 0),
                    positions=_positions(groups.get(group, {})),
                )
                for group in sorted({*groups, *stopped, *partitions, *dead, *deferred})
            ]
        )

    async def start(self, group: str, *, actor: Actor, because: str) -> Moved:
        """Clears the group's stop; its processes go on within seconds."""
        async with self._database.transaction() as tx:
            await _require_group(tx, group)
            stop = (await stops.stopped(tx)).get(group)
            if stop is None or not await stops.start(tx, group):
                raise NotStopped(f"{group} has not stopped itself.")
            target, before = actions.group(group), {"stopped": stop.reason, "since": stop.stopped_at}
            await audit.record(
                tx, Action.STARTED, actor=actor, target=target, reason=because, before=before, after={"stopped": None}
            )
        return Moved(group=group, moved=0)

    async def skip(self, group: str, skip: Skip, *, actor: Actor) -> Moved:
        """Moves the group behind the batch that holds an unreadable record, if its partition is stopped there."""
        partition = Partition(skip.topic, skip.partition)
        async with self._database.transaction() as tx:
            await _require_group(tx, group)
            stop = next((each for each in await _stops_of(tx, group) if each.partition == partition), None)
            if stop is None or not stop.first_offset <= skip.offset <= stop.last_offset:
                raise NotStopped(f"{group} does not stand at {skip.topic} {skip.partition} {skip.offset}.")
            stood = await offsets.pass_over(tx, group, partition, offset=stop.last_offset)
            await stops.clear_partition(tx, group, partition)
            await audit.record(
                tx,
                Action.SKIPPED,
                actor=actor,
                target=actions.group(group),
                reason=skip.because,
                before={**_place_of(partition, stood), "unreadable": [stop.first_offset, stop.last_offset]},
                after=_place_of(partition, stop.last_offset + 1),
            )
        return Moved(group=group, moved=1)

    async def read_again(self, group: str, topic: str, *, actor: Actor, because: str) -> Moved:
        """Moves the group back to the beginning of the topic; the inbox drops events that already had their effect."""
        async with self._database.transaction() as tx:
            await _require_group(tx, group)
            known = (await offsets.groups(tx)).get(group, {})
            before = [_place_of(partition, offset) for partition, offset in known.items() if partition.topic == topic]
            moved = await offsets.read_again(tx, group, topic)
            await audit.record(
                tx,
                Action.READ_AGAIN,
                actor=actor,
                target=actions.group(group),
                reason=because,
                before={"positions": before},
                after={"topic": topic, "from": "its beginning"},
            )
        return Moved(group=group, moved=moved)


class ArchiveDesk:
    """Sends archived events again."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox

    async def republish(self, wish: Range, *, actor: Actor) -> Republished:
        """Puts the range's next archived events back into the outbox."""
        topics = [topic.value for topic in wish.topic or Topic]
        after = _place(wish.after) if wish.after else None
        async with self._database.transaction() as tx:
            copied = await self._outbox.republish(
                tx, topics, since=wish.since, until=wish.until, after=after, limit=wish.limit
            )
            sent = {"topics": topics, "since": wish.since, "until": wish.until, "rows": copied.rows}
            await audit.record(tx, Action.REPUBLISHED, actor=actor, target=actions.ARCHIVE, after=sent)
        backlog = await outbox_store.backlog(self._database)
        following = write_cursor(copied.last.sent_at, copied.last.id) if copied.last else None
        return Republished(rows=copied.rows, waiting=backlog.depth, next=following)


def _place_of(partition: Partition, offset: int | None) -> dict[str, object]:
    """Where a group stands, for the audit."""
    return {"topic": partition.topic, "partition": partition.number, "nextOffset": offset}


def _place(cursor: str) -> Place:
    moment, text = read_cursor(cursor)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidRequest(fields={"after": "That is no place in the archive."})
    return Place(sent_at=moment, id=int(text))


async def _require_group(tx: Transaction, group: str) -> None:
    known = {*await offsets.groups(tx), *await stops.stopped(tx), *await stops.stopped_partitions(tx)}
    if group not in known:
        raise UnknownGroup


async def _stops_of(tx: Transaction, group: str) -> Sequence[PartitionStop]:
    return (await stops.stopped_partitions(tx)).get(group, ())


def _stop_view(stop: Stop | None) -> StopView | None:
    return StopView(reason=stop.reason, stopped_at=stop.stopped_at) if stop else None


def _partition_view(stop: PartitionStop) -> PartitionStopView:
    return PartitionStopView(
        topic=stop.partition.topic,
        partition=stop.partition.number,
        first_offset=stop.first_offset,
        last_offset=stop.last_offset,
        reason=stop.reason,
        stopped_at=stop.stopped_at,
    )


def _positions(positions: Mapping[Partition, int]) -> list[PositionView]:
    return [
        PositionView(topic=partition.topic, partition=partition.number, next_offset=next_offset)
        for partition, next_offset in positions.items()
    ]
