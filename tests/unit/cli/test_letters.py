"""What `fullhouse dlq`, `subscriptions` and `republish` make of what a person types, and of what the services say."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from cli.commands.dlq import drop, redrive
from cli.commands.subscriptions import row
from cli.errors import CommandError, UsageError
from cli.letters import filters, reference
from cli.services import agreed, each, printable, services_named

pytestmark = pytest.mark.proves("E-5")

NONE: dict[str, Any] = {
    "group": (),
    "topic": (),
    "event_type": (),
    "state": (),
    "since": "",
    "until": "",
    "reason": "",
}
STILL: dict[str, Any] = {"group": "g", "stopped": None, "stoppedPartitions": [], "deadLetters": 0, "deferred": 2}


def test_a_letter_is_named_by_service_and_number() -> None:
    assert reference("inventory/17") == ("inventory", 17)
    for wrong in ("17", "inventory/", "inventory/x", "nobody/1", "inventory/-1"):
        with pytest.raises(UsageError):
            reference(wrong)


def test_only_filters_that_say_something_are_sent() -> None:
    assert filters(**NONE) == {}
    found = filters(**{**NONE, "event_type": ["order.paid"], "since": "2026-11-21T12:00:00Z", "reason": "table"})
    assert found == {"type": ["order.paid"], "since": "2026-11-21T12:00:00+00:00", "reason": "table"}
    with pytest.raises(UsageError, match="no state"):
        filters(**{**NONE, "state": ["gone"]})
    with pytest.raises(UsageError, match="no moment"):
        filters(**{**NONE, "since": "yesterday"})


def test_many_letters_are_never_meant_by_accident() -> None:
    with pytest.raises(UsageError, match="say --all"):
        redrive()
    with pytest.raises(UsageError, match="say --all"):
        drop(because="x")
    with pytest.raises(UsageError, match="not both"):
        redrive(["inventory/17"], service=["inventory"])
    with pytest.raises(UsageError, match="not both"):
        drop(["inventory/17"], because="x", group=["g"])


def test_a_script_must_agree_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(UsageError, match="--yes"):
        agreed("Drop all?", yes=False)
    agreed("Drop all?", yes=True)


def test_a_service_that_does_not_answer_hides_none_of_the_others() -> None:
    def ask(service: str) -> Mapping[str, Any]:
        if service != "monitor":
            raise CommandError("Refused: no answer (HTTP 502)")
        return {"data": []}

    answers = each(services_named(()), ask)
    assert answers == {"monitor": {"data": []}}
    with pytest.raises(CommandError, match="inventory: Refused"):
        answers.all_answered()
    with pytest.raises(CommandError, match="checkout: Refused"):
        each(["checkout"], ask)
    with pytest.raises(UsageError, match="no service"):
        services_named(["nobody"])


def test_what_others_wrote_does_nothing_to_a_terminal() -> None:
    assert printable("\x1b[31mred\x07 [bold]x[/bold]") == "\\x1b[31mred\\x07 \\[bold]x\\[/bold]"


def test_a_group_that_stands_still_says_what_to_do() -> None:
    assert row("inventory", STILL) == ("inventory", "g", "reads", "0", "2", "")
    stopped = {**STILL, "stopped": {"reason": "20 events in a row died"}}
    assert row("inventory", stopped)[2] == "STOPPED"
    assert "fullhouse subscriptions start g" in row("inventory", stopped)[5]
    place = {"topic": "orders", "partition": 3, "firstOffset": 17, "lastOffset": 19, "reason": "no codec"}
    assert "fullhouse subscriptions skip orders 3 17" in row("inventory", {**STILL, "stoppedPartitions": [place]})[5]
