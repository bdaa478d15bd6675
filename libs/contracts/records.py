"""Golden records: whole records that the log of an installation may hold, in `golden/TYPE/N.json`, never changed.

The newest one of a type (the highest number) has every field of its model; when the model grows, a new one is added.
Today's models must read them all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

GOLDEN: Final = Path(__file__).parent / "golden"


@dataclass(frozen=True, slots=True)
class Golden:
    """A golden record.

    name: its type and number: `fullhouse.order.paid.v1/1`
    topic: the topic's name without prefix
    key: the record's key
    headers: the record's headers
    value: the record's value
    """

    name: str
    topic: str
    key: str
    headers: Mapping[str, str]
    value: Mapping[str, Any]

    @property
    def type(self) -> str:
        """The event type."""
        return self.name.rsplit("/", 1)[0]


def golden_records(event_type: str) -> list[Golden]:
    """All golden records of a type, oldest first."""
    paths = sorted((GOLDEN / event_type).glob("*.json"), key=lambda path: int(path.stem))
    return [Golden(f"{event_type}/{path.stem}", **json.loads(path.read_text())) for path in paths]
