"""The little of TwiML that an answer to a text may hold: messages to send back."""

from __future__ import annotations

import html
import re

_MESSAGE = re.compile(r"<Message\b[^>]*>(.*?)</Message>", re.DOTALL)
_BODY = re.compile(r"<Body\b[^>]*>(.*?)</Body>", re.DOTALL)


def replies_in(twiml: bytes) -> list[str]:
    """The texts of `<Response><Message>…</Message></Response>`; a plain answer says nothing."""
    found = []
    for inner in _MESSAGE.findall(twiml.decode("utf-8", "replace")):
        body = _BODY.search(inner)
        found.append(html.unescape(body.group(1) if body else inner).strip())
    return [text for text in found if text]
