"""Each invariant holds of a sound installation, and says what is broken in one that isn't."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from events import Channel
from invariants import (
    INVARIANTS,
    Address,
    Alert,
    AlertStep,
    Charge,
    Counts,
    Delivery,
    Evidence,
    Figure,
    Hold,
    Kind,
    LedgerEntry,
    Message,
    Page,
    PaidOrder,
    Pool,
    PoolSum,
    Seat,
    Taken,
    Waiting,
    violations,
)
from invariants.alerting import VendorsHaveWhatWeSent
from invariants.digest import Digest
from invariants.rules import EachEventHasOneEffect, PoolsEqualTheirLedger

ORDER = PaidOrder(
    order_id="o1",
    number="7K3M2QXD",
    seats=2,
    amount=200,
    refunded=0,
    email="Ann@example.com",
    codes=("a", "b"),
)
CHARGE = Charge(payment_intent="pi_1", order_id="o1", amount=200, refunded=0)
OPENED = Counts(public_limit=5, actual_limit=6)
HELD = replace(OPENED, held=2)
SOLD = replace(OPENED, sold=2)


def seat(code: str, *, order_id: str = "o1", place: str = "public") -> Seat:
    return Seat(order_id=order_id, city_id="dallas", tier="ga", code=code, place=place)


def entry(operation: str, before: Counts, after: Counts, *, event_id: str | None = None) -> LedgerEntry:
    order = None if operation == "reset" else "o1"
    return LedgerEntry(
        city_id="dallas", tier="ga", operation=operation, order_id=order, event_id=event_id, before=before, after=after
    )


MAIL = Message(channel=Channel.EMAIL, recipient="ann@example.com", number="7K3M2QXD")
TEXTS = tuple(Message(channel=Channel.SMS, recipient=to, number="7K3M2QXD") for to in ("+1", "+2"))
LEDGER = (entry("reset", Counts(), OPENED), entry("hold", OPENED, HELD), entry("sell", HELD, SOLD, event_id="e1"))


def delivery(number: int, channel: Channel, to: str, **changes: Any) -> Delivery:
    """Of the alert, as the vendor took it."""
    known = Delivery(
        delivery_id=f"d{number}",
        alert_id="a1",
        first=True,
        channel=channel,
        recipient=to,
        state="sent",
        reason=None,
        provider_id=f"p{number}",
    )
    return replace(known, **changes)


RAISED = AlertStep(alert_id="a1", version=1, status="firing")
RESOLVED = AlertStep(alert_id="a1", version=2, status="resolved")
ALERT = Alert(alert_id="a1", fingerprint="f1", key="k1", version=2, status="resolved")
REACHED = ((Channel.SMS, "+1"), (Channel.SLACK, "#alerts"), (Channel.PAGERDUTY, "critical"))
TOLD = tuple(delivery(number, *reached) for number, reached in enumerate(REACHED))
ENDED = delivery(9, Channel.SLACK, "#alerts", first=False, provider_id="p1")
UNSENT = delivery(8, Channel.SMS, "+1", first=False, state="suppressed", reason="never_told", provider_id=None)
TAKEN = (Taken(channel=Channel.SMS, provider_id="p0"), Taken(channel=Channel.SLACK, provider_id="p1"))
PAGE = Page(key="k1", open=False)
SOUND = Evidence(
    alerts=(ALERT,),
    told=(RAISED, RESOLVED),
    heard=(RAISED, RESOLVED),
    addresses=tuple(Address(alert_id="a1", channel=channel, recipient=to) for channel, to in REACHED),
    deliveries=(*TOLD, ENDED, UNSENT),
    taken=TAKEN,
    pages=(PAGE,),
    orders=(ORDER,),
    recorded=(CHARGE,),
    processed=(CHARGE,),
    seats=(seat("a"), seat("b")),
    holds=(Hold(order_id="o1", city_id="dallas", tier="ga", quantity=2, state="sold"),),
    pools=(Pool(city_id="dallas", tier="ga", counts=SOLD),),
    ledger=LEDGER,
    messages=(MAIL, *TEXTS),
    owners=("+1", "+2"),
    waiting=(Waiting(service="checkout", what="rows in the outbox", count=0),),
    paid=Figure(orders=1, amount=200),
    counted=Figure(orders=1, amount=200),
)


@pytest.mark.proves("L-9")
def test_a_sound_installation_breaks_no_rule() -> None:
    assert violations(SOUND) == []
    assert violations(Evidence()) == []


BROKEN: dict[str, tuple[dict[str, Any], str, Kind | None]] = {
    "a ticket is missing": ({"seats": (seat("a"),)}, "tickets", Kind.LOST),
    "a ticket too many": ({"seats": (seat("a"), seat("b"), seat("c"))}, "tickets", Kind.DOUBLED),
    "checkout signed too few": ({"orders": (replace(ORDER, codes=("a",)),)}, "tickets", Kind.LOST),
    "other codes": ({"seats": (seat("a"), seat("x"))}, "tickets", Kind.WRONG),
    "tickets of an unpaid order": ({"seats": (*SOUND.seats, seat("z", order_id="o2"))}, "tickets", Kind.WRONG),
    "a pass is missing": ({"orders": (replace(ORDER, passes=1),)}, "passes", Kind.LOST),
    "no mail": ({"messages": TEXTS}, "confirmations", Kind.LOST),
    "two mails": ({"messages": (MAIL, MAIL, *TEXTS)}, "confirmations", Kind.DOUBLED),
    "an owner not told": ({"messages": (MAIL, TEXTS[0])}, "confirmations", Kind.LOST),
    "an owner told twice": ({"messages": (MAIL, *TEXTS, TEXTS[0])}, "confirmations", Kind.DOUBLED),
    "a stranger told": (
        {"messages": (MAIL, *TEXTS, replace(MAIL, recipient="eve@example.com"))},
        "confirmations",
        Kind.WRONG,
    ),
    "a gap in the ledger": ({"ledger": (LEDGER[0], LEDGER[2])}, "pools", Kind.WRONG),
    "a pool beside its ledger": ({"ledger": LEDGER[:2]}, "pools", Kind.WRONG),
    "a hold that no pool counts": ({"holds": (replace(SOUND.holds[0], state="held"),)}, "pools", Kind.WRONG),
    "a seat that no pool counts": ({"seats": (seat("a"),)}, "pools", Kind.WRONG),
    "oversold": ({"pools": (Pool(city_id="dallas", tier="ga", counts=replace(SOLD, oversold=1)),)}, "oversold", None),
    "beyond the room": (
        {"pools": (Pool(city_id="dallas", tier="ga", counts=replace(SOLD, sold=7)),)},
        "oversold",
        None,
    ),
    "beyond the offer": (
        {"pools": (Pool(city_id="dallas", tier="ga", counts=replace(SOLD, held=4)),)},
        "oversold",
        None,
    ),
    "an outbox with rows": ({"waiting": (replace(SOUND.waiting[0], count=3),)}, "drained", Kind.UNSETTLED),
    "an event twice in the ledger": ({"ledger": (*LEDGER, LEDGER[2])}, "effects", Kind.DOUBLED),
    "an order sold twice": ({"ledger": (*LEDGER, entry("sell", SOLD, SOLD, event_id="e2"))}, "effects", Kind.DOUBLED),
    "a sale counted twice": ({"counted": Figure(orders=2, amount=400)}, "counted", Kind.DOUBLED),
    "a sale not counted": ({"counted": Figure(orders=0, amount=0)}, "counted", Kind.LOST),
    "another amount counted": ({"counted": Figure(orders=1, amount=100)}, "counted", Kind.WRONG),
    "money not recorded": ({"recorded": ()}, "money", Kind.LOST),
    "money made up": ({"processed": ()}, "money", Kind.WRONG),
    "another amount recorded": ({"recorded": (replace(CHARGE, amount=100),)}, "money", Kind.WRONG),
    "paid twice": (
        {name: (CHARGE, replace(CHARGE, payment_intent="pi_2")) for name in ("recorded", "processed")},
        "money",
        Kind.DOUBLED,
    ),
    "money without a paid order": ({"orders": ()}, "money", Kind.LOST),
    "a change not told": ({"told": (RAISED,)}, "alerts", Kind.LOST),
    "a change told twice": ({"told": (RAISED, RAISED, RESOLVED)}, "alerts", Kind.DOUBLED),
    "a change that never was": ({"told": (RAISED, RESOLVED, replace(RESOLVED, version=3))}, "alerts", Kind.WRONG),
    "a change not heard": ({"heard": (RAISED,)}, "alerts", Kind.LOST),
    "an end forgotten": ({"heard": (RAISED, replace(RESOLVED, status="firing"))}, "alerts", Kind.WRONG),
    "two of one fingerprint": (
        {"alerts": tuple(replace(ALERT, alert_id=name, status="firing") for name in ("a1", "a2"))},
        "alerts",
        Kind.DOUBLED,
    ),
    "somebody not told of an alert": ({"deliveries": TOLD[1:]}, "routing", Kind.LOST),
    "somebody told of an alert twice": (
        {"deliveries": (*TOLD, replace(TOLD[0], delivery_id="d7"))},
        "routing",
        Kind.DOUBLED,
    ),
    "a stranger told of an alert": ({"deliveries": (*TOLD, delivery(7, Channel.SMS, "+9"))}, "routing", Kind.WRONG),
    "a message of an alert given up": (
        {"deliveries": (replace(TOLD[0], state="failed"), *TOLD[1:])},
        "routing",
        Kind.LOST,
    ),
    "an alert too old to be sent": (
        {"deliveries": (replace(TOLD[0], state="suppressed", reason="expired"), *TOLD[1:])},
        "routing",
        Kind.LOST,
    ),
    "a message that the vendor never had": ({"taken": TAKEN[1:]}, "vendors", Kind.LOST),
    "a message sent again": ({"taken": (*TAKEN, replace(TAKEN[1], provider_id="p7"))}, "vendors", Kind.DOUBLED),
    "a message that the vendor has twice": ({"taken": (*TAKEN, TAKEN[0])}, "vendors", Kind.DOUBLED),
    "one message for two": ({"deliveries": (*TOLD, replace(TOLD[0], delivery_id="d7"))}, "vendors", Kind.LOST),
    "nobody paged": ({"pages": ()}, "pages", Kind.LOST),
    "paged twice": ({"pages": (PAGE, PAGE)}, "pages", Kind.DOUBLED),
    "a page that stays open": ({"pages": (replace(PAGE, open=True),)}, "pages", Kind.WRONG),
}


@pytest.mark.proves("L-9", "I-4", "I-6")
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found_by_the_rule_that_it_breaks(name: str) -> None:
    changes, rule, kind = BROKEN[name]
    found = violations(replace(SOUND, **changes))
    assert (rule, kind or Kind.OVERSOLD) in {(each.invariant, each.kind) for each in found}, found


ADDED_UP = replace(SOUND, holds=(), seats=(), sums=(PoolSum(city_id="dallas", tier="ga", public=2),))
LAST_ONLY = replace(SOUND, ledger=LEDGER[2:], ledger_begins=False)


def of_pools(evidence: Evidence) -> list[str]:
    return [each.sentence for each in violations(evidence, [PoolsEqualTheirLedger()])]


@pytest.mark.proves("I-4", "I-6")
def test_a_pool_is_judged_by_the_sums_of_its_rows_and_by_the_end_of_its_ledger() -> None:
    assert of_pools(ADDED_UP) == of_pools(LAST_ONLY) == []
    [added] = of_pools(replace(ADDED_UP, sums=()))
    assert added == "the pool says 2 sold, its rows say 0"
    assert of_pools(replace(LAST_ONLY, ledger=LEDGER[1:2])) == ["the ledger ends elsewhere than the pool"]
    torn = (LEDGER[1], replace(LEDGER[2], before=OPENED))
    assert of_pools(replace(LAST_ONLY, ledger=torn)) == ["a ledger entry (sell) doesn't follow the one before"]


@pytest.mark.proves("E-4", "I-3")
def test_an_order_is_sold_once_in_each_of_its_pools_and_what_finds_no_room_beside_it() -> None:
    gone = replace(SOLD, sold=1)
    ledger = (
        entry("sell", OPENED, gone, event_id="e1"),
        entry("sell", gone, replace(gone, oversold=1), event_id="e1"),
        replace(entry("sell", OPENED, gone, event_id="e1"), tier="vip"),
        replace(entry("sell", OPENED, gone, event_id="e1"), city_id="austin"),
    )
    assert violations(Evidence(ledger=ledger), [EachEventHasOneEffect()]) == []
    twice = (*ledger, replace(ledger[2], event_id="e2"))
    [found] = violations(Evidence(ledger=twice), [EachEventHasOneEffect()])
    assert (found.kind, found.subject) == (Kind.DOUBLED, "o1")


def test_an_order_that_was_moved_away_may_come_back() -> None:
    ledger = (
        entry("sell", OPENED, SOLD, event_id="e1"),
        entry("return", SOLD, OPENED, event_id="e2"),
        entry("sell", OPENED, SOLD, event_id="e3"),
    )
    assert violations(Evidence(ledger=ledger), [EachEventHasOneEffect()]) == []
    again = (*ledger, entry("sell", SOLD, SOLD, event_id="e4"))
    assert [found.kind for found in violations(Evidence(ledger=again), [EachEventHasOneEffect()])] == [Kind.DOUBLED]


def test_every_rule_can_fail_and_has_a_name_of_its_own() -> None:
    names = [rule.name for rule in INVARIANTS]
    assert set(names) == {rule for _, rule, _ in BROKEN.values()}
    assert len(set(names)) == len(names)
    assert all(rule.sentence.endswith(".") for rule in INVARIANTS)


def test_what_is_said_names_nobody() -> None:
    found = violations(replace(SOUND, messages=(replace(MAIL, recipient="eve@example.com"),)))
    assert found
    assert not any("@" in each.sentence or "@" in each.subject for each in found)


def test_a_channel_that_is_new_to_whoever_judges_is_read_and_judged() -> None:
    """Services are updated one after the other: the notifier may send by a way that the monitor has never heard of."""
    digest = Digest(part=Evidence(deliveries=(replace(TOLD[0], channel="pigeon"),)))
    told = Digest.read(digest.json()).part
    assert told.deliveries[0].channel == "pigeon"
    assert [finding[0] for finding in VendorsHaveWhatWeSent().findings(told)] == [Kind.LOST]
