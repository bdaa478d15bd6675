"""What a pass is, when it is good, and what its order's state makes of it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from chassis.emails import email_key
from chassis.ids import derived_uuid7
from checkout.passes.errors import PassEnded, PassExpired, PassFrozen, PassUsedUp
from events import (
    CataloguePassChanged,
    LineKind,
    OrderCustomer,
    OrderEvent,
    OrderId,
    OrderLine,
    OrderPaid,
    OrderState,
    PassState,
)

# What an order's state makes of its passes; of states that no paid order has there is nothing to make.
STANDING: Final[Mapping[str, PassState]] = MappingProxyType(
    {
        OrderState.PAID: PassState.ACTIVE,
        OrderState.PARTIALLY_REFUNDED: PassState.ACTIVE,
        OrderState.DISPUTED: PassState.FROZEN,
        OrderState.REFUNDED: PassState.ENDED,
    }
)


class PassAction(StrEnum):
    """What a person does to passes, as the audit names it."""

    USED = "pass_used"
    UNDONE = "pass_use_undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A pass as it stands.

    pass_id: its id
    order_id, order_number, line: the line of the order that pays for it
    order_version: the newest of the order that it has followed
    item_id, name: the kind of pass, and what it was called when it was bought
    holder_id: whose passes it is shown with
    customer: whose it is
    source, live_mode: of its order
    version: grows by one with each change
    state: active, frozen or ended
    code: what is shown to use it, signed
    entries, used: how many it is good for, and how many are used
    valid_from, valid_until: when it is good; the end is no part of it
    """

    pass_id: UUID
    order_id: OrderId
    order_number: str
    order_version: int
    line: int
    item_id: str
    name: str
    holder_id: UUID
    customer: OrderCustomer
    source: str
    live_mode: bool
    code: str
    entries: int
    valid_from: datetime
    valid_until: datetime
    used: int = 0
    version: int = 1
    state: PassState = PassState.ACTIVE

    @property
    def entries_left(self) -> int:
        """How many can still be used."""
        return self.entries - self.used

    def require_usable(self, now: datetime) -> None:
        """Raises PassEnded, PassFrozen, PassExpired or PassUsedUp."""
        if self.state is PassState.ENDED:
            raise PassEnded
        if self.state is PassState.FROZEN:
            raise PassFrozen
        if now >= self.valid_until:
            raise PassExpired
        if not self.entries_left:
            raise PassUsedUp

    def usable(self, now: datetime) -> bool:
        """Whether an entry can be used now."""
        return self.state is PassState.ACTIVE and now < self.valid_until and self.entries_left > 0

    def after_use(self) -> Pass:
        """One version on, with one entry less."""
        return replace(self, used=self.used + 1, version=self.version + 1)

    def after_undo(self) -> Pass:
        """One version on, with one entry more."""
        return replace(self, used=self.used - 1, version=self.version + 1)

    def following(self, order: OrderEvent) -> Pass | None:
        """As the order's newer state makes it; None where that is nothing new.

        One that has ended is good again when its refund did not arrive: nobody else can have bought it meanwhile.
        """
        state = STANDING.get(order.state)
        if state is None or order.version <= self.order_version:
            return None
        changed = self.version + int(state is not self.state)
        return replace(self, state=state, version=changed, order_version=order.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One entry of a pass that was used.

    use_id: the same use counts once
    number: which entry of the pass it was, from 1; one that is undone leaves it to another use
    place: where, as staff call it; may be empty
    used_by: who let the person in
    used_at: when
    undone_at: since when it counts no more; None while it does
    undone_by, undone_reason: who undid it, and why
    """

    use_id: str
    number: int
    place: str
    used_by: str
    used_at: datetime
    undone_at: datetime | None = None
    undone_by: str = ""
    undone_reason: str = ""

    @property
    def counts(self) -> bool:
        """Whether an entry is gone for it."""
        return self.undone_at is None


def next_entry(uses: Iterable[Use]) -> int:
    """The first entry of a pass that none of its uses has taken."""
    taken = {use.number for use in uses if use.counts}
    return next(number for number in count(1) if number not in taken)


class HasLines(Protocol):
    """An order, or what is told of one."""

    @property
    def lines(self) -> tuple[OrderLine, ...]: ...


def pass_lines(order: HasLines) -> Iterator[OrderLine]:
    """The lines of an order that sell passes."""
    return (line for line in order.lines if line.kind == LineKind.PASSES)


def pass_id_of(order_id: UUID, line: int) -> UUID:
    """The pass of an order's line: the same, however often it is granted."""
    return derived_uuid7(order_id, f"pass {line}")


def holder_of(email: str) -> UUID:
    """Whose passes are shown together: those of one e-mail address, however it is written."""
    return UUID(bytes=hashlib.sha256(f"pass holder {email_key(email)}".encode()).digest()[:16], version=5)


def granted(order: OrderPaid, line: OrderLine, kind: CataloguePassChanged, *, code: str) -> Pass:
    """The pass that a paid line buys; it is good from the payment on."""
    return Pass(
        pass_id=pass_id_of(order.order_id, line.line),
        order_id=order.order_id,
        order_number=order.number,
        order_version=order.version,
        line=line.line,
        item_id=line.item_id,
        name=line.name or kind.name,
        holder_id=holder_of(order.customer.email),
        customer=order.customer,
        source=order.source,
        live_mode=order.live_mode,
        code=code,
        entries=kind.entries * line.quantity,
        valid_from=order.paid_at,
        valid_until=order.paid_at + timedelta(days=kind.valid_days),
    )
