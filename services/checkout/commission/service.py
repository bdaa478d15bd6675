"""Use cases of collections. Each takes the transaction; a collection's row is locked before it becomes another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.commission import back_store, list_store, store
from checkout.commission.domain import (
    Collection,
    CollectionAction,
    CollectionBlock,
    CollectionState,
    CollectionWay,
    CorrectionCause,
    Received,
    Verification,
    pause_after,
)
from checkout.commission.errors import CollectionCompleted, UnknownCollection
from checkout.commission.invoice import Invoice
from checkout.commission.messages import CollectionMessages
from checkout.commission.sums import split_due, worth_collecting

log = get_logger()


class Collections:
    """What the platform has to get of providers.

    mark: of this installation, by which its debits and invoices are told from those of others at the same account
    """

    def __init__(self, messages: CollectionMessages, *, mark: str, clock: Clock) -> None:
        self._messages = messages
        self._mark = mark
        self._clock = clock

    async def make(self, tx: Transaction, provider_id: int, currency: str, *, until: datetime) -> Collection | None:
        """Puts all that is in no collection into a new one, which is due at once.

        None when that can't be charged, as a credit can't: it stays for the next one; or somebody else makes it now.
        """
        begun = await store.begin(tx, provider_id, currency, mark=self._mark, until=until)
        if begun is None:
            return None
        await store.take_entries(tx, begun)
        correction = await store.take_corrections(tx, begun)
        summed = await store.sums(tx, begun.collection_id)
        if not worth_collecting(summed, correction, currency):
            await store.discard(tx, begun.collection_id)
            return None
        split = split_due(summed.owed + correction, currency)
        made = await store.price(tx, begun.collection_id, summed, correction=correction, split=split)
        await store.correct(tx, made, split.carried, CorrectionCause.CARRIED)
        log.info("collection_made", collection=made.collection_id, provider=str(provider_id), amount=made.amount)
        return made

    async def block(self, tx: Transaction, collection_id: int, block: CollectionBlock) -> None:
        """It is not started: the account can't be charged. It is looked at again when others are made."""
        found = await _locked(tx, collection_id)
        if found.state is CollectionState.PENDING:
            news = found.blocked_by is not block
            blocked = replace(found, blocked_by=block, version=found.version + int(news))
            await store.move(tx, blocked)
            if news:
                await self._messages.blocked(tx, blocked)
            log.warning("collection_blocked", collection=collection_id, reason=block.value)

    async def start(
        self,
        tx: Transaction,
        collection_id: int,
        way: CollectionWay,
        *,
        account_id: str | None = None,
        block: CollectionBlock | None = None,
        lease: timedelta,
    ) -> Collection | None:
        """Stripe is going to be asked for it; None when it isn't pending any more.

        account_id: which account is debited
        block: why none is
        """
        found = await _locked(tx, collection_id)
        if found.state is not CollectionState.PENDING:
            return None
        started = replace(
            found,
            state=CollectionState.PROCESSING,
            blocked_by=block,
            way=way,
            account_id=account_id,
            invoice_id=None,
            invoice_number=None,
            invoice_url=None,
            payable_until=None,
            processing_since=self._clock.now(),
            version=found.version + 1,
        )
        await store.move(tx, started, due_after=lease)
        await self._messages.started(tx, started)
        return started

    async def invoiced(
        self, tx: Transaction, collection_id: int, invoice: Invoice, *, again_in: timedelta | None
    ) -> None:
        """The provider has its invoice, which Stripe is asked about again in a while."""
        found = await _locked(tx, collection_id)
        if found.state is CollectionState.FAILED:
            await store.move(tx, found, due_after=again_in)
        if found.state is not CollectionState.PROCESSING:
            return
        known = found.invoice_id == invoice.invoice_id
        sent = replace(_with(found, invoice), version=found.version + int(not known))
        await store.move(tx, sent, due_after=again_in)
        if not known:
            await self._messages.invoiced(tx, sent, invoice)
            log.info("collection_invoiced", collection=collection_id, amount=invoice.total)

    async def complete(
        self, tx: Transaction, collection_id: int, received: Received, *, invoice: Invoice | None = None
    ) -> None:
        """Stripe has the money; of another amount than was asked for, the difference is the next one's."""
        found = await _locked(tx, collection_id)
        if found.state is CollectionState.COMPLETED:
            return
        completed = replace(
            _with(found, invoice),
            state=CollectionState.COMPLETED,
            failed_cause=None,
            failed_reason=None,
            charge_id=received.charge_id,
            collected=received.amount,
            settled_at=self._clock.now(),
            version=found.version + 1,
        )
        await store.move(tx, completed)
        await store.correct(tx, completed, found.amount - received.amount, CorrectionCause.COLLECTED)
        # What was told of its money before is asked for now.
        await back_store.make_due(tx, collection_id)
        await self._messages.collected(tx, completed, received)
        log.info("collection_completed", collection=collection_id, amount=received.amount)

    async def close(self, tx: Transaction, collection_id: int) -> None:
        """There is nothing to take, and Stripe has taken nothing."""
        found = await _locked(tx, collection_id)
        if found.state is CollectionState.PENDING and found.amount == 0:
            settled_at, version = self._clock.now(), found.version + 1
            completed = CollectionState.COMPLETED
            await store.move(tx, replace(found, state=completed, collected=0, settled_at=settled_at, version=version))

    async def fail(
        self,
        tx: Transaction,
        asked: Collection,
        *,
        cause: str,
        reason: str,
        invoice: Invoice | None = None,
        again_in: timedelta | None = None,
    ) -> None:
        """Stripe has decided: what was asked for was not taken. A retry asks under another key.

        again_in: when it is looked at again, as its invoice may be paid after all; None: it is over
        """
        found = await _locked(tx, asked.collection_id)
        if found.key_number != asked.key_number:
            return
        if found.state is CollectionState.FAILED:
            await store.move(tx, found, due_after=again_in)
        if found.state is not CollectionState.PROCESSING:
            return
        failed = replace(
            _with(found, invoice),
            state=CollectionState.FAILED,
            failed_cause=cause,
            failed_reason=reason,
            key_number=found.key_number + 1,
            settled_at=self._clock.now(),
            version=found.version + 1,
        )
        await store.move(tx, failed, due_after=again_in)
        await self._messages.failed(tx, failed)
        log.error("collection_failed", collection=found.collection_id, reason=cause)

    async def ask_again(self, tx: Transaction, collection_id: int, *, new_key: bool = False) -> None:
        """No decision came: the same again after a while, under a new key where the old one would bring the same."""
        found = await _locked(tx, collection_id)
        if found.state is not CollectionState.COMPLETED:
            moved = replace(found, key_number=found.key_number + int(new_key))
            await store.move(tx, moved, due_after=pause_after(found.tries))

    async def retry(self, tx: Transaction, collection_id: int, *, actor: Actor) -> Collection:
        """Has one that failed, or was not started, asked for again; of one under way Stripe is asked at once.

        Raises UnknownCollection or CollectionCompleted.
        """
        found = await _locked(tx, collection_id)
        if found.state is CollectionState.COMPLETED:
            raise CollectionCompleted
        retried = found if found.state is CollectionState.PROCESSING else _reopened(found)
        await store.move(tx, retried, due_after=timedelta(0))
        was, now = {"state": found.state.value}, {"state": retried.state.value}
        await audit.record(
            tx, CollectionAction.RETRIED, actor=actor, target=_target(collection_id), before=was, after=now
        )
        return retried

    async def verify(self, tx: Transaction, collection_id: int, *, scope: int | None, actor: Actor) -> Verification:
        """Sums it up again, and changes nothing. Raises UnknownCollection."""
        found = visible(await store.get(tx, collection_id), scope)
        verified = await _verification(tx, found)
        shown = {"holds": verified.holds, "missing": len(verified.missing), "difference": verified.difference}
        await audit.record(tx, CollectionAction.VERIFIED, actor=actor, target=_target(collection_id), after=shown)
        return verified

    async def recalculate(self, tx: Transaction, collection_id: int, *, actor: Actor) -> Collection:
        """Corrects its amount while it is pending; later, the next collection takes the difference.

        Raises UnknownCollection.
        """
        found = await _locked(tx, collection_id)
        verified = await _verification(tx, found)
        if verified.difference == 0:
            return found
        if found.state is CollectionState.PENDING:
            after = await self._priced_again(tx, found)
        else:
            await store.correct(tx, found, verified.difference, CorrectionCause.RECALCULATED)
            after = found
        was, now = {"amount": found.amount}, {"amount": after.amount, "difference": verified.difference}
        await audit.record(
            tx, CollectionAction.RECALCULATED, actor=actor, target=_target(collection_id), before=was, after=now
        )
        return after

    async def _priced_again(self, tx: Transaction, found: Collection) -> Collection:
        """With what of it was left to the next one before."""
        summed = await store.sums(tx, found.collection_id)
        split = split_due(summed.owed + found.correction - found.carried, found.currency)
        correction = found.correction - found.carried
        priced = await store.price(tx, found.collection_id, summed, correction=correction, split=split)
        await store.correct(tx, priced, split.carried, CorrectionCause.CARRIED)
        return priced


