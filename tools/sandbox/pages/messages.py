"""Phone and inbox: what was sent to people, and their replies."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from sandbox.control.problems import ProblemError
from sandbox.core.http import Request, Response, redirect
from sandbox.core.messages import Channel, Message
from sandbox.pages.live import version
from sandbox.pages.render import Pages
from sandbox.sendgrid.outbox import Outbox
from sandbox.twilio.account import TwilioAccount
from sandbox.twilio.errors import UNDELIVERED
from sandbox.world import World

_MOST_MAILS = 100
_CLEARED_FROM = ("/chat", "/pager")
_CID = re.compile(r"cid:([\w.@+%-]+)")
_SAFE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
# The mail may not run anything nor reach the page around it; its links open beside it.
_FRAME = "allow-popups allow-popups-to-escape-sandbox"


@dataclass(frozen=True, slots=True)
class Thread:
    """What one number was sent and wrote, oldest first."""

    number: str
    messages: list[Message]

    @property
    def last(self) -> Message:
        return self.messages[-1]

    @property
    def trouble(self) -> str | None:
        """Why the last text didn't arrive."""
        return "Not delivered" if self.last.status in ("undelivered", "failed") else None


class MessagePages:
    """Raises ProblemError for messages that don't exist."""

    def __init__(self, pages: Pages, world: World, twilio: TwilioAccount, outbox: Outbox) -> None:
        self._pages = pages
        self._world = world
        self._twilio = twilio
        self._outbox = outbox

    async def show(self, request: Request) -> Response:
        query = request.query_dict()
        threads = self._threads()
        mails = self._world.messages.newest(channel=Channel.EMAIL)[:_MOST_MAILS]
        mail = self._world.messages.get(query.get("mail", "")) or (mails[0] if mails else None)
        view = query.get("view", "html")
        if mail is not None and view == "html" and "mail" in query:
            self._outbox.opened(mail.id)
        values = {
            "threads": threads, "thread": _picked(threads, query.get("phone")), "mails": mails, "mail": mail,
            "view": view if view in ("html", "text", "source") else "html", "our_number": self._twilio.number,
            "source": _source(mail) if mail is not None and view == "source" else "", "errors": self._errors(),
            "frame": _FRAME, "title": "Phone and inbox", "version": version(self._world),
        }  # fmt: skip
        return self._pages.page("messages.html", values)

    async def reply(self, request: Request) -> Response:
        form = request.form_dict()
        body, phone = form.get("body", "").strip(), form.get("phone", "")
        if body and phone:
            self._twilio.reply(sender=phone, to=form.get("to") or self._twilio.number, body=body)
        return redirect(f"/messages?{urlencode({'phone': phone})}#thread")

    async def clear(self, request: Request) -> Response:
        self._world.messages.clear()
        back = request.form_dict().get("back", "")
        return redirect(back if back in _CLEARED_FROM else "/messages")

    async def frame(self, request: Request) -> Response:
        """The mail's HTML, for the frame; images inside it are its own attachments."""
        mail = self._mail(request)
        attached = {each.content_id: each for each in mail.attachments if each.content_id}

        def inline(match: re.Match[str]) -> str:
            found = attached.get(match[1])
            return f"data:{found.content_type};base64,{found.content}" if found else match[0]

        text = _CID.sub(inline, mail.html or f"<pre>{html.escape(mail.text)}</pre>")
        headers = {
            "content-security-policy": self._frame_policy(),
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        }
        body = f'<!doctype html><base target="_blank">{text}'.encode()
        return Response(body=body, content_type="text/html; charset=utf-8", headers=headers)

    async def attachment(self, request: Request) -> Response:
        mail = self._mail(request)
        place = request.path_params["place"]
        if not place.isdigit() or int(place) >= len(mail.attachments):
            raise ProblemError(404, "unknown_attachment", "The mail has no such attachment.")
        each = mail.attachments[int(place)]
        kind = each.content_type if each.content_type in _SAFE_TYPES else "application/octet-stream"
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(each.filename)}",
            "content-security-policy": "sandbox; default-src 'none'", "x-content-type-options": "nosniff",
        }  # fmt: skip
        return Response(body=base64.b64decode(each.content), content_type=kind, headers=headers)

    def _frame_policy(self) -> str:
        return (
            f"sandbox {_FRAME}; default-src 'none'; img-src data: {self._world.settings.public_url};"
            " style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'"
        )

    def _mail(self, request: Request) -> Message:
        mail = self._world.messages.get(request.path_params["id"])
        if mail is None or mail.channel is not Channel.EMAIL:
            raise ProblemError(404, "unknown_message", "The inbox has no such mail.")
        return mail

    def _threads(self) -> list[Thread]:
        by_number: dict[str, list[Message]] = {}
        for message in self._world.messages.newest(channel=Channel.SMS):
            by_number.setdefault(message.sender if message.inbound else message.to, []).append(message)
        return [Thread(number, messages[::-1]) for number, messages in by_number.items()]

    def _errors(self) -> dict[str, str]:
        """Code and words by message that didn't arrive."""
        return {
            sid: f"{message['error_code']} {UNDELIVERED.get(message['error_code'], '')}".strip()
            for sid, message in self._twilio.messages.items()
            if message["error_code"]
        }


def _picked(threads: list[Thread], number: str | None) -> Thread | None:
    for thread in threads:
        if thread.number == number:
            return thread
    return threads[0] if threads and number is None else None


def _source(mail: Message) -> str:
    lines = [f"From: {mail.facts.get('senderName', '')} <{mail.sender}>", f"To: {mail.to}", f"Subject: {mail.subject}"]
    lines += [f"{name}: {value}" for name, value in mail.headers.items()]
    lines += [f"Attachment: {each.filename} ({each.content_type}, {each.disposition})" for each in mail.attachments]
    return "\n".join([*lines, "", mail.html or mail.text])
