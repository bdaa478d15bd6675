"""`make schemas`: writes what is generated from the event types."""

from __future__ import annotations

from tests.contract.events.snapshots import write_snapshots

write_snapshots()
