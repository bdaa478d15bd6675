"""Golden records: what is, or may be, in the log of some installation. `golden/TYPE/N.json`, never changed any more.

Each is a whole record. A type's newest one (the highest number) has every field that its model knows; when the model
grows, a new one is added beside the older. Today's models must read all of them.
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
    """`name` is where it is: `fullhouse.order.paid.v1/1`."""

    name: str
    topic: str
    key: str
    headers: Mapping[str, str]
    value: Mapping[str, Any]

    @property
    def type(self) -> str:
        return self.name.rsplit("/", 1)[0]


def golden_records(event_type: str) -> list[Golden]:
    """All of a type, oldest first."""
    paths = sorted((GOLDEN / event_type).glob("*.json"), key=lambda path: int(path.stem))
    return [Golden(f"{event_type}/{path.stem}", **json.loads(path.read_text())) for path in paths]
