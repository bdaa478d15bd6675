"""Golden records: what is, or may be, in the log of some installation. `golden/TYPE/N.json`, never changed any more.

Each is a whole record `{topic, key, headers, value}`. A type's newest one (the highest number) has every field that its
model knows; when the model grows, a new one is added beside the older.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventbus import RawRecord

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True, slots=True)
class Golden:
    """A committed record, and where it is: `fullhouse.order.paid.v1/1`."""

    name: str
    topic: str
    key: str
    headers: Mapping[str, str]
    value: Mapping[str, Any]

    @property
    def type(self) -> str:
        return self.name.rsplit("/", 1)[0]

    def record(self, value: Mapping[str, Any] | None = None) -> RawRecord:
        """As it comes from Kafka; with another value, when one is given."""
        return RawRecord(
            topic=self.topic,
            partition=0,
            offset=0,
            key=self.key.encode(),
            value=json.dumps(value if value is not None else self.value).encode(),
            headers=tuple((name, text.encode()) for name, text in self.headers.items()),
        )


def of_type(name: str) -> list[Golden]:
    """All of a type, oldest first."""
    paths = sorted((GOLDEN / name).glob("*.json"), key=lambda path: int(path.stem))
    return [Golden(f"{name}/{path.stem}", **json.loads(path.read_text())) for path in paths]


def all_of_them() -> Sequence[Golden]:
    return [golden for folder in sorted(GOLDEN.iterdir()) for golden in of_type(folder.name)]
