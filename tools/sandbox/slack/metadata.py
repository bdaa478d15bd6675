"""What an app writes on its messages for itself: `metadata`, which people don't see."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.slack.errors import SlackRefusedError


def checked_metadata(given: Record) -> Record:
    """The part of a message that holds it, if any. Raises SlackRefusedError."""
    metadata = given.get("metadata")
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        raise SlackRefusedError("invalid_metadata_format")
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise SlackRefusedError("invalid_metadata_schema")
    return {"metadata": {"event_type": kind, "event_payload": payload}}