def _reopened(found: Collection) -> Collection:
    return replace(
        found,
        state=CollectionState.PENDING,
        blocked_by=None,
        failed_cause=None,
        failed_reason=None,
        processing_since=None,
        settled_at=None,
        version=found.version + 1,
    )


def _with(found: Collection, invoice: Invoice | None) -> Collection:
    """With what Stripe says of its invoice, where it has one."""
    if invoice is None:
        return found
    return replace(
        found,
        invoice_id=invoice.invoice_id,
        invoice_number=invoice.number,
        invoice_url=invoice.url,
        payable_until=invoice.due_at,
    )


def visible(found: Collection | None, scope: int | None) -> Collection:
    """The collection, for whoever may see it; raises UnknownCollection. `scope`: the provider that asks."""
    if found is None or scope not in (None, found.provider_id):
        raise UnknownCollection
    return found


async def _locked(tx: Transaction, collection_id: int) -> Collection:
    return visible(await store.get_locked(tx, collection_id), None)


async def _verification(tx: Transaction, found: Collection) -> Verification:
    summed = await store.sums(tx, found.collection_id)
    return Verification(
        missing=tuple(await list_store.missing(tx, found.collection_id)),
        stored=found.owed,
        recalculated=summed.owed,
        corrected=await list_store.corrected(tx, found.collection_id),
    )


def _target(collection_id: int) -> str:
    return audit.target("collection", collection_id)
