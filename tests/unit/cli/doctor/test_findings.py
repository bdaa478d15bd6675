"""What each check of the doctor makes of what it is told: the broken thing by its name, and the way out."""

from __future__ import annotations

from typing import Final

import pytest

from cli.commands.doctor import tally
from cli.doctor import payments, stock
from cli.doctor.check import Check, Examined, Finding, State
from cli.doctor.examining import Result
from tests.unit.cli.doctor import payment_findings, system_findings, vendor_findings
from tests.unit.cli.doctor.findings import NOW, Broken
from tests.unit.cli.doctor.payment_findings import CONNECTION, OLD, SEVENTH

BROKEN: Final = {**system_findings.BROKEN, **vendor_findings.BROKEN, **payment_findings.BROKEN}
NOTED: Final = {**system_findings.NOTED, **vendor_findings.NOTED, **payment_findings.NOTED}
WELL: Final = {**system_findings.WELL, **vendor_findings.WELL, **payment_findings.WELL}


@pytest.mark.proves("O-2")
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_the_broken_thing_is_named_with_the_way_out(broken: Broken) -> None:
    assert broken.finding.state is State.WRONG
    assert broken.names in broken.finding.detail
    assert broken.way_out in broken.finding.remedy


@pytest.mark.proves("O-2")
@pytest.mark.parametrize("finding", NOTED.values(), ids=NOTED)
def test_what_is_not_broken_and_should_be_known_is_a_note(finding: Finding) -> None:
    assert finding.state is State.NOTE
    assert finding.remedy


@pytest.mark.proves("O-2")
@pytest.mark.parametrize("finding", WELL.values(), ids=WELL)
def test_what_is_as_it_should_be_needs_nothing(finding: Finding) -> None:
    assert (finding.state, finding.remedy) == (State.WELL, "")


def test_stock_is_a_line_a_city() -> None:
    city = {"cityId": "tampa", "publicAvailable": {"ga": 12, "vip": 3}, "publicLimits": {"ga": 35, "vip": 15}}
    assert stock.judged([city, {**city, "cityId": "dallas"}]).detail == (
        "tampa GA(12/35) VIP(3/15)\ndallas GA(12/35) VIP(3/15)"
    )


def test_a_stand_in_is_said_to_be_one() -> None:
    assert WELL["slack"].detail.startswith("the sandbox stands in")


async def nothing(_: Examined) -> Finding:
    return WELL["disk"]


PART: Final = Check(part="payments", name="any", look=nothing, remedy="")


@pytest.mark.proves("P-12")
def test_what_was_found_is_counted_at_the_end() -> None:
    failed = {**CONNECTION, "status": "error", "issue": "connection_error", "last_error": "refused"}
    findings = [
        payments.connections_judged([failed, {**failed, "id": 8}, {**CONNECTION, **OLD, "id": 9}], now=NOW),
        payments.webhooks_judged([{**CONNECTION, "webhook_url": None, "webhook_secret": None}]),
        payments.tables_judged({"providers": 3}),
    ]
    assert tally([Result(PART, finding, 0.1) for finding in findings]) == [
        "Checks passed: 2/3",
        "Issues found: 2",
        f"  - {SEVENTH} is error: refused",
        "  - connection 8 of provider 3 to square is error: refused",
        "Warnings: 2",
        "  - connection 9 of provider 3 to square had no transaction for a day",
        f"  - {SEVENTH} has no webhook url and no webhook secret",
    ]


@pytest.mark.proves("P-3")
def test_a_workshop_of_a_provider_who_is_not_there_is_told() -> None:
    found = payments.routing_judged(7, {}, {"dallas-jan-2027": 12})
    assert (found.state, found.warnings) == (
        State.NOTE,
        ("dallas-jan-2027 is of provider 12, who is not there: we take its payments",),
    )
    assert found.remedy.startswith("fullhouse providers set ID")
