"""`/api/v1/external-payments/transactions`: what providers took at processors of their own (P-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Moment, known_filters, no_cursor
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.exact import Decimals, SnakeOut
from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.money import Money
from chassis.paging import page_of
from chassis.tokens import Role
from checkout.connections.models import MOST_NUMBER, ProviderNumber
from checkout.processors.domain import PaymentStatus
from checkout.transactions import list_store
from checkout.transactions.domain import KnownBy
from checkout.transactions.list_store import ListedTransaction, TransactionFilter

router = APIRouter(prefix="/api/v1/external-payments/transactions", tags=["payments"])


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionDeps:
    """What the routes work with: checkout's database."""

    database: Database


class TransactionOut(SnakeOut):
    """A payment at a provider's own processor."""

    id: int
    connection: int
    provider: int
    processor: str
    payment_id: str = Field(description="the processor's id of it")
    state: PaymentStatus
    amount: Decimals
    refunded: Decimals = Field(description="what went back of it so far")
    currency: str
    fee: Decimals | None = Field(description="what the processor kept; null while it does not say")
    commission_rate: Decimals | None = Field(description="the platform's share of it; null until it is completed")
    kept_at_source: Decimals = Field(description="what of the commission the processor has kept back for the platform")
    appointment_id: int | None
    order_id: UUID | None
    known_by: KnownBy
    created_at: datetime
    completed_at: datetime | None
    archived: bool = Field(description="whether it is older than 90 days")

    @classmethod
    def of(cls, listed: ListedTransaction) -> Self:
        each = listed.transaction

        def major(minor: int) -> Decimal:
            return Money(minor, each.currency).major()

        return cls(
            id=each.transaction_id,
            connection=each.connection_id,
            provider=each.provider_id,
            processor=each.processor,
            payment_id=each.payment_id,
            state=each.state,
            amount=major(each.amount),
            refunded=major(each.refunded),
            currency=each.currency,
            fee=None if each.fee is None else major(each.fee),
            commission_rate=each.commission_rate,
            kept_at_source=major(each.commission),
            appointment_id=each.appointment_id,
            order_id=each.order_id,
            known_by=each.known_by,
            created_at=each.created_at,
            completed_at=each.completed_at,
            archived=listed.archived,
        )


class TransactionsOut(SnakeOut):
    """A page of transactions."""

    data: list[TransactionOut]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end")


@router.get("", dependencies=[Depends(require(Role.VIEWER, Role.PROVIDER)), Depends(known_filters)])
async def list_transactions(
    deps: Annotated[TransactionDeps, provided(TransactionDeps)],
    scope: Scope,
    provider: Annotated[ProviderNumber | None, Query()] = None,
    connection: Annotated[int | None, Query(ge=1, le=MOST_NUMBER)] = None,
    state: PaymentStatus | None = None,
    since: Annotated[Moment | None, Query(description="those that were made since then")] = None,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> TransactionsOut:
    """Transactions, the newest first, archived ones among them; a provider's token shows its own."""
    wanted = TransactionFilter(provider=scope or provider, connection=connection, state=state, since=since)
    before = _number(cursor) if cursor else None
    found, following = await page_of(
        lambda most: list_store.find(deps.database, wanted, before=before, limit=most),
        limit=limit,
        cursor=lambda each: str(each.transaction.transaction_id),
    )
    return TransactionsOut(data=[TransactionOut.of(each) for each in found], next_cursor=following)


def _number(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit() or int(cursor) > MOST_NUMBER:
        raise no_cursor()
    return int(cursor)
