"""Lines and tables for people: an event is one line, and what must be copied stays whole."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.ids import uuid7
from cli.commands.stream import line
from cli.output import table
from eventbus import RawRecord, Received
from events import Envelope, Event
from tests.unit.monitor.samples import NOW, heartbeat, order_paid, stock_sold

GROUP = "notifier-confirmations-by-email"


def received(event: Event) -> Received[Any]:
    envelope = Envelope(id=uuid7(), source="test", type=event.type, time=NOW, subject=event.key)
    return Received(
        event=event,
        envelope=envelope,
        record=RawRecord(topic=event.destination, partition=0, offset=0, key=None, value=None, headers=()),
    )


def test_a_sale_is_one_line_with_number_city_seats_and_amount() -> None:
    paid = order_paid()
    cities = ", ".join({seat.city_id for seat in paid.seats})
    said = line(received(paid))
    assert said.startswith(f"12:00:30  order.paid                {paid.number}  {cities}  {len(paid.seats)} ")
    assert said.split("  ")[-1].startswith("$")
    assert paid.customer.last_name not in said


@pytest.mark.parametrize(
    "event", [stock_sold(1, 5), heartbeat("checkout", at=NOW)], ids=lambda event: event.short_type()
)
def test_every_event_is_one_short_line(event: Event) -> None:
    said = line(received(event))
    assert event.short_type() in said
    assert len(said) < 120
    assert said.isprintable()


def test_names_are_not_broken_in_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    table("Subscriptions", ("Service", "Group", "Why"), [("notifier", GROUP, "a long sentence " * 5)])
    assert GROUP in capsys.readouterr().out
