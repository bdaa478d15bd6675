"""`make schemas`: writes what is generated from the event types and the services' subscriptions."""

from __future__ import annotations

from tests.contract.events.documents import write_documents
from tests.contract.events.snapshots import write_snapshots

write_snapshots()
write_documents()
