"""The chat room: what was posted, with its buttons (S-3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from sandbox.control.on_call import SOMEBODY, OnCall
from sandbox.core.http import Record, Request, Response, redirect
from sandbox.core.messages import Channel, Message
from sandbox.pages.live import version
from sandbox.pages.render import Pages
from sandbox.slack.api import SlackApi
from sandbox.slack.blocks import buttons
from sandbox.slack.room import BOT_NAME, shown_id
from sandbox.world import World

_MOST = 100


@dataclass(frozen=True, slots=True)
class Post:
    """A message as the page shows it; `slack` is None for one that the room has forgotten."""

    message: Message
    slack: Record | None

    @property
    def button_links(self) -> Iterator[str]:
        return (str(button["url"]) for button, _, _ in buttons(self.slack or {}) if "url" in button)


class ChatPages:
    """Raises ProblemError for buttons that don't exist."""

    def __init__(self, pages: Pages, world: World, slack: SlackApi, on_call: OnCall) -> None:
        self._pages = pages
        self._world = world
        self._slack = slack
        self._on_call = on_call

    async def show(self, request: Request) -> Response:
        query = request.query_dict()
        everything = self._world.messages.newest(channel=Channel.SLACK)
        channels: dict[str, list[Message]] = {}
        for message in everything:
            channels.setdefault(message.to, []).append(message)
        picked = query.get("channel", next(iter(channels), ""))
        posts = [self._post(message) for message in channels.get(picked, [])[:_MOST]]
        values = {
            "title": "Chat", "channels": channels, "picked": picked, "posts": posts, "bot": BOT_NAME,
            "member": query.get("as") or SOMEBODY, "version": version(self._world),
        }  # fmt: skip
        links = tuple(link for post in posts for link in post.button_links)
        return self._pages.page("chat.html", values, forms_to=links)

    async def press(self, request: Request) -> Response:
        form = request.form_dict()
        member = form.get("as") or SOMEBODY
        link = self._on_call.press(form.get("ts", ""), form.get("action", ""), member=member)
        back = f"/chat?{urlencode({'channel': form.get('channel', ''), 'as': member})}"
        return redirect(link if link.startswith(("http://", "https://")) else back)

    def _post(self, message: Message) -> Post:
        ts = message.id.removeprefix(shown_id(""))
        return Post(message, self._slack.room.posted.get(ts))
