"""What every payment processor does for us, and how it can fail. One file beside this one is one processor.

No lock, transaction or pooled connection is held while a processor is called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from checkout.payments.domain import Charge, Dispute, Movement, ProcessorRefund, Session
from checkout.webhooks.domain import RawWebhook
from checkout.webhooks.sources import OwnSource

Item = TypeVar("Item")

_BAD_REQUEST: Final = 400


class ProcessorFailure(Exception):  # noqa: N818 the base of four conditions
    """The processor did not do it."""


class ProcessorRefused(ProcessorFailure):
    """The processor has decided: it did not happen and will not, with these parameters.

    `our_fault`: it understood who asks, and refused what was asked.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        self.our_fault = status == _BAD_REQUEST
        self.status = status
        self.code = code
        super().__init__(f"{status} {code}: {message}")


class ProcessorFailed(ProcessorFailure):
    """The processor's own failure, or it could not be reached at all: it did not happen."""


class ProcessorBusy(ProcessorFailure):
    """The line before the processor, or its own limit, takes longer than the deadline; nothing happened."""


class ProcessorUncertain(ProcessorFailure):
    """No answer came in time: it may have happened. Ask again with the same idempotency key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a payment page is to sell.

    order_id: the order that is paid
    number: that order's number
    placed_at: when it was placed
    code: the discount code that was used
    city_id: the workshop's city, or the kind of pass
    tier: the kind of seat; empty for a pass
    quantity: how many seats or passes
    unit_price: what one seat costs, minor units of `currency`
    currency: ISO 4217, upper case
    title: what the page calls it
    note: how its price comes about, below the title; empty for the list price
    promise: what the page says of the seats, beside its button
    email: where the processor's receipt goes
    success_url: where a buyer who has paid is sent
    cancel_url: where a buyer who turns back is sent
    expires_at: when the page ends, in Unix seconds
    delayable: whether it may be paid by methods whose money comes later than the buyer, as bank debits
    language: in which the page speaks, such as `es`
    """

    order_id: str
    number: str
    placed_at: datetime
    code: str | None
    city_id: str
    tier: str
    quantity: int
    unit_price: int
    currency: str
    title: str
    note: str
    promise: str
    email: str
    success_url: str
    cancel_url: str
    expires_at: int
    delayable: bool
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """Money that a processor has given back.

    refund_id: the processor's id of it
    total: what it has given back of the payment so far, whoever asked for it; minor units
    failure: why it did not arrive after all, in the processor's word; None while it is on its way, or there
    """

    refund_id: str
    total: int
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """What has been given back of a payment, whoever asked for it.

    charge: the payment's charge, with the total
    refunds: one by one, the oldest first, those that failed among them
    """

    charge: Charge
    refunds: tuple[ProcessorRefund, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of time by the processor's clock, both seconds included.

    since: its first moment
    until: its last one
    """

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[Item]):
    """A page of a processor's list, the newest first.

    items: what is on it
    after: where the next page goes on; None at the end of the list
    """

    items: Sequence[Item]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A place in the line before a processor, which nobody overtakes.

    at: when it comes, by the clock's `monotonic`
    wait: how long that is from when it was taken
    """

    at: float
    wait: timedelta


class Processor(OwnSource, Protocol):
    """An account at a processor: payment pages, and the webhooks that it sends. Calls raise a ProcessorFailure."""

    def queue(self) -> timedelta:
        """How long somebody who asked for a session now would wait."""
        ...

    def take_turn(self) -> Turn:
        """The next turn to open a session, for the one who is asking."""
        ...

    def place(self, wait: timedelta) -> int:
        """Which place in line it is, from 1, whose turn comes after this time."""
        ...

    def call_for(self, sale: Sale) -> str:
        """The parameters of a session, as they are stored with the attempt and sent: byte for byte the same again."""
        ...

    async def create_session(
        self, parameters: str, *, idempotency_key: str, deadline: timedelta, turn: Turn | None = None
    ) -> Session:
        """Opens a payment page, at the `turn` that was taken for it; the same call again gives the same session."""
        ...

    async def expire_session(self, session_id: str, *, deadline: timedelta) -> Session:
        """Ends a payment page; ProcessorRefused when it is no longer open: then read what became of it."""
        ...

    async def read_session(self, session_id: str, *, deadline: timedelta) -> Session:
        """A session as the processor has it now."""
        ...

    async def list_sessions(
        self, made: Stretch, *, complete: bool, after: str | None, deadline: timedelta
    ) -> Listed[Session]:
        """Sessions that were made in a stretch of time, with when and whether they were paid; `complete`: only those
        whose buyer is done. `after`: where the page before has said that it goes on.
        """
        ...

    async def list_webhooks(
        self, happened: Stretch, *, missed: bool, after: str | None, deadline: timedelta
    ) -> Listed[RawWebhook]:
        """Webhooks of a stretch of time, of the types that we handle; `missed`: only those that the processor could not
        deliver so far.
        """
        ...

    async def find_sessions(
        self, *, email: str | None, payment_intent: str | None, after: str | None, deadline: timedelta
    ) -> Listed[Session]:
        """A payer's sessions, or that of a payment, in whatever state."""
        ...

    async def list_movements(self, happened: Stretch, *, after: str | None, deadline: timedelta) -> Listed[Movement]:
        """What moved the account's money in a stretch of time."""
        ...

    async def refunds_of(self, payment_intent: str, *, deadline: timedelta) -> Refunded | None:
        """What has been given back of a payment; None when nothing ever was."""
        ...

    async def read_dispute(self, dispute_id: str, *, deadline: timedelta) -> Dispute:
        """A dispute as the processor has it now."""
        ...

    async def read_webhook(self, event_id: str, *, deadline: timedelta) -> RawWebhook:
        """A webhook out of the processor's own list, as if it had been sent."""
        ...

    async def refund(
        self,
        payment_intent: str,
        *,
        refund_id: UUID,
        amount: int,
        duplicate: bool,
        idempotency_key: str,
        deadline: timedelta,
    ) -> GivenBack:
        """Gives back `amount` (minor units) of a payment and keeps our id with it. `duplicate`: it was paid twice.

        The same call again gives nothing more back.
        """
        ...

    async def find_refund(self, payment_intent: str, *, refund_id: UUID, deadline: timedelta) -> GivenBack | None:
        """The refund that has our id; None when the processor has made none."""
        ...

    async def balance(self, *, deadline: timedelta) -> Mapping[str, int]:
        """What the account has for refunds, by currency, in minor units."""
        ...

    async def ping(self) -> None:
        """A free call for the health page (M-3), past the line; raises when the account does not answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account at the processor.

    account_id: the processor's id of it
    may_charge: whether it may take payments now
    connected: whether it is one that is connected to ours
    """

    account_id: str
    may_charge: bool
    connected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where the processor sends webhooks.

    url: the address
    enabled: whether it sends any
    types: of which events; None: of all
    """

    url: str
    enabled: bool
    types: frozenset[str] | None


class ProcessorDesk(Protocol):
    """What a processor says of its accounts, of where it sends webhooks, and of single events: for people who look.

    `account`: one that is connected to ours; None: our own. Calls raise a ProcessorFailure.
    """

    @property
    def name(self) -> str:
        """What the processor is called in rows and events."""
        ...

    @property
    def handled(self) -> frozenset[str]:
        """The types of events that we work on."""
        ...

    def marks(self, *, connected: bool) -> tuple[str, ...]:
        """What tells the signing secrets that we accept at an endpoint from others, the first one's first."""
        ...

    async def own_account(self, *, deadline: timedelta) -> Account:
        """The account that our key is of."""
        ...

    async def connected_accounts(self, *, after: str | None, deadline: timedelta) -> Listed[Account]:
        """A page of the accounts that are connected to ours."""
        ...

    async def endpoints(self, *, deadline: timedelta) -> Sequence[Endpoint]:
        """Where webhooks are sent."""
        ...

    async def events(
        self, happened: Stretch, *, undelivered: bool, account: str | None, after: str | None, deadline: timedelta
    ) -> Listed[RawWebhook]:
        """Events of a stretch of time, of the types that we handle; `undelivered`: only those that did not reach every
        endpoint so far.
        """
        ...

    async def event(self, event_id: str, *, account: str | None, deadline: timedelta) -> RawWebhook:
        """One event, of whichever type. Raises ProcessorRefused with the status 404 where there is none."""
        ...

    def books(self, account: str) -> Processor:
        """The lists of an account that is connected to ours. Its money is not ours: nothing else is asked for."""
        ...
