"""What a vendor's response to a call means for the message, or that none came: N-4's table, a part a vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from chassis.http_client import VendorFailure, VendorResponse
from notifier.channels.domain import Lost, Progress, Refused, Verdict

_OK: Final = 200
_TOO_MANY: Final = 429
_UNAUTHORISED: Final = 401
_TIMED_OUT: Final = 408
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """What an error code means.

    verdict: whether another attempt makes sense
    reason: a sentence that a person understands
    opted_out: the recipient wants no messages
    """

    verdict: Verdict
    reason: str
    opted_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Somebody who takes messages, and how their responses are read.

    name: the word in deliveries, events and figures
    title: what people call them
    rules: what their error codes mean; vendors split and move codes, so others are judged by their HTTP status
    progress: what their words for the state of a message mean; a word that is not here says nothing new
    """

    name: str
    title: str
    rules: Mapping[str, Rule] = field(default_factory=dict)
    progress: Mapping[str, Progress] = field(default_factory=dict)

    def unanswered(self, failure: VendorFailure) -> Refused | Lost:
        """Lost when the request may have arrived; else the vendor was not reached and hasn't got the message."""
        if failure.ambiguous:
            return Lost(reason=f"{self.title} gave no answer: {failure.reason}.")
        reason = f"{self.title} could not be reached: {failure.reason}."
        return Refused(verdict=Verdict.PASSING, code="unreachable", reason=reason)

    def refused(self, response: VendorResponse, code: str | None) -> Refused:
        """What a response other than a yes means."""
        return self.refusal(
            status=response.status,
            code=code,
            response_ms=milliseconds(response),
            retry_after=response.retry_after(),
        )

    def refusal(
        self, *, status: int, code: str | None, response_ms: int = 0, retry_after: timedelta | None = None
    ) -> Refused:
        """What an error means: by its code, else by its HTTP status."""
        rule = self.rules.get(code or "") or self._by_status(status)
        return Refused(
            verdict=rule.verdict,
            code=code or f"http_{status}",
            reason=rule.reason,
            response_ms=response_ms,
            retry_after=retry_after,
            opted_out=rule.opted_out,
        )

    def late_failure(self, code: str | None) -> Rule:
        """What an error code means that comes with a receipt, after the vendor had taken the message."""
        said = f" (code {code})" if code else ""
        return self.rules.get(code or "") or Rule(Verdict.PERMANENT, f"The provider could not deliver it{said}.")

    def trouble(self, code: str | None) -> str | None:
        """What is wrong with our account, as a sentence, by a code that came with a receipt; None for other codes."""
        rule = self.late_failure(code)
        return rule.reason if rule.verdict is Verdict.ACCOUNT else None

    def progress_of(self, status: str) -> Progress:
        """How far a message with this status is."""
        return self.progress.get(status, Progress.UNDER_WAY)

    def _by_status(self, status: int) -> Rule:
        if status == _UNAUTHORISED:
            return Rule(Verdict.ACCOUNT, f"{self.title} refuses our credentials.")
        if status == _TOO_MANY:
            return Rule(Verdict.PASSING, f"{self.title} asks us to slow down.")
        if status >= _SERVER_ERROR or status == _TIMED_OUT:
            return Rule(Verdict.PASSING, f"{self.title} failed with HTTP {status}.")
        if status == _OK:
            return Rule(Verdict.PERMANENT, f"{self.title} refused the message.")
        return Rule(Verdict.PERMANENT, f"{self.title} refused the message with HTTP {status}.")


def json_object(response: VendorResponse) -> dict[str, Any]:
    """The response's JSON object; empty for anything else."""
    try:
        value = response.json()
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def milliseconds(response: VendorResponse) -> int:
    """How long the vendor took."""
    return round(response.seconds * 1000)
