"""What a vendor's HTTP answer, or its absence, means for the message."""

from __future__ import annotations

from chassis.http_client import VendorAnswer, VendorFailure
from notifier.channels.domain import Lost, Refused, Verdict
from notifier.channels.refusals import NAMES, refusal


def failed_call(failure: VendorFailure) -> Refused | Lost:
    """No answer: lost when the request may have arrived, else the vendor was not reached and hasn't got it."""
    if failure.ambiguous:
        return Lost(reason=f"{NAMES[failure.vendor]} gave no answer: {failure.reason}.")
    reason = f"{NAMES[failure.vendor]} could not be reached: {failure.reason}."
    return Refused(verdict=Verdict.PASSING, code="unreachable", reason=reason)


def refused_by(vendor: str, answer: VendorAnswer, code: str | None) -> Refused:
    return refusal(
        vendor,
        status=answer.status,
        code=code,
        response_ms=round(answer.seconds * 1000),
        retry_after=answer.retry_after(),
    )
