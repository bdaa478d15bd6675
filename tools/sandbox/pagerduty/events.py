"""An event of Events API v2, checked as PagerDuty checks it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sandbox.core.http import Record
from sandbox.pagerduty.errors import EventRefusedError

LARGEST = 512 * 1024
"""Bytes."""
_KEY_LETTERS = 32
_LONGEST_DEDUP_KEY = 255
_LONGEST_SUMMARY = 1024
_SEVERITIES = ("critical", "error", "warning", "info")


class Action(StrEnum):
    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Event:
    """`dedup_key` is empty where PagerDuty is to make one; the rest says something for a trigger only."""

    routing_key: str
    action: Action
    dedup_key: str
    summary: str
    source: str
    severity: str
    details: Record
    links: tuple[Record, ...]


def parse(body: bytes, *, keys: Collection[str]) -> Event:
    """`keys` are the account's. Raises EventRefusedError. Properties that PagerDuty doesn't know it overlooks."""
    given = _json(body)
    wrong = [*_wrong(given)]
    if given.get("event_action") == Action.TRIGGER:
        wrong += _wrong_payload(given.get("payload"))
        wrong += [*_wrong_items(given, "links", "href"), *_wrong_items(given, "images", "src")]
    elif not given.get("dedup_key"):
        wrong.append("'dedup_key' is missing or blank")
    if not wrong and given["routing_key"] not in keys:
        wrong.append("Invalid routing key")
    if wrong:
        raise EventRefusedError(*wrong)
    payload = given.get("payload") or {}
    return Event(
        routing_key=given["routing_key"], action=Action(given["event_action"]), dedup_key=given.get("dedup_key") or "",
        summary=payload.get("summary", ""), source=payload.get("source", ""), severity=payload.get("severity", ""),
        details=payload.get("custom_details") or {}, links=tuple(given.get("links") or ()),
    )  # fmt: skip


def _json(body: bytes) -> Record:
    try:
        given = json.loads(body)
    except ValueError as error:
        raise EventRefusedError("Invalid JSON") from error
    if not isinstance(given, dict):
        raise EventRefusedError("Event must be a JSON object")
    return given


def _wrong(given: Record) -> Iterator[str]:
    key, dedup_key = given.get("routing_key"), given.get("dedup_key")
    if not isinstance(key, str) or not key:
        yield "'routing_key' is missing or blank"
    elif len(key) != _KEY_LETTERS:
        yield f"Length of 'routing_key' is incorrect (should be {_KEY_LETTERS} characters)"
    if given.get("event_action") not in [action.value for action in Action]:
        yield "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')"
    if dedup_key is not None and not isinstance(dedup_key, str):
        yield "'dedup_key' must be a string"
    elif dedup_key and len(dedup_key) > _LONGEST_DEDUP_KEY:
        yield f"Length of 'dedup_key' is incorrect (should be no more than {_LONGEST_DEDUP_KEY} characters)"


def _wrong_payload(payload: object) -> Iterator[str]:
    if not isinstance(payload, dict):
        yield "'payload' is missing or blank"
        return
    for name in ("summary", "source", "severity"):
        if not isinstance(payload.get(name), str) or not payload[name]:
            yield f"'payload.{name}' is missing or blank"
    if payload.get("severity") and payload["severity"] not in _SEVERITIES:
        yield f"'payload.severity' is invalid (must be one of the following: {', '.join(_SEVERITIES)})"
    if len(str(payload.get("summary", ""))) > _LONGEST_SUMMARY:
        yield f"Length of 'payload.summary' is incorrect (should be no more than {_LONGEST_SUMMARY} characters)"
    if not isinstance(payload.get("custom_details") or {}, dict):
        yield "'payload.custom_details' must be an object"


def _wrong_items(given: Record, name: str, needed: str) -> Iterator[str]:
    items = given.get(name) or []
    if not isinstance(items, list) or not all(isinstance(each, dict) and each.get(needed) for each in items):
        yield f"'{name}' must be an array of objects with '{needed}'"
