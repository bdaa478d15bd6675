"""What Slack's words mean: its API answers 200 with a word, its incoming webhooks a status and a word (N-4)."""

from __future__ import annotations

from typing import Final

from notifier.channels.domain import Verdict
from notifier.channels.responses import Rule, Vendor

SLACK: Final = Vendor(
    name="slack",
    title="Slack",
    rules={
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
    },
)
