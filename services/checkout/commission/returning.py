"""Follows what went back of commission that was collected (P-7).

Webhooks only say that it is time to ask. What is listed then is followed: money that is not ours any more is due again,
by a correction that the next collection takes; what a credit note says is not owed any more, is taken off by one.
"""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.commission import back_store, store
from checkout.commission.backs import BackSums, CollectionBack, news
from checkout.commission.domain import Collection, CollectionState, CorrectionCause
from checkout.commission.messages import CollectionMessages

log = get_logger()


class Returning:
    """`messages`: tells of it."""

    def __init__(self, messages: CollectionMessages) -> None:
        self._messages = messages

    async def follow(
        self, tx: Transaction, collection_id: int, payment_ids: Sequence[str], told: Sequence[CollectionBack]
    ) -> None:
        """Brings what is here to where the lists are. Repeated, or late, it changes nothing.

        payment_ids: what brought its money
        """
        found = await store.get_locked(tx, collection_id)
        if found is None or found.state is not CollectionState.COMPLETED:
            return
        await back_store.keep_payments(tx, collection_id, payment_ids)
        fresh = news(await back_store.of_collection(tx, collection_id), told)
        if not fresh:
            return
        await back_store.keep(tx, collection_id, fresh)
        sums = BackSums.of(await back_store.of_collection(tx, collection_id))
        await back_store.sum_up(tx, collection_id, sums)
        await self._correct(tx, found, sums)
        after = await store.get(tx, collection_id)
        for each in fresh if after else ():
            log.warning("commission_went_back", collection=collection_id, kind=each.kind.value, state=each.status.value)
            await self._messages.went_back(tx, after or found, each)

    async def _correct(self, tx: Transaction, collection: Collection, sums: BackSums) -> None:
        """What is new of it is the next collection's."""
        for cause, wanted in (
            (CorrectionCause.RETURNED, sums.returned),
            (CorrectionCause.FORGIVEN, -sums.forgiven),
        ):
            done = await back_store.corrected(tx, collection.collection_id, cause)
            await store.correct(tx, collection, wanted - done, cause)
