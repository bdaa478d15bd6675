"""Reads acknowledgements from replies, buttons and PagerDuty's webhooks, and names what can become of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from chassis.texts import said
from events import AnswerWay

_CODE: Final = re.compile(r"(?<!\d)\d{3,8}(?!\d)", re.ASCII)
_MOST_CODES: Final = 5
_EXPLAINED: Final = 5
_EXPLAINED_WITHIN: Final = timedelta(hours=1)
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


class Explanations:
    """Bounds how often a number is told how to acknowledge: two machines that answer each other come to an end."""

    def __init__(self) -> None:
        self._told: dict[str, list[datetime]] = {}

    def allowed(self, number: str, *, now: datetime) -> bool:
        """Whether it may be told once more, which is noted."""
        recent = [moment for moment in self._told.get(number, []) if now - moment < _EXPLAINED_WITHIN]
        allowed = len(recent) < _EXPLAINED
        self._told[number] = [*recent, now] if allowed else recent
        return allowed


def codes_in(body: str) -> tuple[str, ...]:
    """The numbers in a reply that may be an alert's code, in their order: of `ACK 4471`, `4471`, `ok, 4471!`."""
    return tuple(dict.fromkeys(_CODE.findall(body)))[:_MOST_CODES]


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
    return said(value, longest=_LONGEST)
