"""Collections as the API shows them: snake_case, amounts as decimals in major units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Self

from pydantic import Field

from chassis.http.exact import Decimals, SnakeBody, SnakeOut
from chassis.money import Money
from checkout.commission.backs import BackKind, BackStatus, CollectionBack
from checkout.commission.domain import (
    Collection,
    CollectionBlock,
    CollectionState,
    CollectionWay,
    StateSums,
    Verification,
)
from checkout.commission.sums import EntrySums, RateSums
from checkout.providers.domain import MOST_ID, WHOLE


class CollectIn(SnakeBody):
    """Whose commission is to be collected."""

    provider: int | None = Field(None, ge=1, le=MOST_ID, description="all providers' by default")


class CollectionOut(SnakeOut):
    """The commission of some external transactions, collected once."""

    id: int
    provider: int
    currency: str = Field(description="of all amounts (ISO 4217)")
    period_from: datetime = Field(description="when the first of it happened")
    period_to: datetime = Field(description="before when all of it did")
    transactions: int = Field(description="of how many external transactions")
    volume: Decimals = Field(description="what was paid there, less what went back")
    commission: Decimals = Field(description="the platform's share of that")
    taken_at_source: Decimals = Field(description="what of it the processors kept back")
    correction: Decimals = Field(description="debits (above 0) and credits (below 0) of collections before")
    carried_over: Decimals = Field(description="what is left to the next one, as it can't be charged")
    amount: Decimals = Field(description="what is collected")
    status: CollectionState
    way: CollectionWay | None = Field(description="how it is taken; null until it is started")
    blocked_by: CollectionBlock | None = Field(
        description="why the account is not debited; a pending one can't be invoiced either, for there is no address"
    )
    failed_reason: str | None
    collected: Decimals | None = Field(description="what was taken; null until then")
    returned: Decimals = Field(description="what went back by refunds and lost disputes; the next one takes it again")
    forgiven: Decimals = Field(description="what credit notes say is not owed any more")
    disputed: Decimals = Field(description="what a bank holds until it has decided")
    charge_id: str | None = Field(description="the processor's id of the debit")
    invoice_number: str | None = Field(description="the processor's number of its invoice")
    invoice_url: str | None = Field(description="where that is paid")
    payable_until: datetime | None = Field(description="by when it is to be paid")
    created_at: datetime
    processing_since: datetime | None
    settled_at: datetime | None

    @classmethod
    def of(cls, each: Collection) -> Self:
        """As it is shown in lists."""
        return cls(**_shown(each))


class CollectionBackOut(SnakeOut):
    """A refund, a dispute or a credit note of what was collected."""

    kind: BackKind
    id: str = Field(description="the processor's")
    status: BackStatus
    amount: Decimals
    at: datetime = Field(description="when it was made, by the processor's clock")


class CollectionDetailOut(CollectionOut):
    """One collection, with what it is made of."""

    external_transaction_ids: list[int]
    went_back: list[CollectionBackOut] = Field(description="the oldest first")

    @classmethod
    def of_one(cls, each: Collection, transactions: Sequence[int], backs: Sequence[CollectionBack]) -> Self:
        """With the ids of its external transactions, and what went back of it."""
        went_back = [
            CollectionBackOut(
                kind=back.kind,
                id=back.source_id,
                status=back.status,
                amount=_major(back.amount, each.currency),
                at=back.at,
            )
            for back in backs
        ]
        return cls(**_shown(each), external_transaction_ids=list(transactions), went_back=went_back)


class CollectionsOut(SnakeOut):
    """A page of collections."""

    data: list[CollectionOut]
    all_known: bool = Field(description="false while it is read at Stripe what was collected since a backup")
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end")


class MadeOut(SnakeOut):
    """The collections that were made."""

    data: list[CollectionOut]

    @classmethod
    def of(cls, made: Iterable[Collection]) -> Self:
        return cls(data=[CollectionOut.of(each) for each in made])


class VerificationOut(SnakeOut):
    """What a collection comes to when it is summed up again."""

    id: int
    holds: bool = Field(description="whether all is there, and the amount is right or corrected")
    missing_transactions: list[int]
    stored_amount: Decimals = Field(description="what its entries came to when it was made")
    recalculated_amount: Decimals = Field(description="what they come to now")
    corrected: Decimals = Field(description="what later collections take of the difference already")

    @classmethod
    def of(cls, each: Collection, verified: Verification) -> Self:
        return cls(
            id=each.collection_id,
            holds=verified.holds,
            missing_transactions=list(verified.missing),
            stored_amount=_major(verified.stored, each.currency),
            recalculated_amount=_major(verified.recalculated, each.currency),
            corrected=_major(verified.corrected, each.currency),
        )


class CurrencySummaryOut(SnakeOut):
    """What there is of commission in one currency."""

    currency: str
    due: Decimals = Field(description="what the next collections take; below 0: what providers have as a credit")
    pending: Decimals
    processing: Decimals
    failed: Decimals
    completed: Decimals = Field(description="what was taken, less what went back")
    collections: dict[CollectionState, int] = Field(description="how many there are in each state")


class SummaryOut(SnakeOut):
    """What there is of commission in all."""

    as_of: datetime
    provider: int | None = Field(description="whose; null: all providers'")
    currencies: list[CurrencySummaryOut]

    @classmethod
    def of(
        cls,
        as_of: datetime,
        provider: int | None,
        owed: Sequence[tuple[str, EntrySums, int]],
        states: Sequence[StateSums],
    ) -> Self:
        """`owed`: of each provider what is in no collection, with corrections."""
        names = sorted({currency for currency, _, _ in owed} | {each.currency for each in states})
        currencies = [_summary(currency, owed, states) for currency in names]
        return cls(as_of=as_of, provider=provider, currencies=currencies)


class RateOut(SnakeOut):
    """What one commission rate has brought in one currency."""

    currency: str
    commission_rate: Decimals = Field(description="a fraction from 0 to 1")
    transactions: int
    volume: Decimals
    commission: Decimals
    taken_at_source: Decimals

    @classmethod
    def of(cls, each: RateSums) -> Self:
        return cls(
            currency=each.currency,
            commission_rate=Decimal(each.commission_ppm) / WHOLE,
            transactions=each.sums.transactions,
            volume=_major(each.sums.volume, each.currency),
            commission=_major(each.sums.commission, each.currency),
            taken_at_source=_major(each.sums.at_source, each.currency),
        )


class RatesOut(SnakeOut):
    """What each commission rate has brought."""

    provider: int | None = Field(description="whose; null: all providers'")
    since: datetime
    until: datetime
    data: list[RateOut]


def _summary(
    currency: str, owed: Sequence[tuple[str, EntrySums, int]], states: Sequence[StateSums]
) -> CurrencySummaryOut:
    of_state = {each.state: each for each in states if each.currency == currency}
    due = sum(summed.owed + correction for other, summed, correction in owed if other == currency)

    def asked(state: CollectionState) -> Decimal:
        return _major(of_state[state].amount if state in of_state else 0, currency)

    done = of_state.get(CollectionState.COMPLETED)
    return CurrencySummaryOut(
        currency=currency,
        due=_major(due, currency),
        pending=asked(CollectionState.PENDING),
        processing=asked(CollectionState.PROCESSING),
        failed=asked(CollectionState.FAILED),
        completed=_major(done.collected if done else 0, currency),
        collections={state: each.collections for state, each in of_state.items()},
    )


def _shown(each: Collection) -> dict[str, object]:
    def major(amount: int) -> Decimal:
        return _major(amount, each.currency)

    return {
        "id": each.collection_id,
        "provider": each.provider_id,
        "currency": each.currency,
        "period_from": each.period_from,
        "period_to": each.period_to,
        "transactions": each.transactions,
        "volume": major(each.volume),
        "commission": major(each.commission),
        "taken_at_source": major(each.at_source),
        "correction": major(each.correction),
        "carried_over": major(each.carried),
        "amount": major(each.amount),
        "status": each.state,
        "way": each.way,
        "blocked_by": each.blocked_by,
        "failed_reason": each.failed_reason,
        "collected": None if each.collected is None else major(each.collected),
        "returned": major(each.returned),
        "forgiven": major(each.forgiven),
        "disputed": major(each.disputed),
        "charge_id": each.charge_id,
        "invoice_number": each.invoice_number,
        "invoice_url": each.invoice_url,
        "payable_until": each.payable_until,
        "created_at": each.created_at,
        "processing_since": each.processing_since,
        "settled_at": each.settled_at,
    }


def _major(amount: int, currency: str) -> Decimal:
    return Money(amount, currency).major()
