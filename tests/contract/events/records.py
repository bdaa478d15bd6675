"""Golden records as they come from Kafka."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from contracts import Golden, golden_records
from eventbus import RawRecord
from events import REGISTRY

ALL = [golden for name in REGISTRY for golden in golden_records(name)]


def record_of(golden: Golden, value: Mapping[str, Any] | None = None) -> RawRecord:
    """With another value, when one is given."""
    return RawRecord(
        topic=golden.topic,
        partition=0,
        offset=0,
        key=golden.key.encode(),
        value=json.dumps(value if value is not None else golden.value).encode(),
        headers=tuple((name, text.encode()) for name, text in golden.headers.items()),
    )
