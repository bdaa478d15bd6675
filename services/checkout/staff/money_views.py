"""What the pages of external transactions and of collected commission say (P-5, P-7). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chassis import formats
from checkout.commission.domain import Collection, CollectionBlock, CollectionState
from checkout.processors.domain import PaymentStatus
from checkout.staff.order_list_views import NONE, money_text
from checkout.staff.own_pages import appointment_address
from checkout.staff.provider_views import processor_name
from checkout.transactions.domain import ExternalTransaction

TRANSACTIONS: Final = "/staff/transactions"
COLLECTIONS: Final = "/staff/collections"
State = TypeVar("State", bound=StrEnum)

# Mark and word of each state.
PAID: Final[Mapping[PaymentStatus, tuple[str, str]]] = MappingProxyType(
    {
        PaymentStatus.PENDING: ("waiting", "On its way"),
        PaymentStatus.COMPLETED: ("ok", "Paid"),
        PaymentStatus.FAILED: ("off", "Failed"),
        PaymentStatus.CANCELLED: ("off", "Cancelled"),
    }
)
# An overdue invoice can still be paid.
_TO_PAY: Final = frozenset({CollectionState.PROCESSING, CollectionState.FAILED})
COLLECTED: Final[Mapping[CollectionState, tuple[str, str]]] = MappingProxyType(
    {
        CollectionState.PENDING: ("waiting", "To be collected"),
        CollectionState.PROCESSING: ("waiting", "Under way"),
        CollectionState.COMPLETED: ("ok", "Collected"),
        CollectionState.FAILED: ("high", "Failed"),
    }
)
# Why the account is not debited; without an address for an invoice, nothing is collected.
_BLOCKS: Final[Mapping[CollectionBlock, str]] = MappingProxyType(
    {
        CollectionBlock.NO_ACCOUNT: "No account at Stripe is connected.",
        CollectionBlock.NO_ACCESS: "The account at Stripe no longer lets us in.",
        CollectionBlock.CHARGES_DISABLED: "The account can’t be charged. Stripe says what it asks of its owner.",
        CollectionBlock.DETAILS_MISSING: "Stripe lacks details of the account’s owner.",
        CollectionBlock.NOT_DEBITABLE: "The account’s kind can’t be debited.",
        CollectionBlock.CURRENCY_DIFFERS: "The account is in another currency.",
    }
)
_NO_ADDRESS: Final = "For an invoice, an e-mail address of the provider is missing."


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChoice:
    """A way to narrow a list to one state."""

    name: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRow:
    """A payment at a provider's own processor, as the list shows it.

    at: when it was made
    payment, processor: the processor's id of it, and where
    provider: whose
    mark, state: where it stands
    amount, back, fee: what was paid, what of it went back, what the processor kept
    paid_for, paid_for_href: what it paid for here, and its page; empty without one
    """

    at: str
    payment: str
    processor: str
    provider: int
    mark: str
    state: str
    amount: str
    back: str
    fee: str
    paid_for: str
    paid_for_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRow:
    """A collection of commission, as the list shows it.

    number: its number among all
    provider: whose money it is of
    period: which days
    of: of how much, by how many transactions
    commission: the platform's share
    at_source, correction: what was kept back at once, and what collections before came to be different by
    amount: what is collected
    mark, state: where it stands
    why: what stands in the way
    backs: what of it went back, and what follows from that
    invoice, invoice_href, until: its invoice, where that is paid, and by when; empty without one
    """

    number: int
    provider: int
    period: str
    of: str
    commission: str
    at_source: str
    correction: str
    amount: str
    mark: str
    state: str
    why: str
    backs: Sequence[str]
    invoice: str
    invoice_href: str
    until: str


def address(home: str, *, state: StrEnum | None = None, before: str | None = None) -> str:
    """The list with this state, from this place on."""
    query = {name: value for name, value in (("state", state), ("before", before)) if value}
    return f"{home}?{urlencode(query)}" if query else home


def state_choices(home: str, states: Mapping[State, tuple[str, str]], chosen: State | None) -> Sequence[StateChoice]:
    """All, and each state."""
    each = [StateChoice(name=word, href=address(home, state=s), here=s is chosen) for s, (_, word) in states.items()]
    return [StateChoice(name="All", href=home, here=chosen is None), *each]


def transaction_rows(
    found: Iterable[ExternalTransaction], *, now: datetime, zone: ZoneInfo
) -> Sequence[TransactionRow]:
    """The list, in its order."""
    return [_transaction(each, now, zone) for each in found]


def collection_rows(found: Iterable[Collection], *, zone: ZoneInfo) -> Sequence[CollectionRow]:
    """The list, in its order."""
    return [_collection(each, zone) for each in found]


def _transaction(each: ExternalTransaction, now: datetime, zone: ZoneInfo) -> TransactionRow:
    mark, state = PAID[each.state]
    return TransactionRow(
        at=formats.recent(each.created_at, zone.key, now=now),
        payment=each.payment_id,
        processor=processor_name(each.processor),
        provider=each.provider_id,
        mark=mark,
        state=state,
        amount=money_text(each.amount, each.currency),
        back=money_text(each.refunded, each.currency) if each.refunded else "",
        fee=NONE if each.fee is None else money_text(each.fee, each.currency),
        paid_for=_paid_for(each),
        paid_for_href=appointment_address(each.appointment_id) if each.appointment_id is not None else "",
    )


def _paid_for(each: ExternalTransaction) -> str:
    if each.appointment_id is not None:
        return f"Appointment {each.appointment_id}"
    return "An order" if each.order_id is not None else "Sold elsewhere"


def _backs(each: Collection) -> Iterator[str]:
    for amount, what in (
        (each.returned, "went back: the next collection takes it"),
        (each.forgiven, "not owed any more, by a credit note"),
        (each.disputed, "disputed: a bank holds it"),
    ):
        if amount:
            yield f"{money_text(amount, each.currency)} {what}"


def _collection(each: Collection, zone: ZoneInfo) -> CollectionRow:
    mark, state = COLLECTED[each.state]
    block = each.blocked_by if each.state is CollectionState.PENDING else None

    def said(amount: int) -> str:
        return money_text(amount, each.currency)

    return CollectionRow(
        number=each.collection_id,
        provider=each.provider_id,
        period=formats.date_range(each.period_from, each.period_to, zone.key),
        of=f"{said(each.volume)} in {each.transactions:,}",
        commission=said(each.commission),
        at_source=said(each.at_source) if each.at_source else NONE,
        correction=said(each.correction - each.carried) if each.correction != each.carried else NONE,
        amount=said(each.amount),
        mark="high" if block else mark,
        state=state,
        why=each.failed_reason or (f"{_BLOCKS[block]} {_NO_ADDRESS}" if block else ""),
        backs=list(_backs(each)),
        invoice=each.invoice_number or "",
        invoice_href=(each.invoice_url or "") if each.state in _TO_PAY else "",
        until=formats.long_day(each.payable_until, zone.key) if each.payable_until else "",
    )
