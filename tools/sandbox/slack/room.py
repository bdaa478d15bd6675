"""The stand-in's workspace: channels, and the messages that an app posts and edits."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sandbox.core.http import Record
from sandbox.core.keeping import RECORDS
from sandbox.core.messages import KEPT, Channel, Message
from sandbox.slack.blocks import check_attachments, check_blocks
from sandbox.slack.errors import SlackRefusedError
from sandbox.slack.metadata import checked_metadata
from sandbox.world import World

TEAM = "TSANDBOX00"
APP = "ASANDBOX00"
BOT = "BSANDBOX00"
BOT_USER = "USANDBOX00"
BOT_NAME = "fullhouse"
_LONGEST = 40_000
"""Letters. A longer text is cut when posted (chat.postMessage); editing takes 4,000 (chat.update)."""
_LONGEST_EDIT = 4_000
_NAME = re.compile(r"#?([a-z0-9_-]{1,80})\Z")
_MEMBER = re.compile(r"[UW][A-Z0-9]{2,20}\Z")
_CHANNEL = re.compile(r"[CD][A-Z0-9]{10}\Z")
CONTENT = ("text", "blocks", "attachments")


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, or the direct messages of one member; `name` as people see it."""

    id: str
    name: str


class Room:
    """A channel comes into being when it is first written to, and the app is in each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.posted: dict[str, Record] = world.keep.shelf("slack.posted", RECORDS)
        self._places: dict[str, Place] = world.keep.shelf("slack.places", Place)
        self._last_ts = 0

    def place_of(self, given: str) -> Place:
        """By `#name`, name, id, or a member's id. Raises SlackRefusedError."""
        if given in self._places:
            return self._places[given]
        if _CHANNEL.match(given):
            raise SlackRefusedError("channel_not_found")
        if _MEMBER.match(given):
            return self._opened("D", given, f"@{given}")
        if name := _NAME.match(given):
            return self._opened("C", name[1], f"#{name[1]}")
        raise SlackRefusedError("channel_not_found")

    def post(self, place: Place, given: Record) -> Record:
        """The message as Slack shows it. Raises SlackRefusedError."""
        content = self._checked(given)
        if not any(content.get(name) for name in CONTENT):
            raise SlackRefusedError("no_text")
        message: Record = {
            "type": "message", "subtype": "bot_message", "ts": self._ts(), "user": BOT_USER, "bot_id": BOT,
            "app_id": APP, "team": TEAM, "text": "", "channel": place.id, **content,
        }  # fmt: skip
        if given.get("thread_ts"):
            message["thread_ts"] = str(given["thread_ts"])
        message |= checked_metadata(given)
        self.posted[message["ts"]] = message
        if len(self.posted) > KEPT:
            del self.posted[next(iter(self.posted))]
        self._show(message, place)
        return message

    def edit(self, place: Place, ts: str, given: Record) -> Record:
        """What isn't given stays as it was. Raises SlackRefusedError."""
        message = self.posted.get(ts)
        if message is None or message["channel"] != place.id:
            raise SlackRefusedError("message_not_found")
        if len(str(given.get("text", ""))) > _LONGEST_EDIT:
            raise SlackRefusedError("msg_too_long")
        content = self._checked(given) | checked_metadata(given)
        if not any((message | content).get(name) for name in CONTENT) or not content:
            raise SlackRefusedError("no_text")
        message |= content
        message["edited"] = {"user": BOT_USER, "ts": self._ts()}
        self.world.messages.edit(shown_id(ts), text=in_words(message), status="edited")
        return message

    def remove(self, ts: str) -> None:
        self.posted.pop(ts, None)
        self.world.messages.set_status(shown_id(ts), "deleted")

    def channels(self) -> list[Place]:
        """In the order in which they came into being; direct messages are none."""
        return list(dict.fromkeys(place for place in self._places.values() if place.id.startswith("C")))

    def history(self, place: Place) -> list[Record]:
        """The newest first."""
        return [message for message in reversed(self.posted.values()) if message["channel"] == place.id]

    def name_of(self, channel_id: str) -> str:
        place = self._places.get(channel_id)
        return place.name if place else channel_id

    def _checked(self, given: Record) -> Record:
        content = {name: given[name] for name in CONTENT if given.get(name) is not None}
        if not isinstance(content.get("text", ""), str):
            raise SlackRefusedError("invalid_arguments", "[ERROR] must be a string [json-pointer:/text]")
        if "text" in content:
            content["text"] = content["text"][:_LONGEST]
        if "blocks" in content:
            check_blocks(content["blocks"])
        if "attachments" in content:
            check_attachments(content["attachments"])
        self._name_parts(content)
        return content

    def _name_parts(self, content: Record) -> None:
        """Blocks and buttons without an id get one, as at Slack."""
        attachments = [
            {"id": number, **each} for number, each in enumerate(content.get("attachments", []), start=1)
        ]  # fmt: skip
        if "attachments" in content:
            content["attachments"] = attachments
        for holder in (content, *attachments):
            if "blocks" in holder:
                holder["blocks"] = [self._named(block) for block in holder["blocks"]]

    def _named(self, block: Record) -> Record:
        named = {"block_id": self.world.ids.base62("", 5), **block}
        if block["type"] == "actions":
            named["elements"] = [{"action_id": self.world.ids.base62("", 5), **each} for each in block["elements"]]
        return named

    def _opened(self, kind: str, key: str, name: str) -> Place:
        # The same name has the same id in every sandbox, so that what the product keeps outlives a restart.
        digest = hashlib.sha256(f"{kind}{key}".encode()).hexdigest().upper()
        place = Place(id=kind + digest[:10], name=name)
        self._places[place.id] = self._places[key] = self._places[name] = place
        return place

    def _ts(self) -> str:
        """Microseconds since the epoch, never twice the same."""
        self._last_ts = max(self._last_ts + 1, int(self.world.timers.wall() * 1_000_000))
        seconds, rest = divmod(self._last_ts, 1_000_000)
        return f"{seconds}.{rest:06d}"

    def _show(self, message: Record, place: Place) -> None:
        self.world.messages.add(
            Message(
                id=shown_id(message["ts"]),
                channel=Channel.SLACK,
                to=place.name,
                sender=BOT_NAME,
                text=in_words(message),
                status="sent",
                timestamp=self.world.timers.wall(),
            )
        )


def shown_id(ts: str) -> str:
    """The id of a message in the control API."""
    return f"slack_{ts}"


def in_words(message: Record) -> str:
    """All that a reader sees, one part a line; `text` itself only where there are no blocks, as at Slack."""
    lines = [] if message.get("blocks") else [str(message.get("text", ""))]
    lines += [line for block in message.get("blocks", []) for line in _lines_of(block)]
    for attachment in message.get("attachments", []):
        if attachment.get("blocks"):
            lines += [line for block in attachment["blocks"] for line in _lines_of(block)]
        else:
            lines += [str(attachment[name]) for name in ("pretext", "title", "text") if attachment.get(name)]
    return "\n".join(line for line in lines if line)


def _lines_of(block: Record) -> list[str]:
    parts = [block.get("text"), *block.get("fields", []), *block.get("elements", []), block.get("accessory")]
    return [words for part in parts if isinstance(part, dict) and (words := _words_of(part))]


def _words_of(part: Record) -> str:
    text = part.get("text") or part.get("alt_text") or ""
    words = str(text["text"] if isinstance(text, dict) else text)
    return f"[{words}]" if part.get("type") == "button" else words
