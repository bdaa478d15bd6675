"""Renders records and letters as JSON documents, whatever bytes they hold."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from chassis.audit import AuditEntry
from chassis.telemetry.masking import mask_value
from eventbus.admin.models import DeedView, FullLetterView, LetterView, Origin
from eventbus.failures.letters import Letter
from eventbus.incoming.records import RawRecord
from events import masked_record


def letter_view(letter: Letter) -> LetterView:
    """The letter as the API lists it, without its record."""
    return LetterView(**_fields(letter))


def full_view(letter: Letter, deeds: Sequence[AuditEntry], *, raw: bool) -> FullLetterView:
    """The letter with its record: with `raw` every byte, for operators who may see it; else masked (E-10)."""
    return FullLetterView(
        **_fields(letter),
        record=raw_document(letter.record) if raw else masked_document(letter.record),
        history=[DeedView(at=deed.at, by=deed.actor, action=deed.action, reason=deed.reason) for deed in deeds],
    )


def masked_document(record: RawRecord) -> dict[str, Any]:
    """The record with everything but unmarked fields of our own events masked (`events.masking`), its key too."""
    document = masked_record(key=record.key, value=record.value, headers=record.headers)
    # Keys of our events are ids; a foreign record's key may hold anything.
    return document | {"key": mask_value(document["key"])}


def raw_document(record: RawRecord) -> dict[str, Any]:
    """The record byte for byte; headers are a list, since names may repeat."""
    return {
        "key": _bytes(record.key),
        "headers": [{"name": name, "value": _bytes(value)} for name, value in record.headers],
        "value": _bytes(record.value),
    }


def _bytes(value: bytes | None) -> dict[str, str] | None:
    """As text where the bytes are UTF-8, else as base64."""
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}
    return {"text": text}


def _fields(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "group": letter.group,
        "state": letter.state,
        "event_id": str(letter.event_id) if letter.event_id else None,
        "type": mask_value(letter.event_type),
        "reason": letter.reason,
        "attempts": letter.attempts,
        "died_at": letter.died_at,
        "settled_at": letter.settled_at,
        "origin": Origin(topic=letter.record.topic, partition=letter.record.partition, offset=letter.record.offset),
    }
