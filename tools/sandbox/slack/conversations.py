"""What a bot reads: the channels, and what was said in them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

from sandbox.core.http import Record
from sandbox.slack.errors import SlackRefusedError
from sandbox.slack.room import Place, Room

_PAGE = 100
_LARGEST_PAGE = 999
_CURSOR = "next:"


def conversations(room: Room) -> dict[str, Callable[[Record], Record]]:
    """The methods by their names. Each raises SlackRefusedError."""

    def listed(given: Record) -> Record:
        """All of our channels are public."""
        kinds = str(given.get("types") or "public_channel").split(",")
        channels = room.channels() if "public_channel" in kinds else []
        return _page([_channel(place) for place in channels], given, "channels")

    def history(given: Record) -> Record:
        """By the channel's id only, as at Slack; the newest first."""
        channel = str(given.get("channel") or "")
        if not channel or channel.startswith(("#", "@")):
            raise SlackRefusedError("channel_not_found")
        found = [_told(each, given) for each in room.history(room.place_of(channel)) if _within(each, given)]
        page = _page(found, given, "messages")
        return {**page, "has_more": bool(page["response_metadata"]["next_cursor"])}

    return {"conversations.list": listed, "conversations.history": history}


def _channel(place: Place) -> Record:
    return {
        "id": place.id, "name": place.name.removeprefix("#"), "is_channel": True, "is_private": False,
        "is_archived": False, "is_member": True,
    }  # fmt: skip


def _told(message: Record, given: Record) -> Record:
    hidden = {"channel"} if _true(given.get("include_all_metadata")) else {"channel", "metadata"}
    return {name: part for name, part in message.items() if name not in hidden}


def _within(message: Record, given: Record) -> bool:
    """Between `oldest` and `latest`; the ends belong to it only when that is said."""
    ts, inclusive = float(message["ts"]), _true(given.get("inclusive"))
    oldest, latest = _moment(given, "oldest", 0.0), _moment(given, "latest", float("inf"))
    return oldest < ts < latest or (inclusive and ts in (oldest, latest))


def _moment(given: Record, name: str, otherwise: float) -> float:
    try:
        return float(given.get(name) or otherwise)
    except ValueError as wrong:
        raise SlackRefusedError(f"invalid_ts_{name}") from wrong


def _page(items: list[Record], given: Record, name: str) -> Record:
    try:
        size = int(given.get("limit") or _PAGE)
    except ValueError as wrong:
        raise SlackRefusedError("invalid_limit") from wrong
    begin = _begin(str(given.get("cursor") or ""))
    end = begin + min(max(size, 1), _LARGEST_PAGE)
    following = urlsafe_b64encode(f"{_CURSOR}{end}".encode()).decode() if end < len(items) else ""
    return {name: items[begin:end], "response_metadata": {"next_cursor": following}}


def _begin(cursor: str) -> int:
    try:
        return int(urlsafe_b64decode(cursor).decode().removeprefix(_CURSOR)) if cursor else 0
    except ValueError as wrong:
        raise SlackRefusedError("invalid_cursor") from wrong


def _true(value: object) -> bool:
    return value is True or str(value).lower() in {"1", "true"}
