"""The committed JSON Schema of each event type (E-8)."""

from __future__ import annotations

import json
from pathlib import Path

from events import REGISTRY, Event
from tests.contract.events.compatibility import Schema, violations

SCHEMAS = Path(__file__).parent / "schemas"


def schema_of(model: type[Event]) -> Schema:
    schema: Schema = model.model_json_schema(by_alias=True, mode="serialization")
    return schema


def write_snapshots(folder: Path = SCHEMAS) -> None:
    """Renews the snapshots after compatible changes. Others are refused with their sentences: a snapshot stays until
    its type goes, and that of a type which no installation has yet can be removed by hand.
    """
    folder.mkdir(exist_ok=True)
    snapshots = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    found = [
        str(violation)
        for name in sorted(snapshots.keys() & REGISTRY.keys())
        for violation in violations(name, snapshots[name], schema_of(REGISTRY[name]))
    ]
    if found:
        raise SystemExit("\n".join(found))
    for gone in snapshots.keys() - REGISTRY.keys():
        (folder / f"{gone}.json").unlink()
    for name, model in REGISTRY.items():
        (folder / f"{name}.json").write_text(json.dumps(schema_of(model), indent=1, sort_keys=True) + "\n")
