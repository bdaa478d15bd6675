"""When something counts as broken, and when nothing is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from events import Channel
from invariants import Address, Evidence, Message, PaidOrder, violations
from monitor.proof.api import Verdict, view
from monitor.proof.domain import (
    ELSEWHERE,
    KEPT,
    NEEDS,
    OF_MESSAGES,
    OF_ROUTING,
    UNDER_WAY,
    NamedPeople,
    Period,
    at_fault,
    by_owners,
    follow,
    routed,
    sentences,
    unjudged,
)
from tests.unit.monitor.proof.samples import PACE, a_look, lost
from tests.unit.monitor.samples import NOW

pytestmark = pytest.mark.proves("L-9")
ORDER = "0190b3a0-0000-7000-8000-000000000001"


def test_something_is_broken_when_two_looks_in_a_row_have_seen_it() -> None:
    first = follow(None, a_look(seen=[lost("tickets", ORDER)]))
    assert (first.found, len(first.seen)) == ((), 1)
    grown = lost("tickets", ORDER, "3 tickets in inventory instead of 7")
    second = follow(first, a_look(seen=[grown, lost("tickets", "another")]))
    assert second.found == (grown,)
    assert follow(second, a_look()).found == ()


def test_of_what_could_not_be_judged_the_former_knowledge_stays() -> None:
    broken = lost("tickets", ORDER)
    known = follow(follow(None, a_look(seen=[broken])), a_look(seen=[broken]))
    away = follow(known, a_look(seen=[lost("tickets", "half of a look")], unjudged={"tickets": "inventory: away"}))
    assert (away.seen, away.found) == ((broken,), (broken,))
    assert away.broken("tickets") is None
    assert follow(away, a_look(seen=[broken])).found == (broken,)


def test_orders_at_fault_are_looked_at_until_they_are_mended() -> None:
    seen = [lost("tickets", ORDER), lost("confirmations", "7K3M2QXD"), lost("drained", "checkout")]
    assert at_fault(a_look(seen=seen)) == {ORDER}
    assert at_fault(None) == set()


def test_a_rule_that_is_broken_everywhere_keeps_a_bounded_number_of_places() -> None:
    seen = [lost("tickets", f"o{number:04}") for number in range(3 * KEPT)]
    second = follow(follow(None, a_look(seen=seen)), a_look(seen=seen[::-1]))
    assert len(second.seen) == len(second.found) == KEPT


def test_only_what_has_settled_is_looked_at() -> None:
    period = Period.before(NOW, pace=PACE, length=timedelta(hours=1))
    assert (period.since, period.until) == (NOW - timedelta(minutes=65), NOW - timedelta(minutes=5))
    full = period.in_minutes()
    assert (full.since.second, full.until.second) == (0, 0)
    assert timedelta(0) <= period.since - full.since < timedelta(minutes=1)


def test_nothing_is_said_without_all_that_a_rule_needs() -> None:
    assert unjudged({}, under_way=False) == ELSEWHERE
    away = unjudged({"inventory": "no connection in time"}, under_way=False)
    assert set(away) - set(ELSEWHERE) == {"tickets", "pools", "oversold", "effects", "drained"}
    assert away["tickets"] == "inventory: no connection in time"
    waiting = unjudged({}, under_way=True)
    assert {rule for rule, why in waiting.items() if why == UNDER_WAY} == {
        "tickets", "passes", "confirmations", "counted", "alerts", "routing"
    }  # fmt: skip
    assert set(NEEDS) | set(ELSEWHERE) == set(sentences())


def test_owners_are_missed_from_the_moment_in_which_they_were_first_seen() -> None:
    early = PaidOrder(
        order_id="o1",
        number="EARLY234",
        seats=1,
        amount=1,
        refunded=0,
        email="ann",
        codes=("a",),
        paid_at=NOW - timedelta(hours=1),
    )
    late = replace(early, order_id="o2", number="LATER234", paid_at=NOW)
    mails = tuple(Message(channel=Channel.EMAIL, recipient="ann", number=each.number) for each in (early, late))
    former = Message(channel=Channel.SMS, recipient="former", number=early.number)
    text = Message(channel=Channel.SMS, recipient="owner", number=late.number)

    def found(*messages: Message) -> list[tuple[str, str]]:
        evidence = Evidence(orders=(early, late), messages=messages)
        parts = by_owners(evidence, NamedPeople(owners=("owner",), since=NOW - timedelta(minutes=30)))
        return [(each.subject, each.kind) for part in parts for each in violations(part, OF_MESSAGES)]

    assert found(*mails, former, text) == []
    assert found(*mails, former) == [("o2", "lost")]
    assert found(mails[1], former, text) == [("o1", "lost")]
    assert found(*mails, text, replace(text, number="UNPAID23")) == [("UNPAID23", "wrong")]


def test_an_alert_is_held_against_the_routing_that_was_in_force() -> None:
    named = NamedPeople(directory="today", since=NOW)
    assert named.holds(NOW)
    assert named.holds(NOW, "today")
    assert not any((named.holds(NOW, "tomorrow"), named.holds(NOW - timedelta(seconds=1)), NamedPeople().holds(NOW)))
    address = Address(alert_id="a1", channel=Channel.SMS, recipient="ann")
    evidence = Evidence(addresses=(address, replace(address, alert_id="a2")))
    assert [each.subject for each in violations(routed(evidence, {"a2"}), OF_ROUTING)] == ["a2"]


def test_a_look_that_nobody_followed_says_nothing_any_more() -> None:
    look = a_look()
    assert look.fresh(NOW + timedelta(minutes=4))
    assert not look.fresh(NOW + timedelta(minutes=5))


def test_people_see_what_holds_and_what_was_looked_at() -> None:
    nothing = view(None)
    assert {rule.state for rule in nothing.rules} == {Verdict.NOT_JUDGED}
    seen = view(a_look(found=[lost("tickets", ORDER)], unjudged={**ELSEWHERE, "pools": "inventory: away"}))
    states = {rule.name: rule.state for rule in seen.rules}
    assert (states["tickets"], states["pools"], states["effects"]) == (
        Verdict.BROKEN,
        Verdict.NOT_JUDGED,
        Verdict.HOLDS,
    )
    assert [rule.reason for rule in seen.rules if rule.name in {"tickets", "pools", "effects"}] == [
        None, "inventory: away", None
    ]  # fmt: skip
    assert seen.rules[0].violations[0].subject == ORDER
