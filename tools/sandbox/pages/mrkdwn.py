"""Slack's markup as HTML: links, mentions, bold, italic, struck out, code. Everything else stays as it was written."""

from __future__ import annotations

import html
import re

from markupsafe import Markup

_ANGLED = re.compile(r"&lt;(?P<target>[^|&\s](?:(?!&gt;|\|).)*)(?:\|(?P<label>(?:(?!&gt;).)*))?&gt;")
_STYLES = (
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
    (re.compile(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])"), r"<s>\1</s>"),
    (re.compile(r"(?<![\w_/])_(\S(?:[^_\n]*\S)?)_(?![\w_])"), r"<i>\1</i>"),
)
_SAFE = ("http://", "https://", "mailto:")


def shown(text: str) -> Markup:
    """`text` is what Slack got: `&amp;`, `&lt;` and `&gt;` are its only escapes."""
    pieces: list[str] = []
    escaped = html.escape(_guarded(text).replace("&amp;", "&"), quote=True)
    last = 0
    for found in _ANGLED.finditer(escaped):
        pieces += [_styled(escaped[last : found.start()]), _link(found["target"], found["label"])]
        last = found.end()
    whole = "".join([*pieces, _styled(escaped[last:])]).replace(_LT, "&lt;").replace(_GT, "&gt;")
    return Markup(whole)  # noqa: S704 (escaped above, before any tag was written)


# An escaped bracket is text, never the begin of a link: it is set aside while links are looked for.
_LT, _GT = "\ue000", "\ue001"


def _guarded(text: str) -> str:
    return text.replace("&lt;", _LT).replace("&gt;", _GT)


def _styled(text: str) -> str:
    for pattern, replacement in _STYLES:
        text = pattern.sub(replacement, text)
    return text


def _link(target: str, label: str | None) -> str:
    words = label or target
    if target.startswith(_SAFE):
        return f'<a href="{target}" target="_blank" rel="noreferrer">{words}</a>'
    if target.startswith(("@", "#", "!")):
        name = words if label else target.lstrip("!#@").partition("^")[0]
        return f'<span class="mention">{"#" if target.startswith("#") else "@"}{name}</span>'
    return f"&lt;{words}&gt;"
