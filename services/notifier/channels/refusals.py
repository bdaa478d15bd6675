"""What providers' refusals mean: N-4's table, and its like for the other providers, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from notifier.channels.domain import Refused, Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    verdict: Verdict
    reason: str
    opted_out: bool = False


# N-4's table. Vendors split and move codes: what is not here is judged by its HTTP status.
_TWILIO: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "20003": Rule(Verdict.ACCOUNT, "Twilio refuses our credentials."),
        "20005": Rule(Verdict.ACCOUNT, "The Twilio account is not active."),
        "20429": Rule(Verdict.PASSING, "Twilio asks us to slow down."),
        "21211": Rule(Verdict.PERMANENT, "The number is not a valid phone number."),
        "21606": Rule(Verdict.ACCOUNT, "Our sender number can't send SMS."),
        "21608": Rule(Verdict.PERMANENT, "A trial account sends only to verified numbers."),
        "21610": Rule(Verdict.PERMANENT, "The recipient has opted out with STOP.", opted_out=True),
        "21614": Rule(Verdict.PERMANENT, "The number is not a mobile number."),
        "30002": Rule(Verdict.ACCOUNT, "The Twilio account is suspended or out of funds."),
    }
)
# Slack answers 200 with a word, its incoming webhooks with a status and a word.
_SLACK: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"),
            Rule(Verdict.ACCOUNT, "Slack refuses our credentials."),
        ),
        **dict.fromkeys(
            ("missing_scope", "not_allowed_token_type", "no_permission", "access_denied", "team_access_not_granted"),
            Rule(Verdict.ACCOUNT, "Our Slack bot lacks a permission (chat:write)."),
        ),
        **dict.fromkeys(
            ("ratelimited", "rate_limited", "message_limit_exceeded"),
            Rule(Verdict.PASSING, "Slack asks us to slow down."),
        ),
        **dict.fromkeys(
            (
                "internal_error",
                "fatal_error",
                "service_unavailable",
                "request_timeout",
                "team_added_to_org",
                "rollup_error",
            ),
            Rule(Verdict.PASSING, "Slack has trouble of its own."),
        ),
        "not_set_up": Rule(Verdict.ACCOUNT, "Neither SLACK_BOT_TOKEN nor an incoming webhook is set."),
        "channel_not_found": Rule(Verdict.PERMANENT, "Slack knows no such channel."),
        "not_in_channel": Rule(Verdict.PERMANENT, "Our Slack bot is not in the channel; invite it."),
        **dict.fromkeys(
            ("is_archived", "channel_is_archived"), Rule(Verdict.PERMANENT, "The Slack channel is archived.")
        ),
        **dict.fromkeys(
            ("invalid_token", "no_service", "no_active_hooks", "no_team", "team_disabled", "action_prohibited"),
            Rule(Verdict.PERMANENT, "The incoming webhook was removed or switched off in Slack."),
        ),
        **dict.fromkeys(
            ("message_not_found", "cant_update_message", "edit_window_closed"),
            Rule(Verdict.PERMANENT, "The Slack message can't be changed any more."),
        ),
    }
)
_PAGERDUTY: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "not_set_up": Rule(Verdict.ACCOUNT, "PAGERDUTY_ROUTING_KEY is not set."),
        "invalid_routing_key": Rule(Verdict.ACCOUNT, "PagerDuty doesn't know our routing key."),
    }
)
_TABLES: Final[Mapping[str, Mapping[str, Rule]]] = MappingProxyType(
    {"twilio": _TWILIO, "slack": _SLACK, "pagerduty": _PAGERDUTY}
)
NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"twilio": "Twilio", "sendgrid": "SendGrid", "slack": "Slack", "pagerduty": "PagerDuty"}
)
_OK: Final = 200
_TOO_MANY: Final = 429
_UNAUTHORISED: Final = 401
_TIMED_OUT: Final = 408
_SERVER_ERROR: Final = 500


def refusal(
    provider: str, *, status: int, code: str | None, response_ms: int = 0, retry_after: timedelta | None = None
) -> Refused:
    """What an error answer means: by N-4's table, else by its HTTP status class."""
    rule = _TABLES.get(provider, {}).get(code or "") or _by_status(provider, status)
    return Refused(
        verdict=rule.verdict,
        code=code or f"http_{status}",
        reason=rule.reason,
        response_ms=response_ms,
        retry_after=retry_after,
        opted_out=rule.opted_out,
    )


def late_failure(provider: str, code: str | None) -> Rule:
    """What an error code means that comes with a receipt, after the provider had taken the message."""
    known = _TABLES.get(provider, {}).get(code or "")
    said = f" (code {code})" if code else ""
    return known or Rule(Verdict.PERMANENT, f"The provider could not deliver it{said}.")


def _by_status(provider: str, status: int) -> Rule:
    name = NAMES[provider]
    if status == _UNAUTHORISED:
        return Rule(Verdict.ACCOUNT, f"{name} refuses our credentials.")
    if status == _TOO_MANY:
        return Rule(Verdict.PASSING, f"{name} asks us to slow down.")
    if status >= _SERVER_ERROR or status == _TIMED_OUT:
        return Rule(Verdict.PASSING, f"{name} failed with HTTP {status}.")
    if status == _OK:
        return Rule(Verdict.PERMANENT, f"{name} refused the message.")
    return Rule(Verdict.PERMANENT, f"{name} refused the message with HTTP {status}.")
