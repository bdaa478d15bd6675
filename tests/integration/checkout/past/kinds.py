"""What may have become of a purchase: at the processor, here, and what of it is to be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.integration.checkout.money import SEAT
from tests.integration.checkout.world import DECLINED

PASS: Final = 18_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that happened at the processor.

    name: what, as the sandbox's history calls it
    lost: whether nobody was told
    more: what else the sandbox is to know
    """

    name: str
    lost: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is to be found.

    kind: what is wrong
    about: of what: session, second (another payment page of the same order), payment, dispute or order
    state: where it stands in the end
    """

    kind: str
    about: str
    state: str = "repaired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of purchase.

    like: a purchase of today whose rows it has; None: there are none
    deeds: what happened at the processor, one after the other
    price: minor units
    named: whether the payment names its order, as an earlier system's doesn't
    second: the price of another page for the same order, that was paid and that nobody was told of
    lacks: tables in which it has no row
    borrows: tables in which it has the row of another purchase of today
    changes: values of its rows that are other ones, by table
    open: whether its page could still be paid
    finds: what is found of it
    ends: where its order stands afterwards
    """

    like: str | None
    deeds: tuple[Deed, ...]
    price: int = SEAT
    named: bool = True
    second: int | None = None
    lacks: frozenset[str] = frozenset()
    borrows: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    open: bool = False
    finds: tuple[Finding, ...] = ()
    ends: str | None = None


PAID: Final = Deed(name="pay")
LOST: Final = Deed(name="pay", lost=True)
REFUND: Final = Deed(name="refund")
EXPIRED: Final = Deed(name="expire")
_DEBIT, _BOUNCING_DEBIT = {"card": "debit_succeeds"}, {"card": "debit_fails"}

TOLD: Final[Mapping[str, Kind]] = {
    "in order": Kind(like="paid", deeds=(PAID,), ends="paid"),
    "pass in order": Kind(like="pass", deeds=(PAID,), price=PASS, ends="paid"),
    "refunded": Kind(like="refunded", deeds=(PAID, REFUND), ends="refunded"),
    "disputed": Kind(like="disputed", deeds=(PAID, Deed(name="dispute")), ends="disputed"),
    "expired": Kind(like="expired", deeds=(EXPIRED,), ends="expired"),
    "declined": Kind(like="expired", deeds=(Deed(name="pay", more={"card": DECLINED}), EXPIRED), ends="expired"),
}

# How many of a hundred that are in order are of which kind.
SHARES: Final = {"in order": 70, "pass in order": 8, "refunded": 4, "disputed": 1, "expired": 12, "declined": 5}

BROKEN: Final[Mapping[str, Kind]] = {
    "lost": Kind(like="open", deeds=(LOST,), finds=(Finding(kind="order_not_paid", about="session"),), ends="paid"),
    "earlier system's": Kind(
        like=None, deeds=(LOST,), named=False, finds=(Finding(kind="paid_without_order", about="session"),)
    ),
    "no price": Kind(
        like=None,
        deeds=(LOST,),
        named=False,
        price=SEAT + 100,
        finds=(Finding(kind="paid_without_order", about="session", state="person"),),
    ),
    "forgotten": Kind(
        like=None, deeds=(PAID,), finds=(Finding(kind="paid_without_order", about="session"),), ends="paid"
    ),
    "forgotten pass": Kind(
        like=None, deeds=(PAID,), price=PASS, finds=(Finding(kind="paid_without_order", about="session"),), ends="paid"
    ),
    "amount": Kind(
        like="open",
        deeds=(),
        open=True,
        second=SEAT - 100,
        finds=(Finding(kind="amount_differs", about="second", state="person"),),
        ends="awaiting_payment",
    ),
    "not paid": Kind(
        like="open",
        deeds=(),
        open=True,
        borrows={"order_stock": "paid"},
        finds=(Finding(kind="not_paid", about="order", state="person"),),
    ),
    "expiry": Kind(
        like="open",
        deeds=(Deed(name="expire", lost=True),),
        finds=(Finding(kind="news_missing", about="session"),),
        ends="expired",
    ),
    "debit comes": Kind(
        like="open",
        deeds=(Deed(name="pay", lost=True, more=_DEBIT), Deed(name="settle", lost=True, more=_DEBIT)),
        finds=(Finding(kind="order_not_paid", about="session"),),
        ends="paid",
    ),
    "debit fails": Kind(
        like="open",
        deeds=(Deed(name="pay", lost=True, more=_BOUNCING_DEBIT), Deed(name="settle", lost=True, more=_BOUNCING_DEBIT)),
        finds=(Finding(kind="news_missing", about="session"),),
        ends="payment_failed",
    ),
    "twice": Kind(
        like="paid",
        deeds=(PAID,),
        second=SEAT,
        finds=(Finding(kind="second_payment", about="second"),),
        ends="paid",
    ),
    "charge": Kind(
        like="paid",
        deeds=(PAID,),
        lacks=frozenset({"payment_charges"}),
        finds=(
            Finding(kind="payment_missing", about="session"),
            Finding(kind="not_paid", about="order", state="gone"),
        ),
        ends="paid",
    ),
    "refund": Kind(
        like="paid",
        deeds=(PAID, Deed(name="refund", lost=True)),
        finds=(Finding(kind="refund_missing", about="payment"),),
        ends="refunded",
    ),
    "part": Kind(
        like="paid",
        deeds=(PAID, Deed(name="refund", lost=True, more={"amount": 1000})),
        finds=(Finding(kind="refund_missing", about="payment"),),
        ends="partially_refunded",
    ),
    "refund failed": Kind(
        like="refunded",
        deeds=(PAID, REFUND, Deed(name="failRefund", lost=True)),
        finds=(Finding(kind="refund_failed", about="payment"),),
    ),
    "dispute": Kind(
        like="paid",
        deeds=(PAID, Deed(name="dispute", lost=True)),
        finds=(Finding(kind="dispute_missing", about="dispute"),),
        ends="disputed",
    ),
    "tickets": Kind(
        like="paid",
        deeds=(PAID,),
        changes={"orders": {"tickets": []}},
        finds=(Finding(kind="tickets_missing", about="order"),),
    ),
    "pass": Kind(
        like="pass",
        deeds=(PAID,),
        price=PASS,
        lacks=frozenset({"passes"}),
        finds=(Finding(kind="pass_missing", about="order"),),
    ),
    "seats": Kind(
        like="paid",
        deeds=(PAID,),
        lacks=frozenset({"order_stock"}),
        finds=(Finding(kind="seats_missing", about="order", state="person"),),
    ),
    "message": Kind(
        like="paid",
        deeds=(PAID,),
        lacks=frozenset({"order_deliveries"}),
        finds=(Finding(kind="confirmation_missing", about="order"),),
    ),
    "bounced": Kind(
        like="paid",
        deeds=(PAID,),
        changes={"order_deliveries": {"state": "failed"}},
        finds=(Finding(kind="confirmation_missing", about="order", state="person"),),
    ),
}
ALL: Final[Mapping[str, Kind]] = {**TOLD, **BROKEN}
