"""What a vendor's refusal means: our key, too many questions, or the vendor's own trouble."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession

from cli.doctor.asking import Answer
from cli.doctor.check import Examined, Finding, State
from cli.doctor.vendors import unusable


def judged(status: int, **environ: str) -> Finding | None:
    async def work() -> Finding | None:
        async with ClientSession() as session:
            examined = Examined(environ=environ, http=session)
            answer = Answer(status=status, headers={}, text="", seconds=0.1)
            return unusable(examined, "Twilio", answer, variables="TWILIO_AUTH_TOKEN", service="notifier")

    return asyncio.run(work())


@pytest.mark.proves("O-2")
@pytest.mark.parametrize(
    ("status", "state", "detail", "remedy"),
    [
        (401, State.WRONG, "refuses TWILIO_AUTH_TOKEN", "restart notifier"),
        (403, State.WRONG, "refuses TWILIO_AUTH_TOKEN", "restart notifier"),
        (429, State.NOTE, "too often", "in a minute"),
        (503, State.WRONG, "in trouble", "https://status.twilio.com"),
    ],
)
def test_each_refusal_leads_to_who_can_mend_it(status: int, state: State, detail: str, remedy: str) -> None:
    finding = judged(status)
    assert finding is not None
    assert (finding.state, detail in finding.detail, remedy in finding.remedy) == (state, True, True)


def test_an_answer_that_can_be_read_is_no_finding_yet() -> None:
    assert judged(200) is None


def test_without_the_file_of_vendors_the_status_page_is_left_to_the_person() -> None:
    finding = judged(500, CONFIG_DIR="/nonexistent")
    assert finding is not None
    assert "Twilio's own status page" in finding.remedy
