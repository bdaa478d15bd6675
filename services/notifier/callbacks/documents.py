"""Reads the JSON of callbacks: nothing in it raises anything but MalformedJson, and no record spoils its batch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from chassis.errors import MalformedJson
from chassis.telemetry import get_logger

log = get_logger()

# A string that never ends is taken to the end of the text, so that each character is looked at once.
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)


def object_in(text: str | bytes) -> dict[str, Any]:
    """The document's object; empty for any other document."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedJson from None
    return parsed if isinstance(parsed, dict) else {}


def objects_in(body: bytes) -> list[dict[str, Any]]:
    """The objects of the document's array. Where it can't be read as a whole, those that can be read by themselves."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        parsed = _one_by_one(body)
    return [each for each in parsed if isinstance(each, dict)] if isinstance(parsed, list) else []


def _one_by_one(body: bytes) -> list[Any]:
    parts = list(_parts(body.decode("utf-8", "replace")))
    read = []
    for part in parts:
        try:
            read.append(json.loads(part))
        except (ValueError, RecursionError):
            continue
    if not read:
        raise MalformedJson
    log.warning("callback_unreadable", count=len(parts) - len(read))
    return read


def _parts(text: str) -> Iterator[str]:
    """What stands between the commas of the outermost array."""
    depth, begins = 0, 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "[{":
            depth += 1
            begins = token.end() if depth == 1 else begins
        elif depth == 1 and sign in ",]":
            yield text[begins : token.start()]
            begins = token.end()
        if sign in "]}":
            depth -= 1
