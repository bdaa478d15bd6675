"""What commands print for people as lines: each story whole, however narrow the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from cli import stock
from cli.commands import alerts, audit, checkin, jobs, messages, tickets
from cli.errors import UsageError
from cli.tickets import shown

ENTRY: dict[str, Any] = {
    "at": "2026-11-29T08:33:27.120000Z",
    "service": "monitor",
    "actor": "sam@example.com",
    "role": "admin",
    "address": "192.0.2.7",
    "action": "user_changed",
    "target": "user:pat@example.com",
    "before": {"role": "viewer", "disabled": False},
    "after": {"role": "operator", "disabled": False},
    "reason": "Pat is on call.\x1b[2J",
    "outcome": "done",
    "code": None,
    "times": 1,
}


@pytest.mark.proves("C-12", "O-1")
def test_a_deed_is_told_with_what_it_changed_and_why() -> None:
    assert audit.lines(ENTRY) == [
        "2026-11-29 08:33:27Z  monitor  user_changed  user:pat@example.com  done",
        "    sam@example.com (admin) from 192.0.2.7",
        '    role: "viewer" → "operator"; Pat is on call.\\x1b[2J',
    ]


@pytest.mark.proves("C-12", "O-1")
def test_what_was_refused_many_times_is_one_story() -> None:
    refused = {"outcome": "refused", "code": "role_missing", "times": 40, "before": None, "after": None, "reason": ""}
    assert audit.lines({**ENTRY, **refused, "role": "", "address": None, "target": ""}) == [
        "2026-11-29 08:33:27Z  monitor  user_changed  refused role_missing × 40",
        "    sam@example.com",
    ]


@pytest.mark.proves("O-5", "O-1")
@pytest.mark.parametrize(
    ("last", "told"),
    [
        (None, "never yet"),
        ({"beganAt": "2026-11-29T08:00:01Z", "outcome": "done"}, "last 2026-11-29T08:00Z done"),
        ({"beganAt": "2026-11-29T08:00:01Z", "outcome": None}, "last 2026-11-29T08:00Z"),
    ],
)
def test_a_job_is_told_with_its_times_and_what_it_does(last: dict[str, Any] | None, told: str) -> None:
    job = {"service": "monitor", "name": "stock-audit", "standing": "late", "dueAt": "2026-11-29T14:00:00Z"}
    head, purpose = jobs.lines({**job, "last": last, "purpose": "Compares the last day."})
    assert head == f"monitor    stock-audit            LATE      next 2026-11-29T14:00Z  {told}"
    assert purpose == "    Compares the last day."


@pytest.mark.proves("O-1", "O-3")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "second_charge_refused, taken by nobody (ACK 4471), fullhouse playbook second-charge"),
        (
            {"acknowledgedBy": "sam@example.com", "runbook": None, "status": "acknowledged"},
            "second_charge_refused, taken by sam@example.com",
        ),
        (
            {"status": "resolved", "runbook": "https://example.com/what"},
            "second_charge_refused, is over, https://example.com/what",
        ),
    ],
)
def test_an_alert_is_told_with_what_to_do(changes: dict[str, Any], told: str) -> None:
    alert = {
        "timestamp": "2026-11-29T08:33:27.120Z",
        "severity": "high",
        "summary": "A second charge was not given back\x1b[2J",
        "rule": "second_charge_refused",
        "status": "firing",
        "acknowledgedBy": None,
        "code": "4471",
        "runbook": "/docs/playbooks/second-charge",
        "id": "0190b3a0",
    }
    assert alerts.lines({**alert, **changes}) == [
        "2026-11-29 08:33:27Z  HIGH  A second charge was not given back\\x1b[2J",
        f"    {told}  0190b3a0",
    ]
    entry = {"timestamp": alert["timestamp"], "status": "firing", "by": None, "way": "rule", "note": "two\n"}
    told_whole = alerts.whole({**alert, **changes, "evidence": ["✗ endpoint: gone"], "history": [entry]})
    assert told_whole[2:] == ["    ✗ endpoint: gone", "    2026-11-29 08:33:27Z  firing, rule: two\\n"]


@pytest.mark.proves("N-10", "O-1")
@pytest.mark.parametrize(
    ("trial", "told"),
    [
        ({"success": True, "messageId": "SM1", "status": "queued"}, "Taken, there known as SM1, after 120 ms."),
        (
            {"success": False, "status": "failed", "error": "Authenticate", "code": "20003"},
            "Not taken: Authenticate (code 20003), after 120 ms.",
        ),
        ({"success": False, "status": "unknown"}, "Not taken: unknown, after 120 ms."),
    ],
)
def test_what_became_of_a_test_message_is_a_line(trial: dict[str, Any], told: str) -> None:
    assert messages.said({**trial, "responseTime": 120}) == told


SCAN: dict[str, Any] = {
    "result": "admitted",
    "cause": None,
    "orderNumber": "7K3M2QXD",
    "seat": 1,
    "seats": 2,
    "tier": "ga",
    "used": None,
}
USED = {"door": "Door B", "scannedAt": "2026-11-29T08:33:27Z"}


@pytest.mark.proves("I-11", "O-1")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "Let in: 7K3M-2QXD-1, ga, seat 1 of 2."),
        (
            {"result": "already_used", "cause": "already_used", "used": USED},
            "Already used: 7K3M-2QXD-1, ga, seat 1 of 2; at Door B, 2026-11-29T08:33:27Z.",
        ),
        ({"result": "void", "cause": "refunded"}, "Not valid: 7K3M-2QXD-1, ga, seat 1 of 2; refunded."),
        ({"result": "unknown", "cause": "not_ours", "seat": None}, "Not one of our tickets: not_ours."),
    ],
)
def test_a_door_is_told_in_a_line_what_becomes_of_a_ticket(changes: dict[str, Any], told: str) -> None:
    assert checkin.sentence({**SCAN, **changes}) == told


@pytest.mark.proves("I-11", "O-1")
def test_a_ticket_is_named_as_it_is_printed() -> None:
    assert shown("7K3M-2QXD-12", "", 0) == {"orderNumber": "7K3M-2QXD", "seat": 12}
    assert shown("FH1:%69 VD82E", "", 0) == {"code": "FH1:%69 VD82E"}
    assert shown("", "7K3M2QXD", 2) == {"orderNumber": "7K3M2QXD", "seat": 2}
    for wrong in (("", "", 0), ("FH1:X", "7K3M2QXD", 1), ("", "7K3M2QXD", 0), ("FH1:X", "", 1)):
        with pytest.raises(UsageError, match="one ticket"):
            shown(*wrong)


@pytest.mark.proves("I-11", "O-1")
def test_a_ticket_is_told_with_all_that_happened_to_it() -> None:
    row = {
        "what": "admitted",
        "cause": None,
        "reason": None,
        "orderNumber": None,
        "orderId": "019a",
        "seat": 1,
        "cityId": "dallas",
        **USED,
    }
    undone = {**row, "what": "undone", "reason": "Went back\x1b[2J"}
    ticket = {**SCAN, "cityId": "dallas", "valid": True, "void": None, "used": USED, "history": [row, undone]}
    assert tickets.lines(ticket) == [
        "7K3M-2QXD-1  dallas  ga  lets somebody in",
        "    in since 2026-11-29T08:33:27Z, Door B",
        "    2026-11-29T08:33:27Z  admitted  7K3M-2QXD-1  dallas  Door B",
        "    2026-11-29T08:33:27Z  undone  7K3M-2QXD-1  dallas  Door B  Went back\\x1b[2J",
    ]


COUNTS = {"publicLimit": 30, "actualLimit": 35, "held": 0, "sold": 3, "spareSold": 0, "oversold": 0}
CHANGE: dict[str, Any] = {
    "id": "7",
    "timestamp": "2026-11-29T08:33:27.120000Z",
    "cityId": "dallas",
    "tier": "ga",
    "operation": "expand",
    "quantity": 10,
    "orderId": None,
    "eventId": None,
    "actor": "sam@example.com",
    "reason": "More chairs\x1b[2J",
    "before": COUNTS,
    "after": {**COUNTS, "publicLimit": 40, "actualLimit": 45},
}


@pytest.mark.proves("I-6", "O-1")
def test_a_change_of_the_stock_is_told_with_who_did_it_and_why() -> None:
    assert stock.lines(CHANGE) == (
        "2026-11-29 08:33:27Z  dallas GA  expand 10  sam@example.com",
        "    publicLimit 30 → 40, actualLimit 35 → 45; More chairs\\x1b[2J",
    )


@pytest.mark.proves("I-7", "O-1")
def test_an_audit_says_what_is_wrong_and_what_it_could_not_compare() -> None:
    wrong = {"cityId": "dallas", "tier": "ga", "source": "tickets", "what": "sold", "expected": 3, "actual": 5}
    away = {"orders": "its address (CHECKOUT_URL) is not set"}
    assert list(stock.audited({"pools": 2, "data": [wrong], "unjudged": away})) == [
        "✗ dallas GA: sold is 5, its tickets say 3",
        "· Not compared with orders: its address (CHECKOUT_URL) is not set.",
    ]
    assert list(stock.audited({"pools": 2, "data": [], "unjudged": {}})) == ["✓ 2 pools are what everything else says."]


@pytest.mark.proves("I-7", "O-1")
def test_a_correction_says_what_each_pool_was_and_is() -> None:
    done = {"tier": "ga", "before": {**COUNTS, "sold": 5}, "after": COUNTS}
    assert list(stock.corrected({"cityId": "dallas", "corrected": [done]})) == ["dallas GA is corrected: sold 5 → 3."]
    assert list(stock.corrected({"cityId": "dallas", "corrected": []})) == ["Nothing was wrong."]


@pytest.mark.proves("I-6", "O-1")
def test_the_ledger_is_exported_with_all_counts_and_no_word_is_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    stock.print_csv([{**CHANGE, "reason": "=1+1"}])
    head, row = (line.split(",") for line in capsys.readouterr().out.splitlines())
    told = dict(zip(head, row, strict=True))
    assert (told["reason"], told["before.actualLimit"], told["after.actualLimit"]) == ("'=1+1", "35", "45")
