"""The channel Slack: alerts as messages in a room, changed in place where there is a bot (N-2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chassis.metrics import Metric
from notifier.channels.domain import Message
from notifier.channels.responses import Vendor
from notifier.channels.spec import AlertText, AlertWords, ChannelNames, ChannelSpec, OpenProvider
from notifier.texts.templates import Templates

# What would ring everybody when Slack makes links of names.
_EVERYBODY: Final = re.compile(r"@(?=channel|here|everyone|group)", re.IGNORECASE)
_LONGEST_FACTS: Final = 2900


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage(Message):
    """A message in a room.

    to: the room, by its name or id
    hook: our own name of the room, by which the incoming webhook is chosen
    text: the line above the blocks, which is what a phone shows
    colour: of the bar beside the blocks
    blocks: the message, in Slack's Block Kit
    mentions: names that are rung
    acknowledge: what the button carries; None for a message without one
    replaces: what Slack calls the message that this one takes the place of
    """

    to: str
    hook: str
    text: str
    colour: str
    blocks: tuple[Mapping[str, Any], ...]
    mentions: tuple[str, ...] = ()
    acknowledge: str | None = None
    replaces: str | None = None


def spec(vendor: Vendor, open_provider: OpenProvider) -> ChannelSpec:
    """The channel's row of the table."""
    return ChannelSpec(
        vendor=vendor,
        open_provider=open_provider,
        names=ChannelNames(
            sent_total=Metric.SLACK_SENT,
            failed_total=Metric.SLACK_FAILED,
            sent="slack_notification_sent",
            failed="slack_delivery_failed",
        ),
        normal=str.strip,
        mask=str,
        address_of=lambda person: person.slack,
        known_as=lambda person: (person.slack,),
        place_of=lambda routing, severity, category: routing.slack.channels[routing.slack_channel(severity, category)],
        opens_with_business=lambda route: route.slack.business_hours,
        compose_alert=_alert,
        shows_alerts=True,
    )


def _alert(told: AlertText, _templates: Templates) -> ChatMessage:
    alert, routing, features = told.alert, told.routing, told.features
    mentions = routing.severities[alert.severity].slack.mention and told.asks
    return ChatMessage(
        delivery_id=told.delivery_id,
        to=told.to,
        hook=routing.slack_channel(alert.severity, alert.category),
        text=slack_line(told.words),
        colour=told.words.colour,
        blocks=slack_blocks(told.words, link=None if features.buttons else told.link),
        mentions=routing.slack.mentions if mentions else (),
        acknowledge=str(told.delivery_id) if told.asks and features.buttons else None,
        replaces=told.replaces if features.updates else None,
    )


def slack_blocks(words: AlertWords, *, link: str | None) -> tuple[dict[str, Any], ...]:
    """What the line above them doesn't say. Everything from outside is escaped: it can ring no channel."""
    facts = " · ".join(f"{name}: {value}" for name, value in words.facts)
    lines = []
    if words.status:
        lines.append(slack_text(words.status))
    elif link:
        lines.append(f"<{link}|Acknowledge>")
    if words.runbook:
        lines.append(f"<{slack_text(words.runbook).replace('|', '%7C')}|What to do>")
    said = {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines)}}
    known = {"type": "context", "elements": [{"type": "mrkdwn", "text": slack_text(facts)[:_LONGEST_FACTS]}]}
    return (said, known) if lines else (known,)


def slack_line(words: AlertWords) -> str:
    """The line above the blocks."""
    severity = "RESOLVED" if words.resolved else words.severity
    icon = "✅" if words.resolved else words.icon
    return f"{icon} {severity}: {slack_text(words.summary)}"


def slack_text(text: str) -> str:
    """Slack's control characters escaped, and no name in it that rings everybody."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _EVERYBODY.sub("@\u2060", escaped)
