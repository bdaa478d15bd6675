"""What is known after several tries of one call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from chassis.http_client import VendorClient, VendorFailure, VendorResponse, VendorTimeout, VendorUnavailable
from checkout.payments.processors.port import (
    ProcessorBusy,
    ProcessorFailed,
    ProcessorFailure,
    ProcessorRefused,
    ProcessorUncertain,
)
from checkout.processors.calls import ExternalCall, ExternalCalls
from checkout.processors.domain import CallOutcome, CredentialsRefused, outcome_of
from tests.fixtures.clocks import SteppingClock

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4")]

LOST = VendorTimeout("corner", "pages.create", ambiguous=True, reason="lost")
UNREACHABLE = VendorUnavailable("corner", "pages.create", ambiguous=False, reason="refused")


class Outcomes(VendorClient):
    """Answers each call with the next of them, and with the last from then on."""

    def __init__(self, *outcomes: int | VendorFailure) -> None:
        super().__init__("corner", "http://127.0.0.1:1")
        self._outcomes = list(outcomes)
        self.asked = 0

    async def request(self, *_call: str, **_options: object) -> VendorResponse:
        self.asked += 1
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, VendorFailure):
            raise outcome
        return VendorResponse(outcome, {}, json.dumps({"status": outcome}).encode(), 0.0)


def _refusal(status: int, _body: Mapping[str, Any]) -> ProcessorRefused:
    return (CredentialsRefused if status == 401 else ProcessorRefused)(status, "no", "No.")


async def _ask(client: Outcomes, *, changes: bool = True) -> Mapping[str, Any]:
    call = ExternalCall(operation="pages.create", method="POST", path="/", headers={}, body=b"{}", changes=changes)
    return await ExternalCalls(client, refusal=_refusal, clock=SteppingClock()).ask(call, deadline=timedelta(seconds=9))


@pytest.mark.parametrize(
    ("outcomes", "failure", "outcome"),
    [
        ((400,), ProcessorRefused, CallOutcome.DECLINED),
        ((401,), CredentialsRefused, CallOutcome.DECLINED),
        ((UNREACHABLE,), ProcessorFailed, CallOutcome.NOT_ATTEMPTED),
        ((429,), ProcessorBusy, CallOutcome.NOT_ATTEMPTED),
        ((LOST,), ProcessorUncertain, CallOutcome.AMBIGUOUS),
        ((503,), ProcessorUncertain, CallOutcome.AMBIGUOUS),
        ((LOST, UNREACHABLE), ProcessorUncertain, CallOutcome.AMBIGUOUS),
        ((LOST, 429), ProcessorUncertain, CallOutcome.AMBIGUOUS),
        ((LOST, 401), ProcessorUncertain, CallOutcome.AMBIGUOUS),
        ((LOST, 400), ProcessorRefused, CallOutcome.DECLINED),
        ((429, LOST, 429), ProcessorUncertain, CallOutcome.AMBIGUOUS),
    ],
)
async def test_what_may_have_happened_stays_uncertain_until_the_processor_decides(
    outcomes: tuple[int | VendorFailure, ...], failure: type[ProcessorFailure], outcome: CallOutcome
) -> None:
    with pytest.raises(failure) as failed:
        await _ask(Outcomes(*outcomes))
    assert type(failed.value) is failure
    assert outcome_of(failed.value) is outcome


@pytest.mark.parametrize(("outcomes", "asked"), [((LOST, 429, 503, 200), 4), ((429, 201), 2), ((200,), 1)])
async def test_a_call_is_made_again_until_it_is_answered(outcomes: tuple[int | VendorFailure, ...], asked: int) -> None:
    client = Outcomes(*outcomes)
    assert (await _ask(client))["status"] in (200, 201)
    assert client.asked == asked


@pytest.mark.parametrize("outcome", [LOST, 503])
async def test_what_only_reads_has_changed_nothing(outcome: int | VendorFailure) -> None:
    client = Outcomes(outcome)
    with pytest.raises(ProcessorFailed):
        await _ask(client, changes=False)
    assert client.asked == 1


@pytest.mark.parametrize(("changes", "failure"), [(True, ProcessorUncertain), (False, ProcessorFailed)])
async def test_an_answer_that_can_not_be_read_says_nothing_of_what_happened(
    changes: bool, failure: type[ProcessorFailure]
) -> None:
    call = ExternalCall(operation="pages.create", method="POST", path="/", headers={}, changes=changes)
    calls = ExternalCalls(Outcomes(200), refusal=_refusal, clock=SteppingClock())
    assert await calls.ask_for(call, lambda found: found["status"], deadline=timedelta(seconds=9)) == 200
    with pytest.raises(failure):
        await calls.ask_for(call, lambda found: found["page"]["id"], deadline=timedelta(seconds=9))
