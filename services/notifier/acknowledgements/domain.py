"""Reads acknowledgements from replies, buttons and PagerDuty's webhooks, and names what can become of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from events import AnswerWay

_WITH_CODE: Final = re.compile(r"\W*ack(?:nowledged?)?[\W_]*(\d{3,8})\b", re.IGNORECASE | re.ASCII)
_WITHOUT: Final = re.compile(r"\W*ack(?:nowledged?)?\W*", re.IGNORECASE | re.ASCII)
_ACTION: Final = "acknowledge"
_LONGEST: Final = 255


class AcknowledgeResult(StrEnum):
    """What became of an acknowledgement."""

    TAKEN = "taken"
    ALREADY = "already"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody takes an alert.

    way: how they said so
    by: the person of the contact book, or what can be shown of whoever it was
    dedup: the same for repeats of one callback
    """

    way: AnswerWay
    by: str
    dedup: str


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """The acknowledge button of a chat message was pressed.

    delivery: the id of the message's delivery, as the button carries it
    member: the chat's own id of whoever pressed it
    name: what the chat calls them
    press: the same for repeats of one press
    """

    delivery: str
    member: str
    name: str
    press: str


@dataclass(frozen=True, slots=True)
class IncidentAcknowledged:
    """A person acknowledged an incident in PagerDuty.

    dedup_key: what we call the incident
    user: PagerDuty's id of the person
    name: what PagerDuty calls them
    event: the same for repeats of one webhook
    """

    dedup_key: str
    user: str
    name: str
    event: str


def code_in(body: str) -> str | None:
    """The code of `ACK 4471`, whatever case and spaces; empty for an ACK without one, None for any other text."""
    found = _WITH_CODE.match(body)
    if found:
        return found[1]
    return "" if _WITHOUT.fullmatch(body) else None


def button_press(payload: Mapping[str, Any]) -> ButtonPress | None:
    """The acknowledge button of a `block_actions` payload; None for anything else."""
    user, actions = payload.get("user"), payload.get("actions")
    if payload.get("type") != "block_actions" or not isinstance(user, dict) or not isinstance(actions, list):
        return None
    for action in actions:
        if isinstance(action, dict) and action.get("action_id") == _ACTION:
            member = _plain(user.get("id"))
            name = _plain(user.get("username") or user.get("name")) or member
            press = _plain(payload.get("trigger_id") or action.get("action_ts"))
            return ButtonPress(delivery=_plain(action.get("value")), member=member, name=name, press=press)
    return None


def incident_acknowledged(document: Mapping[str, Any]) -> IncidentAcknowledged | None:
    """`incident.acknowledged` by a person; None for other events, and for those that our own events caused."""
    event = document.get("event")
    if not isinstance(event, dict) or event.get("event_type") != "incident.acknowledged":
        return None
    agent, incident = event.get("agent"), event.get("data")
    if not isinstance(agent, dict) or not isinstance(incident, dict) or agent.get("type") != "user_reference":
        return None
    return IncidentAcknowledged(
        dedup_key=_plain(incident.get("incident_key")),
        user=_plain(agent.get("id")),
        name=_plain(agent.get("summary") or agent.get("id")),
        event=_plain(event.get("id")),
    )


def _plain(value: object) -> str:
    """What a database keeps, and no more of it than such a thing can be long."""
    text = value if isinstance(value, str) else ""
    return "".join(character for character in text if character.isprintable())[:_LONGEST]
