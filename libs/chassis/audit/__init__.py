"""The record of what people did by hand, and of what they were refused: rows that are only ever added.

A room names its actions in an enum of its own and its targets as `kind:id`. Its route declares the action with
`chassis.http.deeds.deed`, which gives the actor, and keeps what is refused; what is done adds its row with `record` in
the transaction of the deed, or one row a target with `record_each`.
"""

from __future__ import annotations

from chassis.audit.domain import Actor, AuditEntry, Change, Outcome, target
from chassis.audit.store import of_target, record, record_each

__all__ = ["Actor", "AuditEntry", "Change", "Outcome", "of_target", "record", "record_each", "target"]
