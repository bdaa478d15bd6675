"""Says which rules are judged while everything runs, on what, and when a rule counts as broken.

The services are asked one after the other, so that their parts are not of one moment, and what is under way is no
violation. Three things keep that apart from what is broken:

- Only what is older than a settling time is looked at.
- While events wait in an outbox, nothing is said of what follows from events: that is `drained`'s to say.
- Something is broken when two looks in a row have seen it. Orders at fault are looked at again until they are mended.

A rule whose services did not all answer is not judged, and what was known of it stays.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from events import Channel
from invariants import INVARIANTS, Evidence, Invariant, Violation
from invariants.alerting import AlertsAreTold, AlertsReachTheirPeople
from invariants.rules import (
    EachEventHasOneEffect,
    NothingIsOversold,
    NothingWaits,
    PaidOrdersAreConfirmed,
    PaidOrdersHaveTheirTickets,
    PaidPassesAreGranted,
    PoolsEqualTheirLedger,
    SalesAreCountedOnce,
)

OF_ORDERS: Final[Sequence[Invariant]] = (PaidOrdersHaveTheirTickets(), PaidPassesAreGranted())
OF_MESSAGES: Final[Sequence[Invariant]] = (PaidOrdersAreConfirmed(),)
OF_STOCK: Final[Sequence[Invariant]] = (PoolsEqualTheirLedger(), NothingIsOversold(), EachEventHasOneEffect())
OF_SALES: Final[Sequence[Invariant]] = (SalesAreCountedOnce(),)
OF_ALERTS: Final[Sequence[Invariant]] = (AlertsAreTold(),)
OF_ROUTING: Final[Sequence[Invariant]] = (AlertsReachTheirPeople(),)
OF_ALL: Final[Sequence[Invariant]] = (NothingWaits(),)

OURSELVES: Final = "monitor"
CHECKOUT, INVENTORY, NOTIFIER = SERVICES = ("checkout", "inventory", "notifier")
# Which services must have answered before a rule is judged.
NEEDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "tickets": frozenset({CHECKOUT, INVENTORY}),
        "passes": frozenset({CHECKOUT}),
        "confirmations": frozenset({CHECKOUT, NOTIFIER}),
        "pools": frozenset({INVENTORY}),
        "oversold": frozenset({INVENTORY}),
        "drained": frozenset(SERVICES),
        "effects": frozenset({INVENTORY}),
        "counted": frozenset({CHECKOUT}),
        "alerts": frozenset({NOTIFIER}),
        "routing": frozenset({NOTIFIER}),
    }
)
FOLLOWS_FROM_EVENTS: Final = frozenset({"tickets", "passes", "confirmations", "counted", "alerts", "routing"})
# Whose violations are orders.
_OF_ORDERS: Final = frozenset({"tickets", "passes", "confirmations"})
UNDER_WAY: Final = "Events wait in an outbox."
# Rules that are judged elsewhere, and why.
ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "money": "It needs Stripe's own list.",
        "vendors": "It needs the vendors' own lists.",
        "pages": "It needs PagerDuty's own list.",
    }
)
# Every process has read a changed configuration by then.
RELOADED: Final = timedelta(seconds=10)
# Of a rule that is broken everywhere this many places are kept.
KEPT: Final = 200
_NUMBERS: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often to look, and at what.

    every: the pause between two looks
    settling: what is younger is not looked at
    recent: what is older is not looked at,
    day: but when the job asks for it, everything of a day is
    """

    every: timedelta = timedelta(minutes=1)
    settling: timedelta = timedelta(minutes=5)
    recent: timedelta = timedelta(hours=1)
    day: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Period:
    """A look is about what happened from `since` on and before `until`."""

    since: datetime
    until: datetime

    @classmethod
    def before(cls, now: datetime, *, pace: Pace, length: timedelta) -> Period:
        """The latest one of this length of which everything has settled."""
        until = now - pace.settling
        return cls(since=until - length, until=until)

    def in_minutes(self) -> Period:
        """The same in full minutes, as figures are kept."""
        return Period(*(each.replace(second=0, microsecond=0) for each in (self.since, self.until)))


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPeople:
    """Whom configuration names; what came before can't be held against it.

    directory: a fingerprint of everybody who is named
    owners: fingerprints of the owners
    since: from when on all processes have read it; None before the first look
    """

    directory: str = ""
    owners: tuple[str, ...] = ()
    since: datetime | None = None

    def holds(self, at: datetime | None, directory: str | None = None) -> bool:
        """Whether the same people were named then, and still are."""
        same = directory is None or directory == self.directory
        return same and self.since is not None and at is not None and at >= self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen when everything was looked at once.

    at: when
    period: what happened then was looked at
    every: the pause until the next look
    numbers: how many of each thing were looked at
    unjudged: rules of which nothing is said, with the reason
    seen: violations of this look
    found: those that the look before had seen as well
    named: whom configuration names
    """

    at: datetime
    period: Period
    every: timedelta
    numbers: Mapping[str, int] = field(default_factory=dict)
    unjudged: Mapping[str, str] = field(default_factory=dict)
    seen: tuple[Violation, ...] = ()
    found: tuple[Violation, ...] = ()
    named: NamedPeople = NamedPeople()

    def fresh(self, now: datetime) -> bool:
        """Whether it still says how things are: an old one means that nobody looks any more."""
        return now - self.at <= 3 * self.every + timedelta(minutes=1)

    def broken(self, rule: str) -> tuple[Violation, ...] | None:
        """What breaks the rule; None when nothing can be said of it."""
        if rule in self.unjudged or rule not in NEEDS:
            return None
        return tuple(each for each in self.found if each.invariant == rule)


def follow(before: Look | None, look: Look) -> Look:
    """Adds to a look what it confirms of the one before; of rules that it could not judge it keeps what was known."""
    kept = before or replace(look, seen=(), found=())
    known = {_identity(each) for each in kept.seen}
    seen = [each for each in _first(look.seen) if each.invariant not in look.unjudged]
    return replace(
        look,
        seen=(*seen, *(each for each in kept.seen if each.invariant in look.unjudged)),
        found=(
            *(each for each in seen if _identity(each) in known),
            *(each for each in kept.found if each.invariant in look.unjudged),
        ),
    )


def at_fault(look: Look | None) -> set[str]:
    """Orders that must be looked at again, however old they are."""
    seen = look.seen if look else ()
    return {each.subject for each in seen if each.invariant in _OF_ORDERS and _is_id(each.subject)}


def unjudged(unread: Mapping[str, str], *, under_way: bool) -> dict[str, str]:
    """Rules of which nothing can be said, with the reason. `unread`: services that did not answer, and why."""
    found = dict(ELSEWHERE)
    for rule, services in NEEDS.items():
        if silent := sorted(services & unread.keys()):
            found[rule] = f"{silent[0]}: {unread[silent[0]]}"
        elif under_way and rule in FOLLOWS_FROM_EVENTS:
            found[rule] = UNDER_WAY
    return found


def by_owners(evidence: Evidence, named: NamedPeople) -> Iterator[Evidence]:
    """Parts the messages of orders by whether today's owners were to hear of the sale."""
    early = {order.number for order in evidence.orders if not named.holds(order.paid_at)}
    yield replace(
        evidence,
        owners=named.owners,
        orders=tuple(order for order in evidence.orders if order.number not in early),
        messages=tuple(each for each in evidence.messages if each.number not in early),
    )
    yield replace(
        evidence,
        orders=tuple(order for order in evidence.orders if order.number in early),
        messages=tuple(each for each in evidence.messages if each.number in early and each.channel == Channel.EMAIL),
    )


def routed(evidence: Evidence, alerts: Collection[str]) -> Evidence:
    """What was said of these alerts, and to whom it is."""
    return replace(
        evidence,
        addresses=tuple(each for each in evidence.addresses if each.alert_id in alerts),
        deliveries=tuple(each for each in evidence.deliveries if each.alert_id in alerts),
    )


def sentences() -> dict[str, str]:
    """What each rule says, in their order."""
    return {rule.name: rule.sentence for rule in INVARIANTS}


def _first(seen: Iterable[Violation]) -> list[Violation]:
    """The first violations of each rule, each once: the same ones when the same is seen again."""
    by_rule: dict[str, list[Violation]] = {}
    for each in sorted(set(seen), key=lambda each: (each.invariant, each.subject, each.sentence)):
        by_rule.setdefault(each.invariant, []).append(each)
    return [each for found in by_rule.values() for each in found[:KEPT]]


def _identity(violation: Violation) -> tuple[str, str, str]:
    """What makes it the same violation, though its numbers may have grown since."""
    return violation.invariant, violation.subject, _NUMBERS.sub("", violation.sentence)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
