"""What Slack takes as blocks and attachments, checked as strictly as Slack does: a wrong block refuses the message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from sandbox.core.http import Record
from sandbox.slack.errors import SlackRefusedError

Check: TypeAlias = Callable[[object, str], Iterator[str]]
"""Takes a value and its JSON pointer; yields what is wrong with it."""
_MOST_BLOCKS = 50
_MOST_ATTACHMENTS = 100


def check_blocks(blocks: object) -> None:
    """Raises SlackRefusedError `invalid_blocks`."""
    wrong = tuple(_items(_BLOCK, _MOST_BLOCKS)(blocks, "/blocks"))
    if wrong:
        raise SlackRefusedError("invalid_blocks", *wrong)


def check_attachments(attachments: object) -> None:
    """Raises SlackRefusedError `invalid_attachments` or `too_many_attachments`."""
    if isinstance(attachments, list) and len(attachments) > _MOST_ATTACHMENTS:
        raise SlackRefusedError("too_many_attachments")
    wrong = tuple(_items(_ATTACHMENT, _MOST_ATTACHMENTS)(attachments, "/attachments"))
    if wrong:
        raise SlackRefusedError("invalid_attachments", *wrong)


def buttons(message: Record) -> Iterator[tuple[Record, Record, int | None]]:
    """Each button with its block, and the number (from 1) of the attachment it is in."""
    for block in message.get("blocks", []):
        yield from ((button, block, None) for button in _buttons_of(block))
    for number, attachment in enumerate(message.get("attachments", []), start=1):
        for block in attachment.get("blocks", []):
            yield from ((button, block, number) for button in _buttons_of(block))


def _buttons_of(block: Record) -> Iterator[Record]:
    candidates = [*block.get("elements", []), block.get("accessory") or {}]
    return (each for each in candidates if isinstance(each, dict) and each.get("type") == "button")


def _wrong(sentence: str, pointer: str) -> str:
    return f"[ERROR] {sentence} [json-pointer:{pointer}]"


def _anything(_: object, __: str) -> Iterator[str]:
    return iter(())


def _true_or_false(value: object, pointer: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield _wrong("must be a boolean", pointer)


def _text(longest: int) -> Check:
    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield _wrong("must be a string", pointer)
        elif not value:
            yield _wrong("must be more than 0 characters", pointer)
        elif len(value) > longest:
            yield _wrong(f"must be less than {longest + 1} characters", pointer)

    return check


def _one_of(*values: str) -> Check:
    def check(value: object, pointer: str) -> Iterator[str]:
        if value not in values:
            yield _wrong(f"must be one of: {', '.join(values)}", pointer)

    return check


def _items(each: Check, most: int) -> Check:
    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield _wrong("must be an array", pointer)
            return
        if len(value) > most:
            yield _wrong(f"no more than {most} items allowed", pointer)
        for at, item in enumerate(value):
            yield from each(item, f"{pointer}/{at}")

    return check


def _object(required: Mapping[str, Check], optional: Mapping[str, Check], *, some: tuple[str, ...] = ()) -> Check:
    """`some`: one of these at least."""
    known = {**required, **optional}

    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _wrong("must be an object", pointer)
            return
        for name in required:
            if name not in value:
                yield _wrong(f"missing required field: {name}", pointer)
        if some and not any(value.get(name) for name in some):
            yield _wrong(f"missing required field: {some[0]}", pointer)
        for name, part in value.items():
            if name in known:
                yield from known[name](part, f"{pointer}/{name}")
            else:
                yield _wrong(f"invalid additional property: {name}", pointer)

    return check


def _by_type(shapes: Mapping[str, Check]) -> Check:
    def check(value: object, pointer: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in shapes:
            yield _wrong(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            yield from shapes[kind](value, pointer)

    return check


def _words(longest: int, *kinds: str) -> Check:
    more = {"emoji": _true_or_false, "verbatim": _true_or_false}
    return _object({"type": _one_of(*kinds), "text": _text(longest)}, more)


_BOTH = ("mrkdwn", "plain_text")
_CONFIRM = _object(
    {"title": _words(100, "plain_text"), "text": _words(300, *_BOTH)},
    {"confirm": _words(30, "plain_text"), "deny": _words(30, "plain_text"), "style": _one_of("primary", "danger")},
)
_IMAGE = {"alt_text": _text(2000), "image_url": _text(3000)}
_BUTTON = _object(
    {"type": _anything, "text": _words(75, "plain_text")},
    {
        "action_id": _text(255), "url": _text(3000), "value": _text(2000), "style": _one_of("primary", "danger"),
        "confirm": _CONFIRM, "accessibility_label": _text(75),
    },
)  # fmt: skip
_IMAGE_ELEMENT = _object({"type": _anything, **_IMAGE}, {})
_ELEMENT = _by_type({"button": _BUTTON, "image": _IMAGE_ELEMENT})
_IN_CONTEXT = _by_type({kind: _words(3000, kind) for kind in _BOTH} | {"image": _IMAGE_ELEMENT})
_EVERY = {"block_id": _text(255)}
_BLOCK = _by_type({
    "actions": _object({"type": _anything, "elements": _items(_by_type({"button": _BUTTON}), 25)}, _EVERY),
    "context": _object({"type": _anything, "elements": _items(_IN_CONTEXT, 10)}, _EVERY),
    "divider": _object({"type": _anything}, _EVERY),
    "header": _object({"type": _anything, "text": _words(150, "plain_text")}, _EVERY),
    "image": _object({"type": _anything, **_IMAGE}, {**_EVERY, "title": _words(2000, "plain_text")}),
    "section": _object(
        {"type": _anything},
        {**_EVERY, "text": _words(3000, *_BOTH), "fields": _items(_words(2000, *_BOTH), 10), "accessory": _ELEMENT,
         "expand": _true_or_false},
        some=("text", "fields"),
    ),
})  # fmt: skip
_ATTACHMENT = _object(
    {},
    {
        **dict.fromkeys(("color", "fallback", "footer", "pretext", "text", "title", "title_link"), _text(8000)),
        "blocks": _items(_BLOCK, _MOST_BLOCKS), "fields": _items(_object({"title": _anything, "value": _anything},
        {"short": _true_or_false}), 100), "mrkdwn_in": _anything, "ts": _anything, "id": _anything,
    },
    some=("blocks", "text", "fallback", "title", "pretext", "fields"),
)  # fmt: skip
