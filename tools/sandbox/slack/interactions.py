"""A person presses a button: Slack calls the app back, signed, with an address for the answer."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode

from sandbox.core.http import Record, dumps
from sandbox.core.webhooks import Callbacks, Delivery, RetryPlan
from sandbox.slack.blocks import buttons
from sandbox.slack.errors import SlackRefusedError
from sandbox.slack.room import APP, CONTENT, TEAM, Place, Room, shown_id

WEBHOOK_PATH = "/api/webhooks/slack"
OPERATION = "interaction"
# Slack waits three seconds and doesn't try again: the person sees that the app didn't answer.
_PLAN = RetryPlan(waits=(), timeout=3.0)
_USES = 5
_LIVES = 1800.0
"""Seconds that an address for answers lives."""


@dataclass(slots=True)
class _AnswerUrl:
    ts: str
    expires: float
    uses: int = 0


class UnknownButtonError(Exception):
    """The message isn't there, or has no such button."""


class Interactions(Callbacks):
    """The buttons of one room's messages."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._world = room.world
        self._answer_urls: dict[str, _AnswerUrl] = self._world.keep.shelf("slack.answer_urls", _AnswerUrl)
        self._world.webhooks.serve("slack", self)

    def press(self, ts: str, action_id: str, *, member: str) -> str:
        """The button's link, or nothing. Raises UnknownButtonError."""
        message = self._room.posted.get(ts)
        if message is None:
            raise UnknownButtonError("The room has no such message.")
        for button, block, attachment in buttons(message):
            if button.get("action_id") == action_id:
                self._call_back(message, self._payload(message, button, block, attachment, member))
                return str(button.get("url", ""))
        raise UnknownButtonError(f"The message has no button {action_id}.")

    def answer(self, path: str, given: Record) -> None:
        """What the app sends to a `response_url`. Raises SlackRefusedError."""
        known = self._answer_urls.get(path)
        if known is None or known.expires < self._world.timers.elapsed():
            raise SlackRefusedError("expired_url")
        if known.uses >= _USES:
            raise SlackRefusedError("used_url")
        known.uses += 1
        message = self._room.posted.get(known.ts)
        place = Place(message["channel"], self._room.name_of(message["channel"])) if message else None
        if given.get("delete_original"):
            self._room.remove(known.ts)
        elif place is not None and given.get("replace_original"):
            self._room.edit(place, known.ts, {"blocks": [], "attachments": [], "text": ""} | given)
        elif place is not None and given.get("response_type") == "in_channel":
            self._room.post(place, {name: given.get(name) for name in CONTENT})

    def _payload(
        self, message: Record, button: Record, block: Record, attachment: int | None, member: str
    ) -> Record:  # fmt: skip
        channel = message["channel"]
        container: Record = {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel,
            "is_ephemeral": False,
        }
        if attachment is not None:
            container |= {"type": "message_attachment", "attachment_id": attachment, "is_app_unfurl": False}
        shown = {name: part for name, part in message.items() if name != "channel"}
        user = {"id": member, "username": member.lower(), "name": member.lower(), "team_id": TEAM}
        action = {name: part for name, part in button.items() if name not in ("confirm", "accessibility_label")}
        return {
            "type": "block_actions", "user": user, "api_app_id": APP, "token": "deprecated", "container": container,
            "trigger_id": self._world.ids.hexadecimal("1.2."), "team": {"id": TEAM, "domain": "sandbox"},
            "enterprise": None, "is_enterprise_install": False,
            "channel": {"id": channel, "name": self._room.name_of(channel).lstrip("#@")}, "message": shown,
            "state": {"values": {}}, "response_url": self._new_answer_url(message["ts"]),
            "actions": [action | {"block_id": block["block_id"], "action_ts": f"{self._world.timers.wall():.6f}"}],
        }  # fmt: skip

    def _new_answer_url(self, ts: str) -> str:
        path = f"/slack/actions/{TEAM}/{self._world.ids.base62('', 12)}/{self._world.ids.base62('', 24)}"
        now = self._world.timers.elapsed()
        for old in [key for key, each in self._answer_urls.items() if each.expires < now]:
            del self._answer_urls[old]
        self._answer_urls[path] = _AnswerUrl(ts, now + _LIVES)
        return self._world.settings.sandbox_url + path

    def _call_back(self, message: Record, payload: Record) -> None:
        settings = self._world.settings
        body = urlencode({"payload": dumps(payload).decode()}).encode()
        self._world.webhooks.send(
            Delivery(
                vendor="slack",
                operation=OPERATION,
                url=settings.callback_url("slack", settings.public_url + WEBHOOK_PATH),
                body=body,
                plan=_PLAN,
                notes={"ts": message["ts"]},
            )
        )

    def settled(self, delivery: Delivery, *, arrived: bool) -> None:
        shown = self._world.messages.get(shown_id(delivery.notes["ts"]))
        if shown is not None:
            shown.facts["button"] = "taken" if arrived else "no answer"

    def headers(self, delivery: Delivery, *, genuine: bool) -> dict[str, str]:
        timestamp = str(int(self._world.timers.wall()))
        secret = self._world.settings.slack_signing_secret + ("" if genuine else "-not")
        return {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(secret, timestamp, delivery.body),
        }


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0: HMAC-SHA256 over version, timestamp and body."""
    text = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
